"""Words are weighted by TF-IDF."""

import math

import pytest

from irllrec_pyg.recommender.explain.words import WordWeights, largest_words, terms


def test_terms():
    assert terms("Synth-pop, the 80s & rock'n'roll; A I") == ["synth-pop", "80s", "rock'n'roll"]
    assert "slow film" in terms("A slow film") and "film music" not in terms("film. Music")
    assert "quiet dark" not in terms("quiet and dark")
    assert terms("Été à Paris") == ["été", "paris"]


def test_weights_agree_with_the_formula():
    texts = ["quiet; film; film", "loud; film", "quiet; music", "", "loud; music", "drums"]
    words = WordWeights(texts)
    n = 5  # an empty text does not count
    idf = {word: math.log((1 + n) / (1 + count)) for word, count in {"quiet": 2, "film": 2}.items()}
    raw = {"quiet": idf["quiet"], "film": (1 + math.log(2)) * idf["film"]}
    length = math.sqrt(sum(value**2 for value in raw.values()))
    assert words.vector("quiet; film; film") == pytest.approx({word: value / length for word, value in raw.items()})


def test_common_words_are_left_out():
    words = WordWeights(["a film", "a film", "a song", "a poem"])
    assert "film" in words.vector("film song")
    assert "film" not in WordWeights(["a film"] * 3 + ["a song"]).vector("film song")


def test_pairs_count_where_they_belong_together():
    texts = ["dream pop", "dream pop again", "pop rock", "pop music", "loved drums", "loved trains", "loved x", "drums"]
    texts += ["drums", "x1", "x2", "x3"]
    vector = WordWeights(texts).vector("dream pop, loved drums")
    assert "dream pop" in vector and "loved drums" not in vector


def test_shared_words_sum_to_the_cosine():
    words = WordWeights(["slow quiet", "slow loud", "fast", "fast quiet", "other", "thing1"])
    first, second = words.vector("slow quiet"), words.vector("quiet fast")
    cosine = sum(first[word] * second[word] for word in first.keys() & second.keys())
    assert sum(weight for _, weight in words.shared(first, second)) == pytest.approx(cosine)
    assert words.shared(first, second, without="Quiet days") == []
    assert words.shared(first, words.vector("")) == []


def test_the_mean_prefers_words_of_many_texts():
    words = WordWeights(["indie band", "indie label", "jazz", "blues", "folk", "soul"])
    mean = words.mean_vector(["indie; band", "indie; label", "jazz; blues"])
    assert max(mean, key=mean.get) == "indie" and words.mean_vector([]) == {}


def test_no_word_is_named_twice():
    found = largest_words({"new": 0.5, "wave": 0.5, "new wave": 0.4, "pop": 0.1}, 3)
    assert found == [("new wave", 0.4), ("pop", 0.1)]

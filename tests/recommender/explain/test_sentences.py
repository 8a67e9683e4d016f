"""Sentences hold what the explanation holds, and nothing else."""

import pytest

from irllrec_pyg.recommender import Explanation
from irllrec_pyg.recommender.explain.explanation import Contribution
from irllrec_pyg.recommender.explain.sentences import sentences


def of(values, **fields):
    history = [Contribution(n, "ABCDEFGH"[n], value) for n, value in enumerate(values)]
    score = sum(values) + fields.get("own", 0.0)
    return Explanation("ann", 9, "X", fields.pop("score", score), fields.pop("rank", 1), history=history, **fields)


def test_the_three_sentences():
    found = of(
        [0.4, 0.2, 0.2, 0.2],
        words=[("dream pop", 0.3), ("shoegaze", 0.2), ("90s", 0.1), ("unnamed", 0.05)],
        parts={"text similarity": 0.2, "EASE": 0.8},
    )
    assert sentences(found) == [
        "'X' is recommended because you took 'A', 'B' and 'C', which make up 80 % of what raises its score.",
        "Its text shares the words 'dream pop', 'shoegaze' and '90s' with yours.",
        "EASE adds 80 % of its score and text similarity 20 %.",
    ]


def test_negative_and_tiny_amounts_are_not_named():
    text = str(of([0.5, 0.3, 0.01, -0.4]))
    assert "'A' and 'B'" in text and "'C'" not in text and "'D'" not in text
    assert "99 %" in text  # 0.8 of 0.81


def test_nothing_raises_the_score():
    for values in ([-0.1, -0.2], [0.0, 0.0]):
        text = str(of(values, own=0.5))
        assert "no single item that you took raises its score" in text and "'A'" not in text


def test_a_large_rest_is_said():
    assert "60 % does not come from single items" in str(of([0.2, 0.2], own=0.6))
    assert "single items" not in str(of([0.4, 0.2], own=0.4))


def test_ranks_below_the_lists():
    text = str(of([0.2, 0.1, -0.9], rank=345))
    assert text.startswith("'X' has rank 345 for you: 'A' and 'B', which you took, make up 100 %")
    assert text.endswith("but more lowers it.") and "recommended" not in text


def test_parts_that_lower_the_score_are_not_named():
    assert "popularity" not in str(of([1.0], parts={"EASE": 1.2, "popularity": -0.2}))
    assert "adds" not in str(of([1.0], parts={"EASE": 1.0}))


def test_prototypes_join_the_third_sentence():
    found = of([1.0], parts={"EASE": 0.9, "popularity": 0.1}, prototypes=[("'P', 'Q' (quiet)", 0.7)])
    assert sentences(found)[-1] == (
        "You and it are both close to items such as 'P', 'Q' (quiet); EASE adds 90 % of its score and popularity 10 %."
    )


@pytest.mark.parametrize("words", [[], [("wit", 0.2)]])
def test_dislikes(words):
    sentence = sentences(of([1.0], words=words, disliked=[("gore", 0.1)]))[1]
    assert sentence.endswith("mentions 'gore', which you dislike.")
    assert ("but also" in sentence) == bool(words)


def test_never_more_than_three():
    everything = {"words": [("wit", 0.1)], "disliked": [("gore", 0.1)], "prototypes": [("'P'", 1.0)]}
    assert len(sentences(of([1.0], parts={"a": 0.5, "b": 0.5}, **everything))) == 3


def test_most_limits_the_names():
    text = str(of([0.3, 0.3, 0.3], most=1, words=[("one", 0.2), ("two", 0.1)]))
    assert "'A'" in text and "'B'" not in text and "the word 'one' with" in text

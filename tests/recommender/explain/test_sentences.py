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
        prototypes=[("'P', 'Q' (quiet)", 0.7)],
    )
    assert sentences(found) == [
        "'X' is recommended mostly because you took 'A', 'B' and 'C'.",
        "Its text mentions 'dream pop', 'shoegaze' and '90s', like yours.",
        "It fits one of your tastes: items such as 'P', 'Q' (quiet).",
    ]
    assert sentences(found, title=False)[0] == "Recommended mostly because you took 'A', 'B' and 'C'."
    assert found.details == (
        "'A', 'B' and 'C' make up 80 % of what raises its score. EASE adds 80 % of its score and text similarity 20 %."
    )


def test_no_amounts_for_shoppers():
    found = of([0.4, 0.2, 0.2, 0.2], own=0.3, parts={"text similarity": 0.2, "EASE": 0.8})
    assert "%" not in str(found) and "EASE" not in str(found) and "score" not in str(found)
    assert "23 % comes from no single item" in found.details  # 0.3 of 1.3


@pytest.mark.parametrize(
    ("values", "own", "words"),
    [
        ([0.5, 0.5], 0.05, "recommended because you took 'A' and 'B'."),
        ([0.3, 0.3], 0.4, "recommended mostly because you took 'A' and 'B'."),
        ([0.1] * 8, 0.0, "recommended partly because you took 'A', 'B' and 'C'."),
        ([0.2, 0.2], 0.6, "partly because you took 'A' and 'B'; most of its score is not due to single items."),
    ],
)
def test_how_much_the_named_items_carry(values, own, words):
    assert str(of(values, own=own)).endswith(words)


def test_negative_and_tiny_amounts_are_not_named():
    found = of([0.5, 0.3, 0.01, -0.4])
    for text in (str(found), found.details):
        assert "'A' and 'B'" in text and "'C'" not in text and "'D'" not in text
    assert "99 %" in found.details  # 0.8 of 0.81


def test_nothing_raises_the_score():
    for values in ([-0.1, -0.2], [0.0, 0.0]):
        found = of(values, own=0.5)
        assert "though not because of a single item that you took" in str(found) and "'A'" not in str(found)
        assert found.details == ""


def test_ranks_below_the_lists():
    found = of([0.2, 0.1, -0.9], rank=345)
    expected = "'X' is only number 345 for you: 'A' and 'B', which you took, speak for it, but more speaks against it."
    assert str(found) == expected
    assert sentences(found, title=False)[0] == expected.replace("'X'", "It")


def test_parts_that_lower_the_score_are_not_named():
    assert "popularity" not in of([1.0], parts={"EASE": 1.2, "popularity": -0.2}).details
    assert "adds" not in of([1.0], parts={"EASE": 1.0}).details


def test_words_of_the_history():
    found = of([1.0], words=[("wit", 0.2)], from_history=True)
    assert sentences(found)[1] == "Its text mentions 'wit', like texts of what you took."


@pytest.mark.parametrize("words", [[], [("wit", 0.2)]])
def test_dislikes(words):
    sentence = sentences(of([1.0], words=words, disliked=[("gore", 0.1)]))[1]
    assert sentence.endswith("'gore', which you dislike.") and sentence.startswith("Its text mentions")
    assert ("but also" in sentence) == bool(words)


def test_most_limits_the_names():
    text = str(of([0.3, 0.3, 0.3], most=1, words=[("one", 0.2), ("two", 0.1)]))
    assert "'A'" in text and "'B'" not in text and "mentions 'one', like" in text

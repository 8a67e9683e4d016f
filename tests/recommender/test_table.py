"""Tables of rows of scores."""

import pytest
import torch

from irllrec_pyg.recommender.table import recommendation_table
from irllrec_pyg.testing import tiny_data


def test_rows_and_columns():
    data = tiny_data()
    data["item"].title = [f"The {item}" for item in range(20)]
    scores = torch.stack([torch.arange(20.0), -torch.arange(20.0)])
    before = scores.clone()
    table = recommendation_table(scores, data, ["Ann", "Bob"], [[19], torch.tensor([0, 1])], k=2)
    assert list(table) == ["user", "item", "rank", "score", "title"]
    assert table.values.tolist() == [
        ["Ann", "item 18", 1, 18.0, "The 18"],
        ["Ann", "item 17", 2, 17.0, "The 17"],
        ["Bob", "item 2", 1, -2.0, "The 2"],
        ["Bob", "item 3", 2, -3.0, "The 3"],
    ]
    assert torch.equal(scores, before)


def test_fewer_items_left_give_fewer_rows():
    scores = torch.rand(2, 20)
    table = recommendation_table(
        scores, tiny_data(), ["Ann", "Bob"], [range(17), []], k=20, among=["item 1", "item 18"]
    )
    assert table["user"].value_counts().to_dict() == {"Bob": 2, "Ann": 1}


def test_no_rows():
    assert len(recommendation_table(torch.empty(0, 20), tiny_data(), [])) == 0


def test_only_items_that_are_left_must_have_finite_scores():
    scores = torch.arange(20.0).unsqueeze(0)
    scores[0, 3] = torch.nan
    assert len(recommendation_table(scores, tiny_data(), ["Ann"], [[3]])) == 10
    with pytest.raises(ValueError, match="NaN or infinity"):
        recommendation_table(scores, tiny_data(), ["Ann"])


@pytest.mark.parametrize(
    ("scores", "names", "options", "message"),
    [
        (torch.ones(2, 19), ["Ann", "Bob"], {}, r"'scores' must have one column for each of the 20 items"),
        (torch.ones(20), ["Ann"], {}, r"'scores' must have one column"),
        (torch.ones(2, 20), ["Ann"], {}, r"'names' must have one entry for each of 2 rows of scores \(got 1\)"),
        (torch.ones(1, 20), ["Ann"], {"taken": [[1], [2]]}, r"'taken' must have one entry"),
        (torch.ones(1, 20), ["Ann"], {"taken": [[-1]]}, r"'taken' holds the item id -1"),
        (torch.ones(1, 20), ["Ann"], {"k": 21}, r"'k' must lie between 1 and the number of items, 20"),
    ],
)
def test_bad_arguments(scores, names, options, message):
    with pytest.raises(ValueError, match=message):
        recommendation_table(scores, tiny_data(), names, **options)

"""Items and users that are alike, against plain loops in double precision."""

import math

import pytest
import torch

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.models import EASE, GFCF, LightGCN, SemanticOnly
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.recommender import similar_items, similar_users
from irllrec_pyg.testing import tiny_data


def cosine(first, second):
    length = math.sqrt(sum(x * x for x in first)) * math.sqrt(sum(y * y for y in second))
    return sum(x * y for x, y in zip(first, second, strict=True)) / length if length else 0.0


def cosines(rows):
    rows = rows.double().tolist()
    return [[cosine(first, second) for second in rows] for first in rows]


def standardized(similarity):
    """Rows less their mean over their deviation, without the diagonal."""
    result = []
    for number, row in enumerate(similarity):
        others = [value for other, value in enumerate(row) if other != number]
        mean = sum(others) / len(others)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in others) / len(others))
        result.append([(value - mean) / deviation if deviation else 0.0 for value in row])
    return result


def histories(data):
    x = torch.zeros(24, 20)
    x[tuple(data[INTERACTS].edge_index)] = 1.0
    return x


def check(table, similarity, side, k):
    """The scores are those of the matrix, in falling order, and no other node has a higher one."""
    assert list(table)[:4] == [side, f"similar_{side}", "rank", "score"]
    size = len(similarity)
    assert len(table) == k * size
    for name, rows in table.groupby(side):
        node = int(name.split()[1])
        found = [int(other.split()[1]) for other in rows[f"similar_{side}"]]
        assert rows["rank"].tolist() == list(range(1, k + 1))
        assert node not in found and len(set(found)) == k
        others = sorted((value for other, value in enumerate(similarity[node]) if other != node), reverse=True)
        assert rows["score"].tolist() == pytest.approx(others[:k], abs=1e-5)
        assert [similarity[node][other] for other in found] == pytest.approx(others[:k], abs=1e-5)


def ranker_of_embeddings(seed=0):
    generator = torch.Generator().manual_seed(seed)
    item = torch.randn(20, 6, generator=generator)
    item[4] = 0.0
    return EmbeddingRanker(torch.randn(24, 6, generator=generator), item)


def test_embeddings_are_compared_by_cosines():
    data, ranker = tiny_data(), ranker_of_embeddings()
    for wrapped in (ranker, Standardized(ranker)):
        items = similar_items(wrapped, data, data["item"].original_id, k=5)
        check(items, cosines(ranker.item_embedding), "item", 5)
        users = similar_users(wrapped, data, data["user"].original_id, k=5)
        check(users, cosines(ranker.user_embedding), "user", 5)


def test_item_item_models_compare_items_by_their_weights():
    data = tiny_data()
    ease = EASE.from_data(data, l2_weight=5.0)
    for wrapped in (ease, Standardized(ease)):
        table = similar_items(wrapped, data, data["item"].original_id, k=19)
        check(table, ease.weight.tolist(), "item", 19)


def test_other_closed_forms_compare_items_by_the_score_of_one_item():
    data = tiny_data()
    model = GFCF.from_data(data, num_factors=4)
    check(similar_items(model, data, data["item"].original_id), model.score_history(torch.eye(20)).tolist(), "item", 10)


def test_closed_forms_compare_users_by_their_histories():
    data = tiny_data()
    table = similar_users(EASE.from_data(data), data, data["user"].original_id, k=8)
    check(table, cosines(histories(data)), "user", 8)


def test_a_blend_takes_the_weighted_mean_of_standardized_similarities():
    data = tiny_data()
    ease, embeddings, unused = EASE.from_data(data), ranker_of_embeddings(), ranker_of_embeddings(1)
    blend = Blend([Standardized(ease), embeddings, unused], [3.0, 1.0, 0.0])
    parts = {
        "item": [ease.weight.double().tolist(), cosines(embeddings.item_embedding)],
        "user": [cosines(histories(data)), cosines(embeddings.user_embedding)],
    }
    for side, function in (("item", similar_items), ("user", similar_users)):
        first, second = map(standardized, parts[side])
        mean = [[0.75 * x + 0.25 * y for x, y in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]
        check(function(blend, data, data[side].original_id, k=4), mean, side, 4)


def test_a_blend_of_embeddings_is_a_blend():
    data = tiny_data()
    parts = [ranker_of_embeddings(0), SemanticOnly.from_data(data)]
    table = similar_items(Blend(parts), data, data["item"].original_id, k=4)
    first, second = (standardized(cosines(part.item_embedding)) for part in parts)
    mean = [[(x + y) / 2 for x, y in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]
    check(table, mean, "item", 4)


def test_trained_models():
    data = tiny_data()
    ranker = LightGCN(24, 20).ranker(JointGraph.from_data(data))
    check(similar_items(ranker, data, data["item"].original_id), cosines(ranker.item_embedding), "item", 10)


def test_nodes_of_one_group_are_alike():
    data = tiny_data(num_users=60)
    for item in similar_items(EASE.from_data(data), data, ["item 2", "item 7"], k=5)["similar_item"]:
        assert int(item.split()[1]) < 10
    for user in similar_users(EASE.from_data(data), data, ["user 2", "user 8"], k=5)["similar_user"]:
        assert int(user.split()[1]) % 2 == 0


def test_nodes_are_compared_in_tiles(monkeypatch):
    data = tiny_data()
    blend = Blend([EASE.from_data(data), ranker_of_embeddings()])
    expected = [function(blend, data, data[side].original_id) for side, function in FUNCTIONS.items()]
    monkeypatch.setattr("irllrec_pyg.recommender.similar._TILE_ELEMENTS", 70)
    for side, table in zip(FUNCTIONS, expected, strict=True):
        found = FUNCTIONS[side](blend, data, data[side].original_id)
        assert found["score"].tolist() == pytest.approx(table["score"].tolist(), abs=1e-5)


FUNCTIONS = {"item": similar_items, "user": similar_users}


def test_titles_and_filters():
    data = tiny_data()
    data["item"].title = [f"The {item}" for item in range(20)]
    data["item"].category = ["film"] * 4 + ["book"] * 16
    table = similar_items(EASE.from_data(data), data, ["item 2", "item 12"], k=10, among={"category": "film"})
    for name, expected in (("item 2", {0, 1, 3}), ("item 12", {0, 1, 2, 3})):
        rows = table[table["item"] == name]
        assert set(rows["similar_item"]) == {f"item {item}" for item in expected}
        assert rows["title"].tolist() == [name.replace("item", "The") for name in rows["similar_item"]]


def test_no_items():
    data = tiny_data()
    assert len(similar_items(EASE.from_data(data), data, [])) == len(similar_users(EASE.from_data(data), data, [])) == 0


def test_bad_arguments():
    data = tiny_data()
    ease = EASE.from_data(data)
    with pytest.raises(ValueError, match="'items' holds 'item 99', but there is no such item"):
        similar_items(ease, data, ["item 99"])
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of other items, 19 \\(got 20\\)"):
        similar_items(ease, data, ["item 1"], k=20)
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of other users, 23 \\(got 0\\)"):
        similar_users(ease, data, ["user 1"], k=0)
    with pytest.raises(ValueError, match="'among' leaves no item"):
        similar_items(ease, data, ["item 1"], among=[])


def test_a_ranker_that_cannot_compare_items():
    class Scores:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.ones(user.numel(), 20)

    data = tiny_data()
    for ranker in (Scores(), Blend([EASE.from_data(data), Scores()])):
        with pytest.raises(TypeError, match="a Scores cannot compare items: it has no 'item_embedding'"):
            similar_items(ranker, data, ["item 1"])
    assert len(similar_users(Scores(), data, ["user 1"])) == 10


def test_similarities_that_are_not_finite_are_an_error():
    data = tiny_data()
    ease = EASE.from_data(data)
    ease.weight[1, 3] = torch.nan
    with pytest.raises(ValueError, match="a similarity of items is NaN or infinity"):
        similar_items(ease, data, ["item 1"])

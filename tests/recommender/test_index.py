"""Indices of items, against all inner products."""

import json
import sys

import pandas as pd
import pytest
import torch

from irllrec_pyg import Engine
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.distillation import compact
from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.recommender import ItemIndex, recommend_with_index
from irllrec_pyg.recommender.exclude import taken_pairs
from irllrec_pyg.recommender.score_items import score_items
from irllrec_pyg.testing import tiny_data

from .engines import RANKERS, USERS

pytest.importorskip("usearch")


def vectors(rows, seed=0):
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_finds_the_largest_inner_products(dtype):
    item, user = vectors(300), vectors(20, 1)
    found, scores = ItemIndex(item, dtype=dtype, expansion_search=300, threads=1).search(user, 10)
    exact = (user.double() @ item.double().t()).topk(10)
    assert (found == exact.indices).double().mean() > (0.95 if dtype == "f16" else 0.99)
    torch.testing.assert_close(scores.double(), exact.values, rtol=0, atol=0.05 if dtype == "f16" else 1e-4)


def test_ids_of_its_own():
    item, ids = vectors(30), torch.arange(30) * 3 + 5
    index = ItemIndex(item, ids, threads=1)
    assert len(index) == 30 and index.num_items == 93 and str(index) == "ItemIndex(30 items, dim=6)"
    found, _ = index.search(vectors(4, 1), 30)
    assert [sorted(row) for row in found.tolist()] == [ids.tolist()] * 4
    assert torch.equal(found[:, 0], 5 + 3 * (vectors(4, 1) @ item.t()).argmax(dim=1))


def test_saved_and_opened(tmp_path):
    ranker = EmbeddingRanker(vectors(24, 1), vectors(20))
    index = ItemIndex.from_ranker(ranker, expansion_search=77, threads=1)
    again = ItemIndex.load(index.save(tmp_path))
    assert torch.equal(again.user_embedding, ranker.user_embedding)
    assert (len(again), again.dim, again.num_items, again.expansion_search) == (20, 6, 20, 77)
    for first, second in zip(index.search(vectors(3, 2), 5), again.search(vectors(3, 2), 5), strict=True):
        assert torch.equal(first, second)
    ItemIndex(vectors(8), threads=1).save(tmp_path)
    assert len(again) == 20 and again.search(vectors(3, 2), 20)[0].max() == 19, "an index that is open stays"
    assert len(ItemIndex.load(tmp_path)) == 8 and len([*tmp_path.iterdir()]) == 2
    assert ItemIndex.load(tmp_path).user_embedding is None


def test_damaged_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no index"):
        ItemIndex.load(tmp_path)
    ItemIndex(vectors(8), threads=1).save(tmp_path)
    (file,) = tmp_path.glob("*.usearch")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=r"usearch' is damaged: its content has another hash; build the index again"):
        ItemIndex.load(tmp_path)
    content = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps({**content, "format": 9}))
    with pytest.raises(ValueError, match="has the format 9, but this version reads 1"):
        ItemIndex.load(tmp_path)


def test_bad_arguments():
    with pytest.raises(ValueError, match="'item_embedding' must be a matrix of finite numbers"):
        ItemIndex(torch.full((3, 2), torch.nan))
    with pytest.raises(ValueError, match="'ids' must hold a number of its own for each of the 3 items"):
        ItemIndex(torch.ones(3, 2), ids=[1, 1, 2])
    with pytest.raises(ValueError, match="'user_embedding' must be a matrix of finite numbers with the width 2"):
        ItemIndex(torch.ones(3, 2), user_embedding=torch.ones(3, 4))
    with pytest.raises(ValueError, match="'dtype' must be one of 'f32', 'f16'"):
        ItemIndex(torch.ones(3, 2), dtype="b1")
    index = ItemIndex(vectors(8), threads=1)
    with pytest.raises(ValueError, match="'k' must lie between 1 and the number of items, 8"):
        index.search(vectors(2), 9)
    with pytest.raises(ValueError, match="'vectors' must be a matrix of finite numbers with the width 6"):
        index.search(torch.ones(2, 4))
    assert index.search(torch.ones(0, 6), 3)[0].shape == (0, 3)
    with pytest.raises(TypeError, match="EASE has no embeddings of users and items; .*compact"):
        ItemIndex.from_ranker(EASE.from_data(tiny_data()))


def test_without_usearch(monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch", None)
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(ImportError, match=r"pip install irllrec-pyg\[serve\]"):
        ItemIndex(torch.ones(3, 2))


@pytest.mark.parametrize("name", RANKERS)
def test_scores_of_some_items(name):
    ranker = RANKERS[name](tiny_data())
    items = torch.stack([torch.randperm(20)[:7] for _ in range(24)])
    torch.testing.assert_close(score_items(ranker, USERS, items), ranker.score(USERS).gather(1, items))


def test_a_ranker_may_score_some_items_itself():
    class Own:
        num_users, num_items = 2, 3

        def score_items(self, user, items):
            return 10.0 * items + user.unsqueeze(1)

    assert score_items(Own(), torch.tensor([1]), torch.tensor([[2, 0]])).tolist() == [[21.0, 1.0]]


@pytest.fixture
def engine():
    data = tiny_data()
    return Engine(Blend([Standardized(EASE.from_data(data))]), data)


@pytest.fixture
def index(engine):
    pairs = engine.data[INTERACTS].edge_index
    return ItemIndex.from_ranker(compact(engine.ranker, dim=8, exclude=pairs, epochs=2, progress=False), threads=1)


def test_a_shortlist_of_all_items_gives_the_exact_lists(engine, index):
    found = recommend_with_index(engine, index, k=5, shortlist=20, exclude="history")
    pd.testing.assert_frame_equal(found, engine.recommend(k=5, exclude="history"))
    everything = recommend_with_index(engine, index, ["user 3"], k=20, shortlist=20)
    assert len(everything) == 20 - (taken_pairs(engine.data)[0] == 3).sum(), "nothing takes the place of what they took"
    assert set(everything["item"]) == set(engine.recommend(["user 3"], k=20)["item"])


def test_a_short_list_is_scored_exactly(engine, index):
    found = recommend_with_index(engine, index, k=3, shortlist=6)
    exact = engine.recommend(k=20).set_index(["user", "item"])["score"]
    assert (found.groupby("user").size() == 3).all()
    for row in found.itertuples():
        assert row.score == pytest.approx(exact[row.user, row.item])
    assert (found.groupby("user")["score"].diff().dropna() <= 0).all()


def test_an_index_of_some_items(engine):
    ranker = EmbeddingRanker(vectors(24, 1), vectors(20))
    some = torch.arange(0, 20, 2)
    index = ItemIndex(ranker.item_embedding[some], some, ranker.user_embedding, threads=1)
    found = recommend_with_index(Engine(ranker, engine.data), index, k=20, shortlist=20)
    names = {f"item {item}" for item in some.tolist()}
    known = set(map(tuple, taken_pairs(engine.data).t().tolist()))
    for user in range(24):
        left = {f"item {item}" for item in some.tolist() if (user, item) not in known}
        assert set(found[found["user"] == f"user {user}"]["item"]) == left <= names


def test_bad_arguments_of_a_search(engine, index):
    with pytest.raises(ValueError, match="'users' holds 'nobody'"):
        recommend_with_index(engine, index, ["nobody"])
    with pytest.raises(ValueError, match="'shortlist' must be at least 'k', 5"):
        recommend_with_index(engine, index, k=5, shortlist=3)
    with pytest.raises(ValueError, match="'k' must lie between 1 and"):
        recommend_with_index(engine, index, k=0)
    with pytest.raises(ValueError, match="'index' holds vectors of 0 users, but the engine has 24"):
        recommend_with_index(engine, ItemIndex(vectors(20), threads=1))
    with pytest.raises(ValueError, match="'index' holds the item 20, but the engine has 20 items"):
        recommend_with_index(engine, ItemIndex(vectors(21), user_embedding=vectors(24), threads=1))

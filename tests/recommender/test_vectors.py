"""Embeddings and scores for other programs."""

import uuid

import pandas as pd
import pytest
import torch

from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import Blend, EmbeddingRanker
from irllrec_pyg.recommender import export_scorer, export_vectors
from irllrec_pyg.testing import tiny_data

from .engines import RANKERS, USERS


@pytest.mark.parametrize("name", ["embeddings", "LightGCN", "texts"])
def test_inner_products_of_the_vectors_are_the_scores(name, tmp_path):
    data = tiny_data()
    ranker = RANKERS[name](data)
    folder = export_vectors(tmp_path / "vectors", ranker, data)
    users, items = (pd.read_parquet(folder / f"{side}.parquet") for side in ("users", "items"))
    assert users["id"].tolist() == data["user"].original_id and items["id"].tolist() == data["item"].original_id
    user, item = (torch.tensor([row.tolist() for row in side["vector"]]) for side in (users, items))
    torch.testing.assert_close(user @ item.t(), ranker.score(USERS))


def test_ids_of_other_types_and_none(tmp_path):
    data = tiny_data()
    data["user"].original_id = [uuid.UUID(int=number) for number in range(24)]
    del data["item"].original_id
    folder = export_vectors(tmp_path, EmbeddingRanker(torch.ones(24, 2), torch.ones(20, 2)), data)
    assert pd.read_parquet(folder / "users.parquet")["id"][3] == '{"uuid": "00000000-0000-0000-0000-000000000003"}'
    assert pd.read_parquet(folder / "items.parquet")["id"].tolist() == list(range(20))


@pytest.mark.parametrize("name", ["embeddings", "texts"])
def test_an_exported_scorer_scores_any_number_of_users(name, tmp_path):
    ranker = RANKERS[name](tiny_data())
    scorer = torch.export.load(export_scorer(tmp_path / "scorer.pt2", ranker)).module()
    for user in (USERS[:1], USERS[3:5], USERS, USERS.repeat(3)):
        torch.testing.assert_close(scorer(user), ranker.score(user))


def test_rankers_without_embeddings(tmp_path):
    data = tiny_data()
    ease = EASE.from_data(data)
    for ranker in (ease, Blend([ease])):
        with pytest.raises(TypeError, match="has no embeddings of users and items; .*compact"):
            export_vectors(tmp_path, ranker, data)
        with pytest.raises(TypeError, match="has no embeddings of users and items; .*compact"):
            export_scorer(tmp_path / "scorer.pt2", ranker)
    assert not [*tmp_path.iterdir()]


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="'ranker' has .* users and items, but 'data' has"):
        export_vectors(tmp_path, EmbeddingRanker(torch.ones(2, 2), torch.ones(20, 2)), tiny_data())
    with pytest.raises(ValueError, match=r"'file' must end in .pt2 \(got 'scorer.pt'\)"):
        export_scorer(tmp_path / "scorer.pt", EmbeddingRanker(torch.ones(2, 2), torch.ones(2, 2)))

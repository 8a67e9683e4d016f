"""Closed forms that hold what was computed."""

import json

import pytest
import torch

from irllrec_pyg._config import from_config
from irllrec_pyg.models import CLOSED_FORMS, EASE, ClosedForm, ItemWeights
from irllrec_pyg.ranking import Blend, Standardized, history_matrix
from irllrec_pyg.recommender import computed
from irllrec_pyg.testing import check_ranker, tiny_data

from .engines import RANKERS, USERS, closed_form


@pytest.mark.parametrize("name", RANKERS)
def test_scores_stay_exactly(name):
    ranker = RANKERS[name](tiny_data())
    found = computed(ranker)
    history = history_matrix([[0, 3, 4], [], [19]], 20)
    assert torch.equal(found.score(USERS), ranker.score(USERS))
    assert torch.equal(found.score_history(history), ranker.score_history(history))
    item = torch.tensor([1, 5])
    assert torch.equal(found.contributions(2, item), ranker.contributions(2, item))
    assert computed(found).config() == found.config(), "what is computed stays as it is"


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_the_name_and_the_origin_stay(name):
    ranker = closed_form(name)(tiny_data())
    found = computed(ranker)
    assert found.name == type(ranker).__name__
    assert found.origin() == ranker.config()
    check_ranker(found, tiny_data())


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_loading_computes_nothing(name, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("computed again")

    ranker = closed_form(name)(tiny_data())
    tensors = {}
    config = json.loads(json.dumps(computed(ranker).config(tensors)))
    monkeypatch.setattr(torch.linalg, "cholesky", fail)
    monkeypatch.setattr(torch, "svd_lowrank", fail)
    monkeypatch.setattr(ClosedForm, "co_occurrence", fail)
    monkeypatch.setattr(torch.Tensor, "topk", fail)
    assert torch.equal(from_config(config, tensors).score(USERS), ranker.score(USERS))


def test_few_weights_are_kept_as_places_and_values():
    sparse, dense = computed(closed_form("item-knn")(tiny_data())), computed(EASE.from_data(tiny_data()))
    tensors = {}
    sparse.config(tensors)
    assert sum(tensor.numel() for tensor in tensors.values()) < 20 * 20 + 2 * 120
    dense.config(tensors := {})
    assert (20, 20) in {tuple(tensor.shape) for tensor in tensors.values()}


def test_a_blend_of_ones_own_is_left_alone():
    class Loud(Blend):
        def score(self, user):
            return 2.0 * super().score(user)

    ease = EASE.from_data(tiny_data())
    assert computed(loud := Loud([ease])) is loud
    assert isinstance(computed(Blend([Standardized(ease)])).parts[0].ranker, ItemWeights)


def test_item_weights_with_bad_arguments():
    pairs, index = torch.tensor([[0], [1]]), torch.tensor([[0, 1], [1, 2]])
    with pytest.raises(ValueError, match=r"'weight' must have the shape \[3, 3\] \(got \[3, 2\]\)"):
        ItemWeights(pairs, 1, 3, torch.ones(3, 2))
    with pytest.raises(ValueError, match="one value for each of the 2 columns of 'index'"):
        ItemWeights(pairs, 1, 3, torch.ones(3), index)
    with pytest.raises(ValueError, match="'index' holds the item id 3"):
        ItemWeights(pairs, 1, 3, torch.ones(2), index + 1)

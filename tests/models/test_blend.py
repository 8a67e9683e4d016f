"""A model and a closed form, added: in evaluation, in recommendations, and after saving."""

import pytest
import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import CLOSED_FORMS, create_backbone, create_blend, create_closed_form, create_enhancer
from irllrec_pyg.ranking import Blend
from irllrec_pyg.ranking import recommend
from irllrec_pyg.testing import check_recommender
from irllrec_pyg.training import Trainer, load_model, save_model


def make(data, name="ease", weight=2.0):
    torch.manual_seed(0)
    return create_blend(name, create_backbone("lightgcn", data, embedding_dim=8), data, weight=weight)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_contract_and_scores(name, data):
    check_recommender(lambda: make(data, name), data)
    model, users = make(data, name).eval(), torch.tensor([3, 0])
    encoding = model.encode(JointGraph.from_data(data))
    expected = encoding.user[users] @ encoding.item.t() + 2.0 * create_closed_form(name, data).score(users)
    torch.testing.assert_close(encoding.score(users), expected)


def test_it_trains_as_the_model_alone(data):
    alone = create_backbone("lightgcn", data, embedding_dim=8)
    blend = Blend(create_backbone("lightgcn", data, embedding_dim=8), create_closed_form("ease", data))
    blend.model.load_state_dict(alone.state_dict())
    settings = {"max_epochs": 4, "eval_every": 4, "progress": False}
    results = [Trainer(model, data, **settings).fit() for model in (alone, blend)]
    assert results[0].history[-1]["loss"] == results[1].history[-1]["loss"]
    torch.testing.assert_close(blend.model.embedding, alone.embedding)
    assert set(blend.state_dict()) == {"model.embedding"}, "what is computed from the data is no state"


def test_the_metric_and_the_ranking_are_the_blends(data):
    settings = {"max_epochs": 1, "eval_every": 1, "progress": False}
    heavy, ease = make(data, weight=1e6), create_closed_form("ease", data)
    trainer = Trainer(heavy, data, **settings)
    trainer.fit()
    top, _ = recommend(trainer.encode(), torch.arange(30), k=3)
    assert torch.equal(top, ease.score(torch.arange(30)).topk(3).indices)
    none = Trainer(make(data, weight=0.0), data, **settings)
    none.fit()
    assert none.evaluate() != trainer.evaluate()


def test_saved_and_loaded_with_an_enhancer_in_between(data, tmp_path):
    model = create_enhancer("irllrec", create_backbone("lightgcn", data, embedding_dim=8), data, num_intents=4)
    blend = create_blend("item-knn", model, data, weight=0.5, k=7)
    save_model(tmp_path, blend, data)
    again, graph, users = load_model(tmp_path, data), JointGraph.from_data(data), torch.arange(30)
    torch.testing.assert_close(again.encode(graph).score(users), blend.eval().encode(graph).score(users))
    assert repr(again) == repr(blend)


def test_bad_arguments(data):
    with pytest.raises(ValueError, match="'weight' must not be negative"):
        make(data, weight=-1.0)
    with pytest.raises(ValueError, match="there is no closed form 'svd'"):
        make(data, "svd")
    other = create_closed_form("ease", data)
    other.num_items = 7
    with pytest.raises(ValueError, match="use the same data"):
        Blend(create_backbone("lightgcn", data), other)

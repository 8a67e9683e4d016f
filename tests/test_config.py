"""Objects that remember their constructor arguments."""

import copy
import pickle

import pytest
import torch

from irllrec_pyg._config import Configurable, from_config
from irllrec_pyg.models import EASE, SGL, IRLLRec, LightGCN
from irllrec_pyg.testing import tiny_data


class Base(Configurable):
    def __init__(self, width=1, depth=2):
        self.width, self.depth = width, depth


class Derived(Base):
    def __init__(self, name, *, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.name, self.rate = name, rate


class Silent(Derived):
    """Has no constructor of its own."""


@pytest.mark.parametrize("cls", [Derived, Silent])
def test_arguments_are_recorded_however_they_are_given(cls):
    made = [cls("a", depth=5), cls(name="a", depth=5, rate=0.5)]
    assert made[0].config()["arguments"] == {"name": "a", "rate": 0.5, "depth": 5}
    assert made[0].identity() == made[1].identity() == cls("a", depth=5, width=1).identity()
    assert (
        len({cls("a").identity(), cls("b").identity(), cls("a", width=2).identity(), cls("a", rate=1).identity()}) == 4
    )
    rebuilt = from_config(made[0].config())
    assert (rebuilt.name, rebuilt.rate, rebuilt.width, rebuilt.depth) == ("a", 0.5, 1, 5)


def test_tensors_are_described_by_their_values():
    data, tensors = tiny_data(), {}
    ease = EASE.from_data(data, feature_weight=2.0)
    config = ease.config(tensors)
    assert torch.equal(from_config(config, tensors).weight, ease.weight)
    data["item"].intent = data["item"].intent + 1e-3
    assert EASE.from_data(data, feature_weight=2.0).identity() != ease.identity()
    with pytest.raises(ValueError, match="the tensor .* is missing"):
        from_config(config)


def test_wrapped_models_are_described_too():
    data = tiny_data()
    models = [IRLLRec.from_data(SGL(24, 20, keep_rate=rate), data, num_intents=4) for rate in (0.8, 0.7, 0.8)]
    assert models[0].identity() == models[2].identity() != models[1].identity()


def test_copies_and_pickles_keep_the_record():
    model = LightGCN(24, 20, num_layers=1)
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.identity() == model.identity()


def test_a_later_change_does_not_reach_the_record():
    objective = {"name": "softmax", "temperature": 0.2}
    model = LightGCN(24, 20, objective=objective)
    before = model.identity()
    objective["temperature"] = 0.5
    assert model.identity() == before


def test_what_cannot_be_described_is_named():
    with pytest.raises(TypeError, match="Derived cannot be described: argument 'name': it is a object"):
        Derived(object()).config()
    with pytest.raises(ValueError, match="there is no class 'Nothing'; import the module that defines it first"):
        from_config({"class": "Nothing", "arguments": {}})


def test_wrong_arguments_raise_the_usual_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Base(colour=1)

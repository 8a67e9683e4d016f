"""Presets name arguments that exist."""

import inspect

import pytest

from irllrec_pyg.models import BACKBONES, ENHANCERS
from irllrec_pyg.presets import load_preset
from irllrec_pyg.training import Trainer


def accepts(cls, name):
    return any(name in inspect.signature(base.__init__).parameters for base in cls.__mro__)


@pytest.mark.parametrize("dataset", ["amazon-book", "amazon-movie", "yelp", "lastfm", "synthetic"])
@pytest.mark.parametrize("method", ["lightgcn", "lightgcn+irllrec", "lightgcn+irllrec-published"])
def test_presets_fit(dataset, method):
    if method.endswith("published") and dataset in ("lastfm", "synthetic"):
        pytest.skip("published for the paper's datasets only")
    preset = load_preset(dataset, method)
    backbone, _, enhancer = method.partition("+")
    classes = {"backbone": BACKBONES[backbone], "trainer": Trainer}
    if enhancer:
        classes["enhancer"] = ENHANCERS[enhancer]
    for part, cls in classes.items():
        assert all(accepts(cls, name) for name in preset[part]), (part, preset[part])


def test_unknown_presets_say_which_exist():
    with pytest.raises(ValueError, match="there are no presets for 'ml-1m'; choose one of amazon-book"):
        load_preset("ml-1m", "lightgcn")
    with pytest.raises(ValueError, match=r"there is no preset 'ngcf' for 'yelp'; choose one of bigcf, .*lightgcn"):
        load_preset("yelp", "ngcf")

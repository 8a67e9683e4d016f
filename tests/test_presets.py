"""Presets name models and arguments that exist, all of them."""

import inspect
import sys
from importlib.resources import files

import pytest

from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE, create_blend
from irllrec_pyg.recipes import load_preset, preset_names
from irllrec_pyg.training import Trainer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLES = tomllib.loads((files("irllrec_pyg.presets") / "presets.toml").read_text(encoding="utf-8"))
PRESETS = {dataset: preset_names(dataset) for dataset in TABLES}


def accepts(cls, name):
    return any(name in inspect.signature(base.__init__).parameters for base in cls.__mro__)


@pytest.mark.parametrize(
    ("dataset", "method"), [(dataset, method) for dataset in PRESETS for method in PRESETS[dataset]]
)
def test_presets_fit(dataset, method):
    preset = load_preset(dataset, method)
    assert set(preset) == {"name", "backbone", "enhancer", "blend", "trainer", "warm_start"}
    classes = {"backbone": {**BACKBONES, **CLOSED_FORMS, **STANDALONE}[preset["name"]], "trainer": Trainer}
    if (enhancer := method.partition("+")[2]) and enhancer != "text":
        classes["enhancer"] = ENHANCERS[enhancer]
    for part, cls in classes.items():
        assert all(accepts(cls, name) for name in preset[part]), (part, preset[part])
    if preset["blend"]:
        arguments = preset["blend"].copy()
        closed_form = CLOSED_FORMS[arguments.pop("name")]
        known = inspect.signature(create_blend).parameters
        assert all(name in known or accepts(closed_form, name) for name in arguments)


def test_every_method_of_the_paper_has_a_preset():
    for dataset in ("amazon-book", "amazon-movie", "yelp"):
        methods = {f"{backbone}{enhancer}" for backbone in BACKBONES for enhancer in PUBLISHED}
        assert methods <= set(PRESETS[dataset]) and {"alpharec", "strong", *CLOSED_FORMS} - {"semantic-only"} <= set(
            PRESETS[dataset]
        )


PUBLISHED = ("", "+irllrec-published", "+rlmrec-con", "+rlmrec-gen")


def test_an_enhancer_over_any_backbone():
    tables = TABLES["lastfm"]
    for backbone in BACKBONES:
        preset = load_preset("lastfm", f"{backbone}+irllrec")
        assert preset["backbone"] == tables[backbone]["backbone"]
        assert preset["enhancer"] == tables["+irllrec"]["enhancer"]
        assert preset["trainer"] == tables.get(f"{backbone}+irllrec", tables["+irllrec"])["trainer"]
    assert load_preset("lastfm", "strong+irllrec")["trainer"] == tables["strong"]["trainer"], "strong is no backbone"
    for name in ("+irllrec", "ease+irllrec"):
        with pytest.raises(ValueError, match="there is no preset"):
            load_preset("lastfm", name)


def test_unknown_presets_say_which_exist():
    with pytest.raises(ValueError, match="there are no presets for 'ml-1m'; choose one of amazon-book"):
        load_preset("ml-1m", "lightgcn")
    with pytest.raises(ValueError, match=r"there is no preset 'ngcf' for 'yelp'; choose one of alpharec, .*lightgcn"):
        load_preset("yelp", "ngcf")

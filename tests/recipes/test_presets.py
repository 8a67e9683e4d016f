"""Presets build, and say nothing that is true without them."""

import inspect

import pytest

from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE
from irllrec_pyg.recipes import SOURCES, Recipe, load_preset, preset_datasets, preset_names, preset_sources
from irllrec_pyg.recipes.presets import _read
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer

PRESETS = [(dataset, method) for dataset in preset_datasets() for method in preset_names(dataset)]
TABLES = [(dataset, name) for dataset in preset_datasets() for name in _read(dataset)]
MODELS = {**BACKBONES, **CLOSED_FORMS, **STANDALONE}


@pytest.fixture(scope="module")
def tiny():
    return tiny_data()


@pytest.mark.parametrize(("dataset", "method"), PRESETS)
def test_every_preset_builds(dataset, method, tiny):
    recipe = Recipe.from_preset(dataset, method).replace({"start": None})  # nothing is trained
    run = recipe.build(tiny, progress=False)
    assert run.ranker.num_items == 20
    assert Recipe.from_dict(Recipe.from_preset(dataset, method).to_dict()) == Recipe.from_preset(dataset, method)


@pytest.mark.parametrize(("dataset", "name"), TABLES)
def test_tables_have_a_source_and_known_entries(dataset, name):
    table = _read(dataset)[name]
    assert table["source"] in SOURCES and preset_sources(dataset)[name] == table["source"]
    assert set(table) <= {"source", "model", "enhancer", "blend", "trainer", "warm_start", "warm_start_source"}
    assert table.get("warm_start_source", SOURCES[0]) in SOURCES
    base, *added = name.split("+")
    assert added or base in MODELS or table["model"]["name"] in MODELS
    assert all(part in ENHANCERS or part == "text" for part in added)
    assert ("enhancer" not in table) or added, "only an enhancer's table has settings of one"


def defaults(cls):
    """Defaults of all arguments that a class, its bases and its ``from_data`` take."""
    found = {}
    for function in [getattr(cls, "from_data", None), *(base.__dict__.get("__init__") for base in cls.__mro__)]:
        for parameter in inspect.signature(function).parameters.values() if function else ():
            if parameter.default is not inspect.Parameter.empty:
                found.setdefault(parameter.name, parameter.default)
    return found


def inherited(tables, name, base):
    """What a table inherits over a base, by dotted names; an independent reading of the rules."""
    added, found = name.split("+")[1:], {}
    model = tables[base].get("model", {}).get("name", base)
    classes = {"model": MODELS[model], "trainer": Trainer}
    if added and added[0] in ENHANCERS:
        classes["enhancer"] = ENHANCERS[added[0]]
    for part, cls in classes.items():
        found |= {f"{part}.{key}": value for key, value in defaults(cls).items()}
    for part in tables[name].get("blend", {}):
        found |= {
            f"blend.{part}.{key}": value for key, value in {**defaults(CLOSED_FORMS[part]), "weight": 1.0}.items()
        }
    if added:
        found |= flat(tables[base])
    if added and base in BACKBONES and not name.startswith("+"):
        found |= flat(tables.get(f"+{added[0]}", {}))
    return found


def flat(table, prefix=""):
    result = {}
    for name, value in table.items():
        nested = isinstance(value, dict) and name != "objective"
        result |= flat(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return result


@pytest.mark.parametrize(("dataset", "name"), TABLES)
def test_no_value_repeats_what_it_inherits(dataset, name):
    tables, missing = _read(dataset), object()
    base = name.split("+")[0]
    # A table that all backbones share may repeat a value of some of them, but not of all.
    before = [inherited(tables, name, base) for base in ([base] if base else BACKBONES) if base in tables]
    values = {key: value for key, value in flat(tables[name]).items() if "source" not in key}
    assert before
    assert [key for key, value in values.items() if all(found.get(key, missing) == value for found in before)] == []


def test_every_method_of_the_paper_has_a_preset():
    published = ("", "+irllrec-published", "+rlmrec-con", "+rlmrec-gen")
    for dataset in ("amazon-book", "amazon-movie", "yelp"):
        methods = {f"{backbone}{enhancer}" for backbone in BACKBONES for enhancer in published}
        methods |= {"alpharec", "strong", "popularity", "item-knn", "ease"}
        assert methods <= set(preset_names(dataset))


def test_an_enhancer_over_any_backbone_inherits_key_by_key():
    tables = _read("lastfm")
    for backbone in BACKBONES:
        preset = load_preset("lastfm", f"{backbone}+text-ranking")
        assert preset["model"] == {"name": backbone, **tables[backbone].get("model", {})}
        assert preset["enhancers"] == [{"name": "text-ranking", **tables["+text-ranking"]["enhancer"]}]
        own = tables.get(f"{backbone}+text-ranking", {}).get("trainer", {})
        assert preset["trainer"] == {**tables[backbone]["trainer"], **tables["+text-ranking"]["trainer"], **own}
    assert load_preset("lastfm", "dccf+text-ranking")["trainer"]["lr"] == 0.002
    strong = load_preset("lastfm", "strong+text-ranking")
    assert strong["trainer"] == tables["strong"]["trainer"], "'strong' is no backbone"
    assert strong["blend"] == [{"name": "ease", "l2_weight": 100.0}]
    two = load_preset("lastfm", "lightgcn+irllrec+text-ranking")
    assert [table["name"] for table in two["enhancers"]] == ["irllrec", "text-ranking"]


def test_a_warm_start_is_the_bare_preset():
    recipe = Recipe.from_preset("amazon-book", "simgcl+rlmrec-con")
    assert recipe.start == Recipe.from_preset("amazon-book", "simgcl")
    assert recipe.model == recipe.start.model


def test_unknown_presets_say_which_exist():
    with pytest.raises(ValueError, match="there are no presets for 'ml-1m'; choose one of amazon-book"):
        load_preset("ml-1m", "lightgcn")
    with pytest.raises(ValueError, match=r"there is no preset 'ngcf' for 'yelp'; choose one of alpharec, .*lightgcn"):
        load_preset("yelp", "ngcf")
    for name in ("+text-ranking", "ease+text-ranking", "lightgcn+", "lightgcn+nothing"):
        with pytest.raises(ValueError, match="there is no preset"):
            load_preset("lastfm", name)


def test_presets_are_copies():
    load_preset("lastfm", "ease")["model"]["l2_weight"] = 1.0
    assert load_preset("lastfm", "ease")["model"]["l2_weight"] == 100.0

"""The walk along the arguments of closed forms."""

import itertools
from types import SimpleNamespace

import pytest

from irllrec_pyg.models import CLOSED_FORMS
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.search.closed_forms import FAMILIES, climb
from irllrec_pyg.search.part import Part
from irllrec_pyg.search.try_closed_forms import _inherited

AXES = {"x": ((1, 2, 3, 4, 5), 3), "y": ((10, 20, 30), 10)}


@pytest.mark.parametrize(("x", "y"), [*itertools.product((1, 2, 3, 4, 5), (10, 20, 30))])
def test_climb_finds_the_top_of_a_hill_and_tries_nothing_twice(x, y):
    tried = []

    def measure(point):
        tried.append(tuple(point.values()))
        return -abs(point["x"] - x) - abs(point["y"] - y) / 10

    assert climb(AXES, measure) == {"x": x, "y": y}
    assert len(tried) == len(set(tried))


def test_climb_ends_where_time_ends():
    values = iter([0.1, 0.2, None])
    assert climb(AXES, lambda point: next(values)) == {"x": 4, "y": 10}
    assert climb(AXES, lambda point: None) is None


def test_climb_stays_where_the_metric_is_the_same():
    assert climb(AXES, lambda point: 0.5) == {"x": 3, "y": 10}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_a_recipe_at_all_its_values(name):
    family = FAMILIES[name]
    assert family.name in CLOSED_FORMS
    for argument, (values, start) in family.axes.items():
        assert start in values
        assert list(values) == sorted(values)
        start_of_all = {name: begin for name, (_, begin) in family.axes.items()} | dict.fromkeys(family.inherits, 10.0)
        for value in values:
            Recipe({"name": family.name, **family.fixed, **family.arguments({**start_of_all, argument: value})})
    for argument, others in family.inherits.items():
        assert any(argument in FAMILIES[other].axes for other in others)
        assert all(list(FAMILIES).index(other) < list(FAMILIES).index(name) for other in others)


@pytest.mark.parametrize(
    ("plain", "normalized", "expected"),
    [
        (None, None, {"l2_weight": 100.0}),
        (0.2, None, {"l2_weight": 50.0}),
        (0.2, 0.1, {"l2_weight": 50.0}),
        (0.2, 0.3, {"l2_weight": 50.0, "user_power": 0.5, "item_power": 0.1}),
    ],
)
def test_forms_that_read_texts_take_the_arguments_of_the_better_form_without(plain, normalized, expected):
    known = {"ease": (plain, {}), "normalized ease": (normalized, {"user_power": 0.5, "item_power": 0.1})}
    found = {
        name: Part(name, name, {"model": {"name": "ease", "l2_weight": 50.0, **powers}}, name, value)
        for name, (value, powers) in known.items()
        if value is not None
    }
    assert _inherited(SimpleNamespace(best=found.get), FAMILIES["l3ae"]) == expected


def test_cost_grows_with_the_cube_and_the_square():
    assert FAMILIES["ease"].memory(2000) == 4 * FAMILIES["ease"].memory(1000)
    assert FAMILIES["gf-cf"].memory(10**6) == 0
    assert FAMILIES["ease"].seconds(10**6) > 1e4

"""Registries."""

import pytest

from irllrec_pyg._registry import Registry
from irllrec_pyg.models import BACKBONES


def test_names_are_found_and_close_ones_are_suggested():
    assert {"lightgcn", "sgl", "simgcl", "dccf", "bigcf"} <= set(BACKBONES)
    assert BACKBONES.name_of(BACKBONES["sgl"]) == "sgl" and BACKBONES.get("nothing") is None
    with pytest.raises(ValueError, match="there is no backbone 'ligthgcn'; did you mean 'lightgcn'"):
        BACKBONES["ligthgcn"]
    with pytest.raises(ValueError, match="is not registered as a backbone"):
        BACKBONES.name_of(dict)


def test_a_name_is_taken_once():
    registry = Registry("shape")
    first = registry.register("square")(type("Square", (), {}))
    with pytest.raises(ValueError, match="there is a shape 'square' already"):
        registry.register("square")(type("Other", (), {}))
    assert registry["square"] is first and len(registry) == 1

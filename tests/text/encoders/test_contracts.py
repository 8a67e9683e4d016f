"""Every registered encoder keeps the contract."""

import pytest

from irllrec_pyg.testing import check_encoder
from irllrec_pyg.text import ENCODERS

#: Without those of scripts, such as a model that takes a minute.
TESTED = [name for name, encoder in ENCODERS.items() if not encoder.__module__.startswith("benchmarks.")]


@pytest.mark.parametrize("name", TESTED)
def test_contract(name):
    check_encoder(ENCODERS[name])

"""Every registered encoder keeps the contract."""

import pytest

from irllrec_pyg.testing import check_encoder
from irllrec_pyg.text import ENCODERS


#: Those of the package: scripts may have registered others, such as models that take a minute.
OURS = [name for name, encoder in ENCODERS.items() if encoder.__module__.startswith("irllrec_pyg.")]


@pytest.mark.parametrize("name", OURS)
def test_contract(name):
    check_encoder(ENCODERS[name])

"""Every registered encoder keeps the contract."""

import pytest

from irllrec_pyg.testing import check_encoder
from irllrec_pyg.text import ENCODERS


@pytest.mark.parametrize("name", ENCODERS)
def test_contract(name):
    check_encoder(ENCODERS[name])

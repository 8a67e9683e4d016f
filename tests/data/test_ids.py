"""Nodes by their original ids."""

import pytest

from irllrec_pyg.data import find_nodes
from irllrec_pyg.testing import tiny_data


def test_unknown_ids_come_with_similar_ones():
    with pytest.raises(
        ValueError, match="'users' holds 'user 100' and 1 more, but there is no such user; did you mean"
    ):
        find_nodes(tiny_data(), "user", ["user 1", "user 100", "x"], "users")

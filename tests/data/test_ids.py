"""Nodes by their original ids."""

import numpy as np
import pytest

from irllrec_pyg.data import find_nodes, plain_ids
from irllrec_pyg.testing import tiny_data


def test_unknown_ids_come_with_similar_ones():
    with pytest.raises(
        ValueError, match="'users' holds 'user 100' and 1 more, but there is no such user; did you mean"
    ):
        find_nodes(tiny_data(), "user", ["user 1", "user 100", "x"], "users")


@pytest.mark.parametrize("count", [1, 5, 6, 24])
def test_few_and_many_ids_are_found_alike(count):
    data = tiny_data()
    wanted = data["user"].original_id[::-1][:count]
    assert find_nodes(data, "user", wanted).tolist() == [*range(23, -1, -1)][:count]
    for unknown in ("user x", ["user 1"], None):
        with pytest.raises(ValueError, match="there is no such user"):
            find_nodes(data, "user", [*wanted, unknown])


@pytest.mark.parametrize("kind", ["datetime64[ns]", "timedelta64[ns]", "datetime64[D]"])
def test_times_keep_their_digits(kind):
    values = np.array([1, 10**9 + 1]).astype(kind)
    assert all(
        type(ours) is type(value) and ours == value for ours, value in zip(plain_ids(values), values, strict=True)
    )

"""Range checks: what passes, and what the messages say."""

import math

import pytest
import torch

from irllrec_pyg._checks import check_at_least, check_keep_rate, check_non_negative, check_positive, check_rows


def test_values_in_range_are_returned():
    assert check_positive("scale", 1, "") == 1.0 and isinstance(check_positive("scale", 1, ""), float)
    assert check_non_negative("noise", 0) == 0.0
    assert check_keep_rate("keep_rate", 1.0, "") == 1.0
    assert check_at_least("channels", 3, 3) == 3
    check_rows(anchor=torch.ones(3, 2), candidate=torch.ones(3, 5))


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_positive(value):
    with pytest.raises(ValueError, match=r"'scale' must be above 0 .*\(got .*\); use 1"):
        check_positive("scale", value, "use 1")


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_non_negative(value):
    with pytest.raises(ValueError, match="'noise' must not be negative.*use 0 for none"):
        check_non_negative("noise", value)


@pytest.mark.parametrize("value", [0.0, 1.1, math.nan])
def test_keep_rate(value):
    with pytest.raises(ValueError, match=r"'keep_rate' must lie in \(0, 1\] .*use 1"):
        check_keep_rate("keep_rate", value, "use 1")


@pytest.mark.parametrize(("value", "message"), [(0, "at least 1"), (math.nan, "at least 1"), (2.5, "a whole number")])
def test_at_least(value, message):
    with pytest.raises(ValueError, match=f"'channels' must be {message} .*; use 32"):
        check_at_least("channels", value, 1, "use 32")


@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((3,), (3, 2))])
def test_rows(shapes):
    with pytest.raises(ValueError, match="paired row by row"):
        check_rows(**{name: torch.ones(shape) for name, shape in zip(("anchor", "candidate"), shapes, strict=True)})

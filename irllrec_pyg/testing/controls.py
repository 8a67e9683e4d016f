"""The contract of a text control."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import INTERACTS, fingerprint, get_features, mean_of_items, set_features, text_mask, unit_features
from ..data.controls import Control

_SIDES = ("user", "item")
_SEEDS = range(5)
_MAX_COSINE = 0.5


def check_control(control: Control, data: HeteroData, names: Sequence[str] = ("intent",)) -> None:
    """Asserts what every text control must do.

    The result is a copy with the same splits and the same other features; the named features keep shape, type and the
    nodes without text; they depend on the seed and on nothing else; and they no longer say what the given ones say.

    The contract runs on a copy of the data in which some items have no text, and a user's features are the mean over
    their training items, so that controls for both kinds of user features can be held to it.

    Args:
        control: The control, ``control(data, names, seed)``.
        data: A data object with at least two features, such as :func:`~irllrec_pyg.testing.tiny_data`.
        names: Names of the features to replace; not all that the data has. (default: ``("intent",)``)

    Raises:
        AssertionError: The control breaks the contract.

    Examples:
        >>> from irllrec_pyg.data import CONTROLS
        >>> from irllrec_pyg.testing import tiny_data
        >>> check_control(CONTROLS["shuffled"], tiny_data())
        >>> check_control(lambda data, names, seed: data, tiny_data())
        Traceback (most recent call last):
        AssertionError: a control returns a copy of the data
    """
    data = _with_missing_texts(data, names)
    before = fingerprint(data)
    results = [control(data, names, seed) for seed in _SEEDS]
    assert all(result is not data for result in results), "a control returns a copy of the data"
    assert fingerprint(data) == before, "a control leaves the data as it is"
    for name in names:
        for side in _SIDES:
            _check_form(f"'{name}' of {side}s", data[side][name], [result[side][name] for result in results])

    splits = fingerprint(data, features=())
    assert all(fingerprint(result, features=()) == splits for result in results), "a control keeps the splits"
    for side in _SIDES:
        for name, value in data[side].items():
            if isinstance(value, Tensor) and name not in names:
                same = all(torch.equal(result[side][name], value) for result in results)
                assert same, f"a control keeps what it is not asked to replace ('{name}' of {side}s)"

    with torch.random.fork_rng([]):
        torch.manual_seed(1)
        again = [control(data, names, seed) for seed in _SEEDS]
    expected = [fingerprint(result) for result in results]
    assert [fingerprint(result) for result in again] == expected, "the same seed gives the same result"
    assert len(set(expected)) == len(expected), "another seed gives another result"


def _check_form(title: str, given: Tensor, results: Sequence[Tensor]) -> None:
    """Asserts that features keep their form, and lose their meaning."""
    cosines = []
    for result in results:
        assert result.shape == given.shape, f"{title}: the shape is kept (got {list(result.shape)})"
        assert result.dtype == given.dtype, f"{title}: the type is kept (got {result.dtype})"
        assert result.device == given.device, f"{title}: the device is kept (got {result.device})"
        assert result.isfinite().all(), f"{title}: values are finite"
        assert torch.equal(text_mask(result), text_mask(given)), f"{title}: nodes without text stay without"
        cosine = (unit_features(given, center=True) * unit_features(result, center=True)).sum(dim=-1)
        cosines.append(float(cosine[text_mask(given)].detach().mean()))
    mean = sum(cosines) / len(cosines)
    assert abs(mean) < _MAX_COSINE, (
        f"{title}: the meaning is gone (the mean cosine to the given features is {mean:.2f})"
    )


def _with_missing_texts(data: HeteroData, names: Sequence[str]) -> HeteroData:
    """Copy of the data in which the first user and their training items have no text."""
    result = copy(data)
    if "text" in result["user"]:
        del result["user"].text
    user, item = data[INTERACTS].edge_index
    for name in names:
        features = get_features(data, name)[1].clone()
        features[item[user == 0]] = 0.0
        set_features(result, name, mean_of_items(data, features), features)
    return result

"""Features that a recipe reads."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

from torch_geometric.data import HeteroData

from ..data import apply_control, get_features, set_features


def with_features(
    data: HeteroData,
    names: Sequence[str],
    encoder: str | None = None,
    control: str | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
) -> HeteroData:
    """Copy of the data with the named features.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features; without any the data is returned as it is.
        encoder: Encoder of the data's texts, see :func:`~irllrec_pyg.text.text_features`; all names get the same
            features. (default: the features that the data holds; where it holds only one of ``intent`` and ``profile``,
            the other gets the same)
        control: Name of a text control, see :mod:`irllrec_pyg.data.controls`. (default: none)
        seed: Seed of the control. (default: ``0``)
        folder: Folder in which encoded texts are kept. (default: they are not kept)

    Raises:
        ValueError: The data has neither features nor texts, or the control does not apply.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> with_features(tiny_data(), ("profile",), control="random")["item"].profile.shape
        torch.Size([20, 12])
    """
    if not names:
        return data
    result = copy(data)
    encoded = None
    if encoder is not None:
        from ..text import text_features  # transformers are imported only where texts are encoded

        encoded = text_features(data, encoder, folder)
    for name in names:
        set_features(result, name, *(encoded or get_features(data, _stored(data, name))))
    return result if control is None else apply_control(result, control, names, seed)


def _stored(data: HeteroData, name: str) -> str:
    """Name under which the data holds a feature: ``intent`` and ``profile`` replace each other."""
    other = {"intent": "profile", "profile": "intent"}.get(name, name)
    return other if name not in data["item"] and other in data["item"] else name

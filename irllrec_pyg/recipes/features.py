"""The features that a recipe reads."""

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
        names: Names of the features; without any the data are returned as they are.
        encoder: Encodes the data's texts, see :func:`~irllrec_pyg.text.text_features`; all names get the same features.
            (default: features that the data holds; where only one of ``intent`` and ``profile`` is there, it stands for
            the other)
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
    if encoder is not None:
        from ..text import text_features  # transformers are imported only where texts are encoded

        encoded = text_features(data, encoder, folder)
        for name in names:
            set_features(result, name, *encoded)
    else:
        for name in names:
            source = name if name in data["item"] else {"intent": "profile", "profile": "intent"}.get(name, name)
            set_features(result, name, *get_features(data, source))
    return result if control is None else apply_control(result, control, names, seed)

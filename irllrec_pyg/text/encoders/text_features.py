"""Features of a data object's own texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._io import replacing
from ...data import digest, fingerprint, mean_of_items
from .registry import Encode, find_encoder


def text_features(
    data: HeteroData, encoder: str | Path | Encode, folder: str | Path | None = None
) -> tuple[Tensor, Tensor]:
    """Encodes ``data["user"].text`` and ``data["item"].text``.

    Where users have no text, a user's feature is the mean over their training items. An empty text counts as missing:
    its row is zero, see :func:`~irllrec_pyg.data.text_mask`.

    Args:
        data: The data object.
        encoder: Name of a registered encoder, such as ``"tf-idf"``; folder or package of a model, see
            :class:`~irllrec_pyg.text.TextEncoder`; or a function from texts to features, such as
            :func:`~irllrec_pyg.text.word_features`. Texts of users come first.
        folder: Folder in which the features are kept, by a hash of the texts, the encoder and the splits, so that the
            next call only reads them. (default: they are not kept)

    Returns:
        Features of users ``[M, d_t]`` and of items ``[N, d_t]``.

    Raises:
        ValueError: Items have no text, or a function cannot be recognised again.
        FileNotFoundError: There is no such model.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["item"].text = [f"a film about {'trains' if item < 10 else 'islands'}" for item in range(20)]
        >>> user, item = text_features(data, "tf-idf")
        >>> user.size(0), item.size(0)
        (24, 20)
    """
    if "text" not in data["item"]:
        raise ValueError("data['item'] has no 'text' to encode; give the dataset feature files instead")
    encode, identity = find_encoder(encoder)
    own = list(data["user"].text) if "text" in data["user"] else []
    texts = [*own, *data["item"].text]
    if folder is None:
        return _features(data, texts, len(own), encode)
    file = Path(folder) / f"features-{digest(texts, identity, fingerprint(data, features=()))}.safetensors"
    if file.is_file():
        try:
            found = load_file(file)
            return found["user"], found["item"]
        except (SafetensorError, KeyError) as error:
            raise ValueError(f"'{file}' is damaged ({error!r}); delete it, and the texts are encoded again") from error
    user, item = _features(data, texts, len(own), encode)
    with replacing(file) as part:
        save_file({"user": user, "item": item}, part)
    return user, item


def _features(data: HeteroData, texts: Sequence[str], num_own: int, encode: Encode) -> tuple[Tensor, Tensor]:
    features = encode_texts(texts, encode)
    if not num_own:
        return mean_of_items(data, features), features
    user, item = features.tensor_split([num_own])
    return user.contiguous(), item.contiguous()


def encode_texts(texts: Sequence[str], encode: Encode) -> Tensor:
    """Encodes texts of which some may be empty: their rows are zero, see :func:`~irllrec_pyg.data.text_mask`.

    Args:
        texts: The texts.
        encode: Encodes those that are not empty, such as
            :meth:`TextEncoder.encode <irllrec_pyg.text.TextEncoder.encode>`.

    Returns:
        Features, ``[n, d_t]``.

    Raises:
        ValueError: All are empty.

    Examples:
        >>> encode_texts(["a", ""], lambda texts: torch.ones(len(texts), 2))
        tensor([[1., 1.],
                [0., 0.]])
    """
    kept = [number for number, text in enumerate(texts) if text.strip()]
    if not kept:
        raise ValueError("all texts are empty; give at least one")
    features = encode([texts[number] for number in kept])
    return features.new_zeros(len(texts), features.size(1)).index_copy_(0, torch.tensor(kept), features.cpu())

"""Features of a data object's own texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch_geometric.data import HeteroData

from ..datasets import fingerprint, load_features, mean_of_items
from .encoder import TextEncoder

Encode = Callable[[Sequence[str]], Tensor]


def text_features(
    data: HeteroData, encoder: str | Path | Encode, folder: str | Path | None = None
) -> tuple[Tensor, Tensor]:
    """Encodes ``data["user"].text`` and ``data["item"].text``.

    Where users have no text, a user's feature is the mean of their training items'. An empty text is one that is
    missing: its row is zero, see :func:`~irllrec_pyg.datasets.has_text`.

    Args:
        data: The data object.
        encoder: What :class:`~irllrec_pyg.text.TextEncoder` takes; or a function of all texts, users' first, that
            makes a row of each, such as :func:`~irllrec_pyg.text.word_features`.
        folder: Where to keep the features, for this encoder's name and this data, so that the next call only reads
            them. (default: they are not kept)

    Returns:
        Features of users ``[M, d_t]`` and of items ``[N, d_t]``.

    Raises:
        ValueError: Items have no text, or features are to be kept of a function without a name.
        FileNotFoundError: There is no such encoder.
    """
    if "text" not in data["item"]:
        raise ValueError("data['item'] has no 'text' to encode; give the dataset feature files instead")
    name = getattr(encoder, "__name__", "") if callable(encoder) else Path(encoder).name
    if callable(encoder) and folder is not None and not name.isidentifier():
        raise ValueError(f"'encoder' has no name to keep its features under (got {encoder!r}); define a function")
    file = None if folder is None else Path(folder) / f"{name}-{fingerprint(data)}.safetensors"
    if file is not None and file.is_file():
        return load_features(file)
    encode = encoder if callable(encoder) else TextEncoder(encoder).encode
    if "text" in data["user"]:
        sizes = data["user"].num_nodes, data["item"].num_nodes
        user, item = encode_told([*data["user"].text, *data["item"].text], encode).split(sizes)
        user, item = user.contiguous(), item.contiguous()
    else:
        item = encode_told(data["item"].text, encode)
        user = mean_of_items(data, item)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file({"user": user, "item": item}, file)
    return user, item


def encode_told(texts: Sequence[str], encode: Encode) -> Tensor:
    """A row a text, of zeros where it is empty, see :func:`~irllrec_pyg.datasets.has_text`.

    Args:
        texts: Some may be empty.
        encode: Makes a row of each of those that are not, such as
            :meth:`TextEncoder.encode <irllrec_pyg.text.TextEncoder.encode>`.

    Returns:
        Features, ``[n, d_t]``.

    Raises:
        ValueError: All are empty.
    """
    told = [number for number, text in enumerate(texts) if text.strip()]
    if not told:
        raise ValueError("all texts are empty; give at least one")
    features = encode([texts[number] for number in told])
    return features.new_zeros(len(texts), features.size(1)).index_copy_(0, torch.tensor(told), features.cpu())

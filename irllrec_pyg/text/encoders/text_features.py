"""Features of the texts of a data object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._tensors import read_tensors, write_tensors
from ...data import digest, mean_of_items
from .identity import encoder_identity
from .registry import Encode, find_encoder
from .text_encoder import TextEncoder

_FORMAT = 1  # of the files that keep features


def text_features(
    data: HeteroData, encoder: str | Path | TextEncoder | Encode, folder: str | Path | None = None
) -> tuple[Tensor, Tensor]:
    """Encodes ``data["user"].text`` and ``data["item"].text``.

    Where users have no text, the feature of a user is the mean over their training items. An empty text counts as
    missing: its row is zero, see :func:`~irllrec_pyg.data.text_mask`.

    Args:
        data: The data object.
        encoder: Name of a registered encoder, such as ``"tf-idf"``; folder or package of a model, see
            :class:`~irllrec_pyg.text.TextEncoder`; such an encoder; or a function from texts to features. It is called
            once, with the texts of users first.
        folder: Folder in which the encoded texts are kept, so that the next call only reads them. Their file is named
            by a hash of texts and encoder, see :func:`~irllrec_pyg.text.encoder_identity`. (default: they are not kept)

    Returns:
        Features of users ``[M, d_t]`` and of items ``[N, d_t]``.

    Raises:
        ValueError: Items have no text, texts do not match the nodes, or the encoder cannot be recognised again although
            there is a ``folder``.
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
    texts = {side: list(data[side].text) if "text" in data[side] else [] for side in ("user", "item")}
    for side, listed in texts.items():
        if listed and len(listed) != data[side].num_nodes:
            raise ValueError(
                f"data['{side}'].text has {len(listed)} texts for {data[side].num_nodes} nodes; give one text per node"
            )
    encode = find_encoder(encoder)
    # Only what the encoder made is kept. Means over training items are computed each time, so they follow the split.
    features = _encode(texts, encode) if folder is None else _kept(texts, encode, Path(folder))
    user, item = features.tensor_split([len(texts["user"])])
    return (user.clone() if texts["user"] else mean_of_items(data, item)), item.clone()


def encode_texts(texts: Sequence[str], encode: Encode) -> Tensor:
    """Encodes texts of which some may be empty. The rows of empty texts are zero, see
    :func:`~irllrec_pyg.data.text_mask`.

    Args:
        texts: The texts.
        encode: Encoder of those that are not empty, such as
            :meth:`TextEncoder.encode <irllrec_pyg.text.TextEncoder.encode>`.

    Returns:
        Features on the CPU, ``[len(texts), d_t]``.

    Raises:
        ValueError: All texts are empty, or the encoder does not return one row of finite numbers per text.

    Examples:
        >>> encode_texts(["a", ""], lambda texts: torch.ones(len(texts), 2))
        tensor([[1., 1.],
                [0., 0.]])
    """
    kept = [number for number, text in enumerate(texts) if text.strip()]
    if not kept:
        raise ValueError("all texts are empty; give at least one")
    features = encode([texts[number] for number in kept]).detach().cpu()
    if features.dim() != 2 or features.size(0) != len(kept) or not features.is_floating_point():
        raise ValueError(
            f"the encoder returned {features.dtype} of shape {list(features.shape)} for {len(kept)} texts; it must "
            "return one row of floating point numbers per text"
        )
    if not features.isfinite().all():
        row = int((~features.isfinite()).any(dim=1).nonzero()[0])
        raise ValueError(f"the encoder returned NaN or infinity, first for text number {kept[row]}")
    return features.new_zeros(len(texts), features.size(1)).index_copy_(0, torch.tensor(kept), features)


def _encode(texts: dict[str, list[str]], encode: Encode) -> Tensor:
    return encode_texts([*texts["user"], *texts["item"]], encode)


def _kept(texts: dict[str, list[str]], encode: Encode, folder: Path) -> Tensor:
    file = folder / f"features-{digest(_FORMAT, texts, encoder_identity(encode))}.safetensors"
    if file.is_file():
        return read_tensors(file, _FORMAT, "delete it, and the texts are encoded again")[0]["features"]
    features = _encode(texts, encode)
    write_tensors(file, {"features": features}, {}, _FORMAT)
    return features

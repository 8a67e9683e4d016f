"""A data object with more users, items and training interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from ..._plain import plain
from ...data import INTERACTS, SEEN, mean_of_items
from ..columns import Column
from .new_interactions import NewInteractions


def enlarge(data: HeteroData, new: NewInteractions, encoders: Mapping[str, Any] | None = None) -> HeteroData:
    """Copy of a data object in which new interactions, users and items have joined.

    Known nodes keep their numbers, and known items their features; held-out interactions stay held out. New
    interactions join the training split, and pairs that have been seen join ``seen_index``. Features of new items are
    encoded from their texts where the encoder is known. Otherwise they are rows of zeros, which mean that there is no
    text. Users without texts of their own have the mean over their training items, as
    :func:`~irllrec_pyg.text.text_features` gives it; it is computed again where the encoder is known.

    Args:
        data: The data object; it is left as it is.
        new: What joins.
        encoders: Encoder of each feature, by the name of the feature. (default: none is known)

    Raises:
        ValueError: An encoder gives other features than the known ones.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> new = NewInteractions(torch.tensor([[24], [20]]), users=["ann"], items=["a new one"], title=["A new one"])
        >>> data = enlarge(tiny_data(), new)
        >>> data["user"].original_id[24], data["item"].intent[20].norm()
        ('ann', tensor(0.))
    """
    result = copy(data)
    texts = {"title": new.title, "text": new.text}
    for side, ids in (("user", new.users), ("item", new.items)):
        given = {"original_id": ids, **(texts if side == "item" else {})}
        for name, values in data[side].items():
            if name != "num_nodes" and (data[side].is_node_attr(name) or isinstance(values, Column)):
                result[side][name] = _longer(values, given.get(name) or [], len(ids))
        result[side].num_nodes = data[side].num_nodes + len(ids)
    edge_index = plain(data[INTERACTS].edge_index)
    result[INTERACTS].edge_index = torch.cat([edge_index, new.pairs.to(edge_index)], dim=1)
    if new.seen.size(1):
        pairs = [new.seen, *([data[INTERACTS][SEEN].cpu()] if SEEN in data[INTERACTS] else [])]
        result[INTERACTS][SEEN] = coalesce(torch.cat(pairs, dim=1))
    for name, encoder in (encoders or {}).items():
        if name in data["item"]:
            if any(text.strip() for text in new.text):
                rows = _encoded(data, name, encoder, new.text)
                result["item"][name] = torch.cat([data["item"][name], rows.to(data["item"][name])])
            if "text" not in data["user"] and name in data["user"]:
                result["user"][name] = mean_of_items(result, result["item"][name])
    return result


def _longer(values: Any, given: Sequence[Any], count: int) -> Any:
    """Values of the known nodes, followed by those of the new ones; zeros and empty texts where none are given."""
    if isinstance(values, Tensor):
        return torch.cat([values, values.new_zeros(count, *values.shape[1:])])
    empty = "" if all(isinstance(value, str) for value in values) else None
    return [*values, *(given or [empty] * count)]


def _encoded(data: HeteroData, name: str, encoder: Any, texts: Sequence[str]) -> Tensor:
    from ...text import encode_texts  # transformers are imported only where texts are encoded
    from ..newcomers.encoders import feature_encoder

    return encode_texts(texts, feature_encoder(data, name, encoder))

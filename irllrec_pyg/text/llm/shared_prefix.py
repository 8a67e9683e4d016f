"""Keys and values with which all rows of a batch begin, stored and read once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import StaticLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

#: Name of the attention implementation, for :meth:`set_attn_implementation` of a model of transformers.
SHARED_PREFIX = "shared_prefix"


class SharedPrefixLayer(StaticLayer):
    """Layer of a static cache whose rows all begin alike. The model sees the full length; the beginning is stored once.
    The attention of the model must be :data:`SHARED_PREFIX`.

    Args:
        keys: Keys of the beginning, ``[1, H, P, d]``.
        values: Values of the beginning, ``[1, H, P, d]``.
        max_cache_len: Maximum number of tokens of a row, beginning included.
    """

    def __init__(self, keys: Tensor, values: Tensor, max_cache_len: int) -> None:
        self.prefix = keys, values
        self.prefix_length = keys.size(2)
        super().__init__(max_cache_len - self.prefix_length)

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Keys and values of the rest. The keys carry the beginning, where the attention finds it."""
        keys, values = super().update(key_states, value_states, *args, **kwargs)
        keys.prefix = self.prefix  # type: ignore[attr-defined]
        return keys, values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of everything that a row attends to."""
        length, offset = super().get_mask_sizes(query_length)
        return length + self.prefix_length, offset

    def get_seq_length(self) -> Any:
        """Number of tokens of a row that are in the cache."""
        return super().get_seq_length() + self.prefix_length


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    """Scaled dot-product attention that reads a shared beginning too, if the keys carry one.

    Generation spends its time on one token per row. The scores of these tokens against the beginning are a single
    product for all rows, instead of one product per row over a copy each.

    Args:
        module: The attention layer.
        query: Queries, ``[B, H_q, T, d]``.
        key: Keys without the beginning, ``[B, H, S, d]``.
        value: Values without the beginning, ``[B, H, S, d]``.
        attention_mask: Mask over beginning and rest, ``[B, 1, T, P + S]``.
        **kwargs: Further arguments of the attention of transformers.
    """
    prefix = getattr(key, "prefix", None)
    if prefix is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    if query.size(2) > 1:
        expanded = [x.expand(key.size(0), -1, -1, -1) for x in prefix]
        key, value = torch.cat([expanded[0], key], dim=2), torch.cat([expanded[1], value], dim=2)
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    (batch, heads, _, width), groups = query.shape, key.size(1)
    q = query.reshape(batch, groups, -1, width) * (kwargs.get("scaling") or width**-0.5)
    rows = q.transpose(0, 1).flatten(1, 2)  # [H, B G, d]
    prefix_score = (rows @ prefix[0][0].transpose(1, 2)).unflatten(1, (batch, -1)).transpose(0, 1)
    score = q @ key.transpose(2, 3)
    if attention_mask is not None:
        score = score.masked_fill(~attention_mask[..., prefix_score.size(-1) :], -torch.inf)
    weight = torch.cat([prefix_score, score], dim=-1).softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    prefix_weight, weight = weight.split([prefix_score.size(-1), score.size(-1)], dim=-1)
    out = weight @ value
    out += (prefix_weight.transpose(0, 1).flatten(1, 2) @ prefix[1][0]).unflatten(1, (batch, -1)).transpose(0, 1)
    return out.reshape(batch, 1, heads, -1), None  # values may be narrower than keys


AttentionInterface.register(SHARED_PREFIX, attend)
AttentionMaskInterface.register(SHARED_PREFIX, sdpa_mask)

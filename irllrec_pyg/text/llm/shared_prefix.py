"""Keys and values with which all rows of a batch begin, held and read once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import StaticLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

#: The attention implementation, for :meth:`set_attn_implementation` of a model of transformers.
SHARED_PREFIX = "shared_prefix"


class SharedPrefixLayer(StaticLayer):
    """A layer of a static cache whose rows all begin alike. To its model it is as long as beginning and rest; it stores
    the beginning once. The model's attention must be :data:`SHARED_PREFIX`.

    Args:
        keys: Of the beginning, ``[1, H, P, d]``.
        values: Of the beginning, ``[1, H, P, d]``.
        max_cache_len: Tokens that a row may have, beginning included.
    """

    def __init__(self, keys: Tensor, values: Tensor, max_cache_len: int) -> None:
        self.prefix = keys, values
        self.shared = keys.size(2)
        super().__init__(max_cache_len - self.shared)

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Keys and values of the rest; the beginning goes with the keys, for the attention to find."""
        keys, values = super().update(key_states, value_states, *args, **kwargs)
        keys.prefix = self.prefix  # type: ignore[attr-defined]
        return keys, values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of all that a row attends to."""
        length, offset = super().get_mask_sizes(query_length)
        return length + self.shared, offset

    def get_seq_length(self) -> Any:
        """How much of a row is known."""
        return super().get_seq_length() + self.shared


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    """Scaled dot-product attention that looks at a shared beginning too, where the keys carry one.

    One token a row is where generation spends its time: its scores against the beginning are then one product for all
    rows, rather than one a row over a copy each.
    """
    prefix = getattr(key, "prefix", None)
    if prefix is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    if query.size(2) > 1:
        begun = [x.expand(key.size(0), -1, -1, -1) for x in prefix]
        key, value = torch.cat([begun[0], key], dim=2), torch.cat([begun[1], value], dim=2)
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    (batch, heads, _, width), groups = query.shape, key.size(1)
    q = query.reshape(batch, groups, -1, width) * (kwargs.get("scaling") or width**-0.5)
    together = q.transpose(0, 1).flatten(1, 2)  # [H, B G, d]
    shared = (together @ prefix[0][0].transpose(1, 2)).unflatten(1, (batch, -1)).transpose(0, 1)
    own = q @ key.transpose(2, 3)
    if attention_mask is not None:
        own = own.masked_fill(~attention_mask[..., shared.size(-1) :], -torch.inf)
    weight = torch.cat([shared, own], dim=-1).softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    shared, own = weight.split([shared.size(-1), own.size(-1)], dim=-1)
    out = own @ value
    out += (shared.transpose(0, 1).flatten(1, 2) @ prefix[1][0]).unflatten(1, (batch, -1)).transpose(0, 1)
    return out.reshape(batch, 1, heads, width), None


AttentionInterface.register(SHARED_PREFIX, attend)
AttentionMaskInterface.register(SHARED_PREFIX, sdpa_mask)

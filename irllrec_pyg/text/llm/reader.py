"""Keys and values of prompts, computed in one of several ways."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache, StaticCache

from .shared_prefix import SharedPrefixLayer

_READ = 4096  # tokens of prompts read at once: more do not occupy a processor better, and leave its cache
KeysValues = list[tuple[Tensor, Tensor]]  # of each layer


class Way(IntEnum):
    """Ways to generate. Each one is faster than those before.

    Examples:
        >>> Way.COPY > Way.REUSE
        True
    """

    ALONE = 0  #: One prompt at a time.
    BATCH = 1  #: Several prompts, padded on the left.
    REUSE = 2  #: Complete rows leave the batch, and the others keep their keys and values.
    COPY = 3  #: The shared beginning is computed once too, and copied into every row.
    SHARE = 4  #: The shared beginning is computed and stored once, and the attention of all rows reads it.


class PromptReader:
    """Computes keys and values of prompts, and moves them between caches.

    Args:
        model: A causal model of transformers.
        way: How prompts share their beginning: one of :attr:`Way.REUSE`, :attr:`Way.COPY` and :attr:`Way.SHARE`.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoModelForCausalLM
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> model = AutoModelForCausalLM.from_pretrained(save_tiny_llm(tempfile.mkdtemp()))
        >>> keys, values = PromptReader(model, Way.REUSE).prefix([5, 6, 7])[0]  # those of the first layer
        >>> keys.shape
        torch.Size([1, 2, 3, 8])
    """

    def __init__(self, model: Any, way: Way) -> None:
        self.model, self.way = model, way
        #: Name of the cache among the arguments of the model, which changed in transformers 5.
        self.argument = "cache" if "cache" in signature(model.forward).parameters else "past_key_values"

    def pad(self, rows: Sequence[list[int]], cut: int) -> tuple[Tensor, Tensor]:
        """Tokens of the same number per row, and which of them are attended to, ``[B, T]`` both.

        The padding is between the shared beginning and the rest; positions count what is not padded. Any token could be
        the padding. One that the row contains anyway leaves the repetition penalty of the others as it is.

        Args:
            rows: Tokens of each prompt.
            cut: Number of tokens with which all rows begin.
        """
        device, width = self.model.device, max(map(len, rows))
        padded = [row[:cut] + row[:1] * (width - len(row)) + row[cut:] for row in rows]
        attended = [[1] * cut + [0] * (width - len(row)) + [1] * (len(row) - cut) for row in rows]
        return torch.tensor(padded, device=device), torch.tensor(attended, device=device)

    def prefix(self, tokens: Sequence[int]) -> KeysValues:
        """Keys and values of a shared beginning, ``[1, H, P, d]``.

        Args:
            tokens: The tokens with which all rows begin.
        """
        cache: Any = DynamicCache()
        ids = torch.tensor([[*tokens]], device=self.model.device)
        self.model.base_model(input_ids=ids, use_cache=True, **{self.argument: cache})
        return [(layer.keys, layer.values) for layer in cache.layers]

    def read(self, ids: Tensor, mask: Tensor, shared: KeysValues, cut: int) -> KeysValues:
        """Keys and values of prompts without their shared beginning, computed for a few prompts at a time.

        Args:
            ids: Padded tokens, see :meth:`pad`.
            mask: Which of them are attended to.
            shared: Keys and values of the beginning; none if nothing is shared.
            cut: Number of its tokens.
        """
        position = mask.cumsum(dim=1).sub_(1).clamp_(min=0)
        parts: list[KeysValues] = []
        for rows in torch.arange(ids.size(0), device=ids.device).split(max(1, _READ // ids.size(1))):
            cache: Any = self.cache(shared, [], rows.numel(), ids.size(1))
            self.model.base_model(
                input_ids=ids[rows, cut:],
                attention_mask=mask[rows],
                position_ids=position[rows, cut:],
                use_cache=True,
                **{self.argument: cache},
            )
            parts.append(self.select(cache, torch.arange(rows.numel()), cut, ids.size(1)))
        layers = zip(*parts, strict=True)
        return [(torch.cat([k for k, _ in layer]), torch.cat([v for _, v in layer])) for layer in layers]

    def cache(self, shared: KeysValues, known: KeysValues, rows: int, length: int) -> Cache:
        """Cache with room for some tokens. One that grew token by token would be copied each time.

        Args:
            shared: Keys and values of the beginning; none if nothing is shared.
            known: Keys and values of the rest, as far as they are known.
            rows: Number of rows.
            length: Number of tokens, beginning included.
        """
        if shared and self.way is Way.SHARE:
            cache = Cache(layers=[SharedPrefixLayer(keys, values, length) for keys, values in shared])
        else:
            cache = StaticCache(config=self.model.config, max_cache_len=length)
            for index, (keys, values) in enumerate(shared):
                cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), index)
        for index, (keys, values) in enumerate(known):
            cache.update(keys, values, index)
        return cache

    def select(self, cache: Any, rows: Tensor, cut: int, length: int) -> KeysValues:
        """Keys and values of some rows of a batch, without their shared beginning.

        Args:
            cache: Cache of the batch.
            rows: Numbers of the rows, or a mask.
            cut: Number of tokens of the beginning.
            length: Number of tokens that are kept, beginning included.
        """
        # the layers of SHARE do not hold the beginning
        start, stop = (0, length - cut) if self.way is Way.SHARE else (cut, length)
        selected = []
        for layer in cache.layers:
            keys, values = (x[:, :, start:stop] for x in (layer.keys, layer.values))
            selected.append((keys[rows.to(keys.device)], values[rows.to(values.device)]))
        return selected

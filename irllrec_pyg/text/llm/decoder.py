"""Decoding a batch of prompts that begin alike."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache, StaticCache

from .json_form import JsonForm
from .shared_prefix import SharedPrefixLayer

_SEGMENT = 24  # tokens after which finished rows leave their batch
_READ = 4096  # tokens of prompts read at once: more do not occupy a processor better, and leave its cache
_KeysValues = list[tuple[Tensor, Tensor]]  # keys and values of each layer


class BatchDecoder:
    """Generates the answers to a batch of prompts.

    The tokens with which all prompts begin are read once. The rest is padded on the left and read together. A row that
    is complete leaves its batch.

    Args:
        model: A causal model of transformers.
        tokenizer: Its tokenizer.
        form: Form of the answers that is enforced; :obj:`None` enforces none.
        max_new_tokens: Maximum number of tokens of an answer.
        repetition_penalty: Penalty of tokens that the row contains already.
        temperature: Temperature where answers are sampled.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        form: JsonForm | None,
        max_new_tokens: int,
        repetition_penalty: float,
        temperature: float,
    ) -> None:
        self.model, self.tokenizer, self.form = model, tokenizer, form
        self.max_new_tokens, self.repetition_penalty, self.temperature = max_new_tokens, repetition_penalty, temperature
        self._prefixes: dict[tuple[int, ...], _KeysValues] = {}

    def can_reuse(self, length: int) -> bool:
        """Whether keys and values can be reused in the next call. A recurrent model has none, and a sliding window
        drops the first ones.

        Args:
            length: Number of tokens of the longest row, its answer included.
        """
        window = getattr(self.model.config.get_text_config(), "sliding_window", None)
        return not getattr(self.model, "_is_stateful", False) and (window is None or window >= length)

    @torch.inference_mode()
    def run(self, rows: list[list[int]], prefix: list[int], reuse: bool, sample: bool) -> list[str]:
        """Answers, in the order of the rows.

        Args:
            rows: Tokens of each prompt.
            prefix: Tokens with which all rows begin.
            reuse: Whether keys and values are reused, see :meth:`can_reuse`.
            sample: Whether answers are sampled.
        """
        device, cut, width = self.model.device, len(prefix), max(map(len, rows))
        # The padding is between the shared beginning and the rest; positions count what is not padded. Any token could
        # be the padding. One that the row contains anyway leaves the repetition penalty of the others as it is.
        padded = [row[:cut] + row[:1] * (width - len(row)) + row[cut:] for row in rows]
        attended = [[1] * cut + [0] * (width - len(row)) + [1] * (len(row) - cut) for row in rows]
        ids, mask = torch.tensor(padded, device=device), torch.tensor(attended, device=device)
        form = self.form.processor(len(rows)) if self.form is not None else None
        shared: _KeysValues = self._prefix(tuple(prefix)) if prefix else []
        known = self._read(ids[:, :-1], mask[:, :-1], shared, cut) if reuse else []
        answers, alive = [""] * len(rows), torch.arange(len(rows), device=device)
        while alive.numel():
            step = min(_SEGMENT, width + self.max_new_tokens - ids.size(1)) if reuse else self.max_new_tokens
            cache = self._cache(shared, known, ids.size(1) + step) if reuse else None
            ids = self._write(ids, mask, cache, step, form, sample)
            done = torch.isin(ids[:, width:], self._ends).any(dim=1) | (ids.size(1) == width + self.max_new_tokens)
            for row, tokens in zip(alive[done].tolist(), ids[done, width:], strict=True):
                answers[row] = str(self.tokenizer.decode(tokens, skip_special_tokens=True)).strip()
            ids, alive, mask = ids[~done], alive[~done], mask[~done]
            mask = torch.cat([mask, mask.new_ones(mask.size(0), ids.size(1) - mask.size(1))], dim=1)
            known = _select(cache, ~done, ids.size(1) - 1 - cut) if cache is not None else []
            if form is not None:
                form.keep((~done).tolist())
        return answers

    def _read(self, ids: Tensor, mask: Tensor, shared: _KeysValues, cut: int) -> _KeysValues:
        """Keys and values of prompts without their shared beginning, a few prompts at a time."""
        position = mask.cumsum(dim=1).sub_(1).clamp_(min=0)
        parts: list[_KeysValues] = []
        for rows in torch.arange(ids.size(0), device=ids.device).split(max(1, _READ // ids.size(1))):
            cache: Any = self._cache(shared, [], ids.size(1))
            self.model.base_model(
                input_ids=ids[rows, cut:],
                attention_mask=mask[rows],
                position_ids=position[rows, cut:],
                past_key_values=cache,
                use_cache=True,
            )
            parts.append([(layer.keys, layer.values) for layer in cache.layers])
        layers = zip(*parts, strict=True)
        return [(torch.cat([k for k, _ in layer]), torch.cat([v for _, v in layer])) for layer in layers]

    def _write(self, ids: Tensor, mask: Tensor, cache: Any, step: int, form: Any, sample: bool) -> Tensor:
        """The rows with up to ``step`` more tokens."""
        out: Tensor = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            max_new_tokens=step,
            do_sample=sample,
            # None: the sampling settings in the model's own file must not change the most likely answer
            temperature=self.temperature if sample else None,
            top_p=None,
            top_k=None,
            repetition_penalty=self.repetition_penalty,
            pad_token_id=self.tokenizer.pad_token_id,
            logits_processor=[form] if form is not None else None,
            disable_compile=True,  # every batch has another shape
        )
        return out

    def _cache(self, shared: _KeysValues, known: _KeysValues, length: int) -> Cache:
        """Cache with room for ``length`` tokens. One that grew token by token would be copied each time."""
        if shared:
            cache = Cache(layers=[SharedPrefixLayer(keys, values, length) for keys, values in shared])
        else:
            cache = StaticCache(config=self.model.config, max_cache_len=length)
        for index, (keys, values) in enumerate(known):
            cache.update(keys, values, index)
        return cache

    def _prefix(self, prefix: tuple[int, ...]) -> _KeysValues:
        if prefix not in self._prefixes:
            ids, cache = torch.tensor([prefix], device=self.model.device), DynamicCache()
            self.model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
            # Only the last prefix is kept: all items come first, then all users.
            self._prefixes = {prefix: [(keys, values) for keys, values, *_ in cache]}
        return self._prefixes[prefix]

    @cached_property
    def _ends(self) -> Tensor:
        ends = self.model.generation_config.eos_token_id
        ends = self.tokenizer.eos_token_id if ends is None else ends
        return torch.tensor(ends, device=self.model.device).flatten()


def _select(cache: Any, rows: Tensor, length: int) -> _KeysValues:
    """First ``length`` keys and values of some rows of a batch."""
    selected = []
    for layer in cache.layers:
        keys, values = (x[:, :, :length] for x in (layer.keys, layer.values))
        selected.append((keys[rows.to(keys.device)], values[rows.to(values.device)]))
    return selected

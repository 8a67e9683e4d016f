"""Decoding a batch of prompts that begin alike."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig

from .json_form import JsonForm
from .reader import KeysValues, PromptReader, Way
from .ways import find_way, keeps_all, rotation_limit

_SEGMENT = 24  # tokens after which finished rows leave their batch


class BatchDecoder:
    """Generates the answers to a batch of prompts.

    The tokens with which all prompts begin are read once. The rest is padded on the left and read together. A row that
    is complete leaves its batch. Where a model does not support this, it reads more instead, see :attr:`way`.

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
        self._prefixes: dict[tuple[int, ...], KeysValues] = {}

    @cached_property
    def way(self) -> Way:
        """The fastest way in which this model can generate, see :func:`~irllrec_pyg.text.llm.ways.find_way`."""
        return find_way(self.model, self.tokenizer)

    def can_reuse(self, length: int) -> bool:
        """Whether keys and values can be reused in the next call. A recurrent model has none, a sliding window drops
        the first ones, and some rotary positions change with the length.

        Args:
            length: Number of tokens of the longest row, its answer included.
        """
        return self.way >= Way.REUSE and length <= self._rotation_limit and keeps_all(self.model, length)

    def can_share(self, length: int) -> bool:
        """Whether the beginning of all rows can be computed once in the next call.

        Args:
            length: Number of tokens of the longest row, its answer included.
        """
        return self.way >= Way.COPY and self.can_reuse(length)

    @torch.inference_mode()
    def run(self, rows: list[list[int]], prefix: list[int], reuse: bool, sample: bool) -> list[str]:
        """Answers, in the order of the rows.

        Args:
            rows: Tokens of each prompt.
            prefix: Tokens with which all rows begin.
            reuse: Whether keys and values are reused, see :meth:`can_reuse`.
            sample: Whether answers are sampled.
        """
        cut, width = len(prefix), max(map(len, rows))
        if len(rows) > 1 and (self.way is Way.ALONE or width + self.max_new_tokens > self._rotation_limit):
            return [self.run([row], prefix, reuse, sample)[0] for row in rows]
        ids, mask = self._reader.pad(rows, cut)
        form = self.form.processor(len(rows)) if self.form is not None else None
        shared: KeysValues = self._prefix(tuple(prefix)) if prefix else []
        known = self._reader.read(ids[:, :-1], mask[:, :-1], shared, cut) if reuse else []
        answers, alive = [""] * len(rows), torch.arange(len(rows), device=ids.device)
        while alive.numel():
            step = min(_SEGMENT, width + self.max_new_tokens - ids.size(1)) if reuse else self.max_new_tokens
            cache = self._reader.cache(shared, known, ids.size(0), ids.size(1) + step) if reuse else None
            ids = self._write(ids, mask, cache, step, form, sample)
            done = torch.isin(ids[:, width:], self._ends).any(dim=1) | (ids.size(1) == width + self.max_new_tokens)
            for row, tokens in zip(alive[done].tolist(), ids[done, width:], strict=True):
                answers[row] = str(self.tokenizer.decode(tokens, skip_special_tokens=True)).strip()
            ids, alive, mask = ids[~done], alive[~done], mask[~done]
            mask = torch.cat([mask, mask.new_ones(mask.size(0), ids.size(1) - mask.size(1))], dim=1)
            known = self._reader.select(cache, ~done, cut, ids.size(1) - 1) if cache is not None else []
            if form is not None:
                form.keep((~done).tolist())
        return answers

    def _write(self, ids: Tensor, mask: Tensor, cache: Any, step: int, form: Any, sample: bool) -> Tensor:
        """The rows with up to ``step`` more tokens."""
        config = GenerationConfig(
            max_new_tokens=step,
            do_sample=sample,
            repetition_penalty=self.repetition_penalty,
            eos_token_id=self._ends.tolist(),
            pad_token_id=self.tokenizer.pad_token_id,
            use_cache=True,
            disable_compile=True,  # every batch has another shape
            **({"temperature": self.temperature, "top_p": 1.0, "top_k": 0} if sample else {}),
        )
        out: Tensor = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=[form] if form is not None else None,
            **{self._reader.argument: cache},
        )
        return out

    def _prefix(self, prefix: tuple[int, ...]) -> KeysValues:
        if prefix not in self._prefixes:
            # Only the last prefix is kept: all items come first, then all users.
            self._prefixes = {prefix: self._reader.prefix(prefix)}
        return self._prefixes[prefix]

    @cached_property
    def _reader(self) -> PromptReader:
        return PromptReader(self.model, self.way)

    @cached_property
    def _rotation_limit(self) -> float:
        return rotation_limit(self.model)

    @cached_property
    def _ends(self) -> Tensor:
        ends = self.model.generation_config.eos_token_id
        ends = self.tokenizer.eos_token_id if ends is None else ends
        return torch.tensor(ends, device=self.model.device).flatten()

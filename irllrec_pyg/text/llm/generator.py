"""Answers from a local language model, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import find_executable_batch_size, parse_flag_from_env
from jinja2 import TemplateError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, Cache, DynamicCache, StaticCache

from ...seeding import seeded
from .json_form import JsonForm
from .local_model import find_model, model_revision
from ..prompts.prompt import Prompt
from .shared_prefix import SHARED_PREFIX, SharedPrefixLayer

_SEGMENT = 24  # tokens after which a batch is looked through
_READ = 4096  # tokens of prompts read at once: more keep no processor busier, and what they need leaves its cache
_Known = list[tuple[Tensor, Tensor]]  # keys and values of each layer


class IntentGenerator:
    """Asks a local chat model, a Llama, a Mistral or any other causal model of transformers.

    What all prompts of a call have in common, instructions and example, is run through the model once and its keys and
    values are shared (see `prefix caching <https://huggingface.co/docs/transformers/kv_cache>`_); the rest is padded
    on the left and run together, and an answer that is complete leaves its batch. A batch that does not fit into memory
    is halved, and stays so.

    The model is loaded when it is first asked, the tokenizer at once. Nothing is downloaded.

    Args:
        model: What :func:`~irllrec_pyg.text.find_model` takes.
        batch_size: Prompts run at once, at most. (default: ``64``)
        max_new_tokens: Of an answer. (default: ``256``)
        repetition_penalty: Above one keeps small models from going round in circles; large ones do without.
            (default: ``1.1``)
        retry_temperature: With which a prompt is asked again; the first answer is the most likely one.
            (default: ``0.7``)
        enforce_json: Whether the model may write nothing but the form of the answer, by the package ``llguidance``.
            (default: ``True``)
        share_prefix: Whether what prompts have in common is computed once. (default: ``True``)
        dtype: Of the weights, such as ``"bfloat16"``. (default: single precision on a CPU, else as they were saved)
        load_in_4bit: Whether weights are quantised by ``bitsandbytes``. (default: ``False``)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ImportError: ``enforce_json`` or ``load_in_4bit`` needs a package that is not installed.
        ValueError: The model has no chat template, or an argument is out of its range.
    """

    def __init__(
        self,
        model: str | Path,
        batch_size: int = 64,
        max_new_tokens: int = 256,
        repetition_penalty: float = 1.1,
        retry_temperature: float = 0.7,
        enforce_json: bool = True,
        share_prefix: bool = True,
        dtype: str | None = None,
        load_in_4bit: bool = False,
    ) -> None:
        for name, value in (("batch_size", batch_size), ("max_new_tokens", max_new_tokens)):
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        for name, number in (("repetition_penalty", repetition_penalty), ("retry_temperature", retry_temperature)):
            if not number > 0.0:
                raise ValueError(f"'{name}' must be above 0 (got {number})")
        self.name, self.path = str(model), find_model(model)
        self.batch_size = self.fits = batch_size
        self.max_new_tokens, self.share_prefix = max_new_tokens, share_prefix
        self.repetition_penalty, self.retry_temperature = repetition_penalty, retry_temperature
        self.state = process_state()
        self.dtype = dtype or ("float32" if self.state.device.type == "cpu" else "auto")
        self.load_in_4bit = load_in_4bit
        self.tokenizer = AutoTokenizer.from_pretrained(self.path, padding_side="left", local_files_only=True)
        if not self.tokenizer.chat_template:
            raise ValueError(f"{self.name!r} has no chat template; take a model that was tuned for instructions")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.form = JsonForm(self.tokenizer) if enforce_json else None
        self._prefixes: dict[tuple[int, ...], _Known] = {}

    @property
    def decoding(self) -> dict[str, Any]:
        """All that an answer depends on beside prompt and weights."""
        return {
            "max_new_tokens": self.max_new_tokens,
            "repetition_penalty": self.repetition_penalty,
            "retry_temperature": self.retry_temperature,
            "enforce_json": self.form is not None,
            "dtype": self.dtype,
            "load_in_4bit": self.load_in_4bit,
        }

    @cached_property
    def revision(self) -> str:
        """Of the weights, see :func:`~irllrec_pyg.text.model_revision`."""
        return model_revision(self.path)

    @cached_property
    def model(self) -> Any:
        """The model, in evaluation mode; spread over all accelerators where one process has several."""
        arguments: dict[str, Any] = {"dtype": self.dtype, "local_files_only": True}
        if self.load_in_4bit:
            arguments["quantization_config"] = _four_bits()
        if self.state.device.type != "cpu":
            arguments["device_map"] = "auto" if self.state.num_processes == 1 else {"": self.state.device}
        model = AutoModelForCausalLM.from_pretrained(self.path, **arguments).eval()
        if model.config._attn_implementation == "sdpa":
            model.set_attn_implementation(SHARED_PREFIX)
        return model

    def length(self, prompt: Prompt) -> int:
        """Tokens of a prompt, template included."""
        return len(self._tokens(prompt.messages()))

    def generate(self, prompts: Sequence[Prompt], sample: bool = False, seed: int = 0) -> list[str]:
        """What the model answers, in the order of the prompts.

        Args:
            prompts: Asked together; those of one domain and side share the most.
            sample: Whether answers are drawn, at ``retry_temperature``, rather than the most likely.
                (default: ``False``)
            seed: Of the draw; the caller's random state is left as it was. (default: ``0``)

        Raises:
            RuntimeError: Not even one prompt fits into memory.
        """
        if not prompts:
            return []
        rows = [self._tokens(prompt.messages()) for prompt in prompts]
        reuse = self._can_reuse(max(map(len, rows)) + self.max_new_tokens)
        prefix = self._common(prompts, rows) if self.share_prefix and reuse else []
        run = find_executable_batch_size(
            self._in_batches, starting_batch_size=self.fits, reduce_batch_size_fn=lambda: self.fits // 2
        )
        with seeded(seed, self.state.device):
            answers: list[str] = run(rows, prefix, reuse, sample)
        return answers

    def _in_batches(
        self, batch_size: int, rows: list[list[int]], prefix: list[int], reuse: bool, sample: bool
    ) -> list[str]:
        self.fits = batch_size
        starts = range(0, len(rows), batch_size)
        return [text for start in starts for text in self._run(rows[start : start + batch_size], prefix, reuse, sample)]

    @torch.inference_mode()
    def _run(self, rows: list[list[int]], prefix: list[int], reuse: bool, sample: bool) -> list[str]:
        device, cut, width = self.model.device, len(prefix), max(map(len, rows))
        # The padding stands between the shared beginning and the rest: positions count what is not padded. It could be
        # any token; one that the row has anyway leaves the repetition penalty of the others as it is.
        padded = [row[:cut] + row[:1] * (width - len(row)) + row[cut:] for row in rows]
        told = [[1] * cut + [0] * (width - len(row)) + [1] * (len(row) - cut) for row in rows]
        ids, mask = torch.tensor(padded, device=device), torch.tensor(told, device=device)
        form = self.form.processor(len(rows)) if self.form is not None else None
        shared: _Known = self._prefix(tuple(prefix)) if prefix else []
        known = self._read(ids[:, :-1], mask[:, :-1], shared, cut) if reuse else []
        answers, alive = [""] * len(rows), torch.arange(len(rows), device=device)
        while alive.numel():
            # A few tokens at a time, after which whoever is done makes room.
            step = min(_SEGMENT, width + self.max_new_tokens - ids.size(1)) if reuse else self.max_new_tokens
            cache = self._cache(shared, known, ids.size(1) + step) if reuse else None
            ids = self._write(ids, mask, cache, step, form, sample)
            done = torch.isin(ids[:, width:], self._ends).any(dim=1) | (ids.size(1) == width + self.max_new_tokens)
            for row, tokens in zip(alive[done].tolist(), ids[done, width:], strict=True):
                answers[row] = str(self.tokenizer.decode(tokens, skip_special_tokens=True)).strip()
            ids, alive, mask = ids[~done], alive[~done], mask[~done]
            mask = torch.cat([mask, mask.new_ones(mask.size(0), ids.size(1) - mask.size(1))], dim=1)
            known = _rows(cache, ~done, ids.size(1) - 1 - cut) if cache is not None else []
            if form is not None:
                form.keep((~done).tolist())
        return answers

    def _read(self, ids: Tensor, mask: Tensor, shared: _Known, cut: int) -> _Known:
        """Keys and values of prompts without what they share, a few prompts at a time."""
        position = mask.cumsum(dim=1).sub_(1).clamp_(min=0)
        parts: list[_Known] = []
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
        out: Tensor = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            max_new_tokens=step,
            do_sample=sample,
            # None: what a model's own file says of sampling must not leak into the most likely answer
            temperature=self.retry_temperature if sample else None,
            top_p=None,
            top_k=None,
            repetition_penalty=self.repetition_penalty,
            pad_token_id=self.tokenizer.pad_token_id,
            logits_processor=[form] if form is not None else None,
            disable_compile=True,  # every batch has another shape
        )
        return out

    def _cache(self, shared: _Known, known: _Known, length: int) -> Cache:
        """Room for what is known and a few tokens more: growing it token by token would copy all of it each time."""
        if shared:
            cache = Cache(layers=[SharedPrefixLayer(keys, values, length) for keys, values in shared])
        else:
            cache = StaticCache(config=self.model.config, max_cache_len=length)
        for index, (keys, values) in enumerate(known):
            cache.update(keys, values, index)
        return cache

    def _prefix(self, prefix: tuple[int, ...]) -> _Known:
        if prefix not in self._prefixes:
            ids, cache = torch.tensor([prefix], device=self.model.device), DynamicCache()
            self.model.base_model(input_ids=ids, past_key_values=cache, use_cache=True)
            self._prefixes = {prefix: [(keys, values) for keys, values, *_ in cache]}  # items come first, then users
        return self._prefixes[prefix]

    @cached_property
    def _ends(self) -> Tensor:
        ends = self.model.generation_config.eos_token_id
        ends = self.tokenizer.eos_token_id if ends is None else ends
        return torch.tensor(ends, device=self.model.device).flatten()

    def _common(self, prompts: Sequence[Prompt], rows: list[list[int]]) -> list[int]:
        """The tokens with which all prompts of these instructions and this example begin.

        They are found from the instructions alone, so that the same prompt is computed alike in any batch.
        """
        first = prompts[0]
        if any((prompt.system, prompt.example) != (first.system, first.example) for prompt in prompts):
            return []
        *shared, last = first.messages()
        one, other = (self._tokens([*shared, {**last, "content": content}]) for content in ("<data>\na", "<data>\nb"))
        same = next(at for at, (x, y) in enumerate(zip(one, other, strict=False)) if x != y)
        prefix = one[:same]
        return prefix if all(row[:same] == prefix for row in rows) else []

    def _can_reuse(self, length: int) -> bool:
        """Whether keys and values can be taken from one call to the next: a recurrent model has none, and a sliding
        window forgets the first ones."""
        window = getattr(self.model.config.get_text_config(), "sliding_window", None)
        return not getattr(self.model, "_is_stateful", False) and (window is None or window >= length)

    def _tokens(self, messages: list[dict[str, str]]) -> list[int]:
        try:
            text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except TemplateError:  # no system turn in this template: the first question opens with it
            system, question, *others = messages
            opening = {**question, "content": f"{system['content']}\n\n{question['content']}"}
            text = self.tokenizer.apply_chat_template([opening, *others], tokenize=False, add_generation_prompt=True)
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def _rows(cache: Any, rows: Tensor, length: int) -> _Known:
    """The keys and values of some rows of a batch."""
    known = []
    for layer in cache.layers:
        keys, values = (x[:, :, :length] for x in (layer.keys, layer.values))
        known.append((keys[rows.to(keys.device)], values[rows.to(values.device)]))
    return known


def process_state() -> PartialState:
    """This process among those of ``accelerate launch``; one that is done waits for the others as long as they take."""
    on_cpu = parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available()
    return PartialState(cpu=on_cpu, timeout=timedelta(weeks=52))


def _four_bits() -> Any:
    from transformers import BitsAndBytesConfig

    if find_spec("bitsandbytes") is None:
        raise ImportError("'load_in_4bit' needs the package bitsandbytes: pip install bitsandbytes, or set it to False")
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)

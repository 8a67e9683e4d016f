"""Answers of a local language model, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from accelerate.utils import find_executable_batch_size

from ...seeding import seeded
from ..local_model import find_model
from ..prompts import Prompt
from .chat import shared_tokens
from .chat_generator import ChatGenerator
from .decoder import BatchDecoder
from .engines import ENGINES
from .json_form import JsonForm
from .loading import load_llm
from .ways import position_limit


@ENGINES.register("transformers")
class IntentGenerator(ChatGenerator):
    """Asks a local chat model: a Llama, a Mistral or any other causal model of transformers.

    The tokens that all prompts of a call begin with, instructions and example, are read once, and their keys and values
    are shared (see `prefix caching <https://huggingface.co/docs/transformers/kv_cache>`_). The rest is padded on the
    left and read together. An answer that is complete leaves its batch. Where attention, positions or cache of a model
    do not support one of these, it is left out; two short prompts are tried first. The decoding settings that come with
    a model are not used. A batch that does not fit into memory is
    halved, and later batches keep that size.

    The tokenizer is loaded at once, the model when it is first asked. Nothing is downloaded.

    Args:
        model: Folder, GGUF file or package of a chat model, see :func:`~irllrec_pyg.text.find_model`.
        batch_size: Maximum number of prompts in a batch. (default: ``64``)
        max_new_tokens: Maximum number of tokens of an answer. (default: ``256``)
        repetition_penalty: Penalty of tokens that were used already. A value above one keeps small models from
            repeating themselves without end; large models do not need it. (default: ``1.1``)
        retry_temperature: Temperature at which a prompt is asked again. The first answer is the most likely one.
            (default: ``0.7``)
        enforce_json: Whether the model can write nothing but the form of the answer, by the package ``llguidance``.
            (default: ``True``)
        share_prefix: Whether the shared beginning of the prompts is read once, where the model supports it.
            (default: ``True``)
        dtype: Type of the weights, such as ``"bfloat16"``. (default: single precision on a CPU, otherwise the type in
            which they were saved)
        load_in_4bit: Whether weights are quantised by ``bitsandbytes``. (default: ``False``)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ImportError: ``enforce_json`` or ``load_in_4bit`` needs a package that is not installed.
        ValueError: The model has no chat template or no token that ends a text, or an argument is out of range.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> folder = save_tiny_llm(tempfile.mkdtemp())
        >>> generator = IntentGenerator(folder, max_new_tokens=4, enforce_json=False)
        >>> answers = generator.generate([Prompt("Describe.", ("question", "answer"), "<data>\\nAlien", "1")])
        >>> len(answers)
        1
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
        super().__init__(
            model, find_model(model), batch_size, max_new_tokens, repetition_penalty, retry_temperature, enforce_json
        )
        self.fitting_batch_size, self.share_prefix = batch_size, share_prefix
        self.dtype = dtype or ("float32" if self.state.device.type == "cpu" else "auto")
        self.load_in_4bit = load_in_4bit
        self.form = JsonForm(self.tokenizer) if enforce_json else None

    @property
    def decoding(self) -> dict[str, Any]:
        """Everything that an answer depends on, except prompt and weights. Keys without an engine are of this one."""
        return {**super().decoding, "dtype": self.dtype, "load_in_4bit": self.load_in_4bit}

    @cached_property
    def model(self) -> Any:
        """The model, in evaluation mode. It is loaded when it is first needed."""
        return load_llm(self.path, self.state, self.dtype, self.load_in_4bit)

    @cached_property
    def _decoder(self) -> BatchDecoder:
        return BatchDecoder(
            self.model,
            self.tokenizer,
            self.form,
            self.max_new_tokens,
            self.repetition_penalty,
            self.retry_temperature,
        )

    def generate(self, prompts: Sequence[Prompt], sample: bool = False, seed: int = 0) -> list[str]:
        """Answers to prompts, in their order.

        Args:
            prompts: Prompts that are asked together. Prompts of the same domain and side share the most.
            sample: Whether answers are sampled at ``retry_temperature``. Otherwise they are the most likely ones.
                (default: ``False``)
            seed: Seed of the samples. The caller's random state stays as it is. (default: ``0``)

        Raises:
            RuntimeError: Not even a single prompt fits into memory.
            ValueError: A prompt and its answer have more tokens than the model has positions.
        """
        if not prompts:
            return []
        rows = [self._tokens(prompt) for prompt in prompts]
        longest = max(map(len, rows)) + self.max_new_tokens
        if longest > position_limit(self.model):
            raise ValueError(
                f"{self.name!r} has {position_limit(self.model):.0f} positions, and a prompt with its answer needs "
                f"{longest}; write shorter prompts or lower 'max_new_tokens'"
            )
        reuse, share = self._decoder.can_reuse(longest), self.share_prefix and self._decoder.can_share(longest)
        prefix = shared_tokens(self.tokenizer, prompts, rows) if share else []
        run = find_executable_batch_size(
            self._in_batches,
            starting_batch_size=self.fitting_batch_size,
            reduce_batch_size_fn=lambda: self.fitting_batch_size // 2,
        )
        with seeded(seed, self.state.device):
            answers: list[str] = run(rows, prefix, reuse, sample)
        return answers

    def _in_batches(
        self, batch_size: int, rows: list[list[int]], prefix: list[int], reuse: bool, sample: bool
    ) -> list[str]:
        self.fitting_batch_size = batch_size
        batches = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
        return [text for batch in batches for text in self._decoder.run(batch, prefix, reuse, sample)]

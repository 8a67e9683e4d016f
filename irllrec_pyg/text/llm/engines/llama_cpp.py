"""Answers by llama.cpp."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from ...answers import ANSWER_SCHEMA
from ...local_model import find_gguf
from ...prompts import Prompt
from ..chat_generator import ChatGenerator
from .registry import ENGINES

_RANDOM = 2**32 - 1  # the seed by which llama.cpp means any


@ENGINES.register("llama.cpp")
class LlamaCppGenerator(ChatGenerator):
    """Asks a local chat model by `llama.cpp <https://github.com/abetlen/llama-cpp-python>`_, which reads a GGUF file
    without unpacking it: choose it for quantised models on a machine with little memory.

    Prompts are read one after the other, on as many threads as PyTorch has, or on an accelerator if llama.cpp was built
    for it. What a prompt has in common with the one before is read once. A grammar enforces the form of the answers.
    The penalty of repetitions counts tokens of the answer alone.

    Args:
        model: GGUF file of a chat model, or a folder or package with one, see :func:`~irllrec_pyg.text.find_gguf`.
        batch_size: Maximum number of prompts that are asked together. All of their answers are stored at once.
            (default: ``16``)
        max_new_tokens: Maximum number of tokens of an answer. (default: ``256``)
        repetition_penalty: Penalty of tokens that the answer contains already. (default: ``1.1``)
        retry_temperature: Temperature at which a prompt is asked again. (default: ``0.7``)
        enforce_json: Whether the model can write nothing but the form of the answer. (default: ``True``)
        context_length: Maximum number of tokens of a prompt with its answer, for which memory is set aside.
            (default: ``4096``)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ImportError: ``llama-cpp-python`` or ``gguf`` is not installed.
        ValueError: The model has no GGUF file, no chat template or no token that ends a text, or an argument is out of
            range.

    Examples:
        >>> ENGINES["llama.cpp"].__name__
        'LlamaCppGenerator'
    """

    def __init__(
        self,
        model: str | Path,
        batch_size: int = 16,
        max_new_tokens: int = 256,
        repetition_penalty: float = 1.1,
        retry_temperature: float = 0.7,
        enforce_json: bool = True,
        context_length: int = 4096,
    ) -> None:
        self.llama_cpp = _import_llama_cpp()
        super().__init__(
            model, find_gguf(model), batch_size, max_new_tokens, repetition_penalty, retry_temperature, enforce_json
        )
        self.context_length = context_length

    @property
    def decoding(self) -> dict[str, Any]:
        """Everything that an answer depends on, except prompt and weights."""
        engine = {"engine": "llama.cpp", "engine_version": self.llama_cpp.__version__}
        return {**super().decoding, **engine, "context_length": self.context_length}

    @cached_property
    def model(self) -> Any:
        """The model. It is loaded when it is first needed.

        Raises:
            ValueError: It has fewer positions than ``context_length``.
        """
        threads = torch.get_num_threads()
        model = self.llama_cpp.Llama(
            model_path=str(self.path),
            n_ctx=self.context_length,
            n_gpu_layers=-1,  # all of them, where llama.cpp was built for an accelerator
            n_threads=threads,
            n_threads_batch=threads,
            last_n_tokens_size=self.max_new_tokens,
            verbose=False,
        )
        positions = int(model.metadata.get(f"{model.metadata['general.architecture']}.context_length", 0))
        if 0 < positions < self.context_length:
            raise ValueError(f"{self.name!r} has {positions} positions; lower 'context_length' ({self.context_length})")
        return model

    @cached_property
    def _form(self) -> Any:
        if not self.enforce_json:
            return None
        return self.llama_cpp.LlamaGrammar.from_json_schema(json.dumps(ANSWER_SCHEMA), verbose=False)

    def generate(self, prompts: Sequence[Prompt], sample: bool = False, seed: int = 0) -> list[str]:
        """Answers to prompts, in their order. They do not depend on earlier calls.

        Args:
            prompts: Prompts that are asked together. Prompts of the same domain and side share the most.
            sample: Whether answers are sampled at ``retry_temperature``. Otherwise they are the most likely ones.
                (default: ``False``)
            seed: Seed of the samples. (default: ``0``)

        Raises:
            ValueError: A prompt and its answer have more tokens than ``context_length``, or the model has fewer
                positions.
        """
        if not prompts:
            return []
        rows = self._rows(prompts, self.context_length)
        self.model.reset()  # what was read before would change the order of sums, and so the last digits
        return [self._answer(row, sample, seed) for row in rows]

    def _answer(self, row: list[int], sample: bool, seed: int) -> str:
        completion = self.model.create_completion(
            row,
            max_tokens=self.max_new_tokens,
            temperature=self.retry_temperature if sample else 0.0,
            top_k=0,
            top_p=1.0,
            min_p=0.0,
            repeat_penalty=self.repetition_penalty,
            seed=seed % _RANDOM,
            grammar=self._form,
        )
        return str(completion["choices"][0]["text"]).strip()


def _import_llama_cpp() -> ModuleType:
    try:
        import gguf  # noqa: F401, transformers reads the tokenizer of the file by it
        import llama_cpp
    except ImportError as error:
        raise ImportError(
            f"the engine 'llama.cpp' needs the package {'gguf' if error.name == 'gguf' else 'llama-cpp-python'}: pip "
            "install 'irllrec-pyg[llama]'"
        ) from error
    return llama_cpp

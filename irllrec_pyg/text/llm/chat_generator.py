"""What all generators of answers have in common, whatever engine runs the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from ..local_model import model_revision
from ..prompts import Prompt
from .chat import chat_tokens
from .loading import process_state


class ChatGenerator(ABC):
    """A local chat model that answers prompts.

    A subclass runs the model by one engine: it defines :meth:`generate`, and extends :attr:`decoding` by the name and
    the version of the engine, so that answers of two engines have different keys in a store. The tokenizer is loaded at
    once, and is the same for all engines: prompts have the same text and the same length for all of them.

    Args:
        model: Name of the model, as it was given.
        path: Folder of the model, or its GGUF file.
        batch_size: Maximum number of prompts that are asked together.
        max_new_tokens: Maximum number of tokens of an answer.
        repetition_penalty: Penalty of tokens that were used already.
        retry_temperature: Temperature at which a prompt is asked again.
        enforce_json: Whether the model can write nothing but the form of the answer.

    Raises:
        ValueError: The model has no chat template or no token that ends a text, or an argument is out of range.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> class Silent(ChatGenerator):
        ...     def generate(self, prompts, sample=False, seed=0):
        ...         return ["" for _ in prompts]
        >>> Silent("silent", save_tiny_llm(tempfile.mkdtemp()), 8, 64, 1.1, 0.7, enforce_json=False).batch_size
        8
    """

    def __init__(
        self,
        model: str | Path,
        path: Path,
        batch_size: int,
        max_new_tokens: int,
        repetition_penalty: float,
        retry_temperature: float,
        enforce_json: bool,
    ) -> None:
        for name, value in (("batch_size", batch_size), ("max_new_tokens", max_new_tokens)):
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        for name, number in (("repetition_penalty", repetition_penalty), ("retry_temperature", retry_temperature)):
            if not number > 0.0:
                raise ValueError(f"'{name}' must be above 0 (got {number})")
        self.name, self.path = str(model), path
        self.batch_size, self.max_new_tokens = batch_size, max_new_tokens
        self.repetition_penalty, self.retry_temperature = repetition_penalty, retry_temperature
        self.enforce_json = enforce_json
        self.state = process_state()
        self.tokenizer = _load_tokenizer(path)
        if not self.tokenizer.chat_template:
            raise ValueError(f"{self.name!r} has no chat template; use a model that was tuned to follow instructions")
        if self.tokenizer.eos_token_id is None:
            raise ValueError(f"{self.name!r} has no token that ends a text; set 'eos_token' in tokenizer_config.json")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token

    @property
    def decoding(self) -> dict[str, Any]:
        """Everything that an answer depends on, except prompt and weights."""
        return {
            "max_new_tokens": self.max_new_tokens,
            "repetition_penalty": self.repetition_penalty,
            "retry_temperature": self.retry_temperature,
            "enforce_json": self.enforce_json,
        }

    @cached_property
    def revision(self) -> str:
        """Revision of the model, see :func:`~irllrec_pyg.text.model_revision`."""
        return model_revision(self.path)

    def length(self, prompt: Prompt) -> int:
        """Number of tokens of a prompt, chat template included.

        Args:
            prompt: The prompt.
        """
        return len(self._tokens(prompt))

    @abstractmethod
    def generate(self, prompts: Sequence[Prompt], sample: bool = False, seed: int = 0) -> list[str]:
        """Answers to prompts, in their order.

        Args:
            prompts: Prompts that are asked together. Prompts of the same domain and side share the most.
            sample: Whether answers are sampled at ``retry_temperature``. Otherwise they are the most likely ones.
                (default: ``False``)
            seed: Seed of the samples. (default: ``0``)

        Raises:
            ValueError: A prompt and its answer have more tokens than the model can read.
        """

    def _tokens(self, prompt: Prompt) -> list[int]:
        return chat_tokens(self.tokenizer, prompt.messages())

    def _rows(self, prompts: Sequence[Prompt], context_length: int) -> list[list[int]]:
        """Tokens of each prompt, which must leave room for an answer."""
        rows = [self._tokens(prompt) for prompt in prompts]
        longest = max(map(len, rows)) + self.max_new_tokens
        if longest > context_length:
            raise ValueError(
                f"a prompt with its answer needs {longest} tokens, and 'context_length' is {context_length}; raise it, "
                "write shorter prompts, or lower 'max_new_tokens'"
            )
        return rows


def _load_tokenizer(path: Path) -> Any:
    """Tokenizer of a folder or of a GGUF file."""
    file = {"gguf_file": path.name} if path.suffix == ".gguf" else {}
    return AutoTokenizer.from_pretrained(
        path.parent if file else path, padding_side="left", local_files_only=True, trust_remote_code=False, **file
    )

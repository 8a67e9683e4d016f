"""Answers by vLLM."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from ...answers import ANSWER_SCHEMA
from ...local_model import find_model
from ...prompts import Prompt
from ..chat_generator import ChatGenerator
from .registry import ENGINES

# vLLM reads these in this process and in those that it starts. By default it reports its use to a server.
_OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}


@ENGINES.register("vllm")
class VLLMGenerator(ChatGenerator):
    """Asks a local chat model by `vLLM <https://docs.vllm.ai>`_, for many prompts on accelerators.

    vLLM batches the prompts itself, reads what they have in common once, and enforces the form of the answers by the
    same package ``llguidance``. It takes all accelerators that are visible. Its answers may differ in some words from
    run to run, because its batches depend on time.

    It connects to no server: the environment variables ``HF_HUB_OFFLINE``, ``VLLM_NO_USAGE_STATS`` and ``DO_NOT_TRACK``
    are set before it is imported. Code that comes with a model is never run.

    Args:
        model: Folder, GGUF file or package of a chat model, see :func:`~irllrec_pyg.text.find_model`. A GGUF file is
            unpacked.
        batch_size: Maximum number of prompts that are asked together. All of their answers are stored at once.
            (default: ``256``)
        max_new_tokens: Maximum number of tokens of an answer. (default: ``256``)
        repetition_penalty: Penalty of tokens that were used already. (default: ``1.1``)
        retry_temperature: Temperature at which a prompt is asked again. (default: ``0.7``)
        enforce_json: Whether the model can write nothing but the form of the answer. (default: ``True``)
        context_length: Maximum number of tokens of a prompt with its answer, for which memory is set aside.
            (default: ``4096``)
        dtype: Type of the weights, such as ``"bfloat16"``. (default: ``"auto"``, the choice of vLLM)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ImportError: vLLM is not installed.
        RuntimeError: There are several processes. vLLM starts its own.
        ValueError: The model has no chat template or no token that ends a text, or an argument is out of range.

    Examples:
        >>> ENGINES["vllm"].__name__
        'VLLMGenerator'
    """

    def __init__(
        self,
        model: str | Path,
        batch_size: int = 256,
        max_new_tokens: int = 256,
        repetition_penalty: float = 1.1,
        retry_temperature: float = 0.7,
        enforce_json: bool = True,
        context_length: int = 4096,
        dtype: str = "auto",
    ) -> None:
        self.vllm = _import_vllm()
        super().__init__(
            model, find_model(model), batch_size, max_new_tokens, repetition_penalty, retry_temperature, enforce_json
        )
        if self.state.num_processes > 1:
            raise RuntimeError("vLLM starts processes of its own; give the command without 'accelerate launch'")
        self.context_length, self.dtype = context_length, dtype

    @property
    def decoding(self) -> dict[str, Any]:
        """Everything that an answer depends on, except prompt and weights."""
        engine = {"engine": "vllm", "engine_version": self.vllm.__version__}
        return {**super().decoding, **engine, "context_length": self.context_length, "dtype": self.dtype}

    @cached_property
    def model(self) -> Any:
        """The model. It is loaded when it is first needed."""
        try:
            return self.vllm.LLM(
                model=str(self.path),
                dtype=self.dtype,
                max_model_len=self.context_length,
                tensor_parallel_size=max(1, torch.accelerator.device_count()),
                enable_prefix_caching=True,
                structured_outputs_config={"backend": "guidance"},
                trust_remote_code=False,
            )
        except ValueError as error:
            setting = f"'context_length' {self.context_length} and 'dtype' {self.dtype!r}"
            raise ValueError(f"vLLM cannot load '{self.path}' with {setting}: {error}") from error

    def generate(self, prompts: Sequence[Prompt], sample: bool = False, seed: int = 0) -> list[str]:
        """Answers to prompts, in their order.

        Args:
            prompts: Prompts that are asked together.
            sample: Whether answers are sampled at ``retry_temperature``. Otherwise they are the most likely ones.
                (default: ``False``)
            seed: Seed of the samples. (default: ``0``)

        Raises:
            ValueError: A prompt and its answer have more tokens than ``context_length``.
        """
        if not prompts:
            return []
        rows = [{"prompt_token_ids": row} for row in self._rows(prompts, self.context_length)]
        outputs = self.model.generate(rows, self._sampling(sample, seed), use_tqdm=False)
        return [output.outputs[0].text.strip() for output in outputs]

    def _sampling(self, sample: bool, seed: int) -> Any:
        form = self.vllm.sampling_params.StructuredOutputsParams(json=ANSWER_SCHEMA) if self.enforce_json else None
        return self.vllm.SamplingParams(
            temperature=self.retry_temperature if sample else 0.0,
            seed=seed if sample else None,
            max_tokens=self.max_new_tokens,
            repetition_penalty=self.repetition_penalty,
            structured_outputs=form,
        )


def _import_vllm() -> ModuleType:
    os.environ.update(_OFFLINE)
    try:
        import vllm
        import vllm.sampling_params
    except ImportError as error:
        raise ImportError("the engine 'vllm' needs the package vllm: pip install 'irllrec-pyg[vllm]'") from error
    if not hasattr(vllm.sampling_params, "StructuredOutputsParams"):
        raise ImportError(f"the engine 'vllm' needs vllm 0.11 or newer (got {vllm.__version__}): pip install -U vllm")
    return vllm

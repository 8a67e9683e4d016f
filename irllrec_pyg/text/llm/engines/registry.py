"""Generators by the name of their engine."""

from __future__ import annotations

from collections.abc import Callable

from ...._registry import Registry
from ..chat_generator import ChatGenerator

#: Generators by the name of the engine that runs the model: ``"transformers"``, ``"vllm"`` and ``"llama.cpp"``.
ENGINES: Registry[Callable[..., ChatGenerator]] = Registry("engine", "irllrec_pyg.text.llm.engines")

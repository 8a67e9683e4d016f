"""From raw text to intents, and from intents to features, with models on this machine.

A name is imported when it is first used, so that reading answers or prompts loads no model library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers import (
        ANSWER_SCHEMA,
        FAULTS,
        IntentAnswer,
        IntentStore,
        Record,
        Verdict,
        answer_key,
        find_faults,
        judge_answers,
        parse_answer,
    )
    from .encode import encode_intents
    from .encoders import (
        ENCODERS,
        TextEncoder,
        encode_texts,
        encode_to_file,
        find_encoder,
        text_features,
        word_features,
    )
    from .generate import answer_prompts, generate_intents, summary
    from .judge import judge_intents
    from .llm import ENGINES, ChatGenerator, IntentGenerator, LlamaCppGenerator, VLLMGenerator
    from .local_model import find_gguf, find_model, model_revision
    from .prompts import (
        DOMAINS,
        HistoryEntry,
        Prompt,
        PromptWriter,
        TokenBudget,
        assert_training_only,
        item_prompts,
        sanitize,
        user_prompts,
    )
    from .texts import answer_text, intent_texts

_MODULES = {
    "answers": (
        "ANSWER_SCHEMA",
        "FAULTS",
        "IntentAnswer",
        "IntentStore",
        "Record",
        "Verdict",
        "answer_key",
        "find_faults",
        "judge_answers",
        "parse_answer",
    ),
    "encoders": (
        "ENCODERS",
        "TextEncoder",
        "encode_texts",
        "encode_to_file",
        "find_encoder",
        "text_features",
        "word_features",
    ),
    "judge": ("judge_intents",),
    "llm": ("ENGINES", "ChatGenerator", "IntentGenerator", "LlamaCppGenerator", "VLLMGenerator"),
    "local_model": ("find_gguf", "find_model", "model_revision"),
    "prompts": (
        "DOMAINS",
        "HistoryEntry",
        "Prompt",
        "PromptWriter",
        "TokenBudget",
        "assert_training_only",
        "item_prompts",
        "sanitize",
        "user_prompts",
    ),
    "encode": ("encode_intents",),
    "generate": ("answer_prompts", "generate_intents", "summary"),
    "texts": ("answer_text", "intent_texts"),
}
_NAMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ANSWER_SCHEMA",
    "DOMAINS",
    "ENCODERS",
    "ENGINES",
    "FAULTS",
    "ChatGenerator",
    "HistoryEntry",
    "IntentAnswer",
    "IntentGenerator",
    "IntentStore",
    "LlamaCppGenerator",
    "Prompt",
    "PromptWriter",
    "Record",
    "TextEncoder",
    "TokenBudget",
    "VLLMGenerator",
    "Verdict",
    "answer_key",
    "answer_prompts",
    "answer_text",
    "assert_training_only",
    "encode_intents",
    "encode_texts",
    "encode_to_file",
    "find_encoder",
    "find_faults",
    "find_gguf",
    "find_model",
    "generate_intents",
    "intent_texts",
    "item_prompts",
    "judge_answers",
    "judge_intents",
    "model_revision",
    "parse_answer",
    "sanitize",
    "summary",
    "text_features",
    "user_prompts",
    "word_features",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_NAMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)

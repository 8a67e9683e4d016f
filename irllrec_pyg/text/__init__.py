"""From raw text to intents, and from intents to features, with models on this machine."""

from .answers import ANSWER_SCHEMA, IntentAnswer, IntentStore, Record, answer_key, parse_answer
from .encode_intents import encode_intents
from .encoders import TextEncoder, encode_texts, encode_to_file, text_features, word_features
from .generate_intents import answer_prompts, generate_intents, summary
from .intent_texts import answer_text, intent_texts
from .llm import IntentGenerator, find_model, model_revision
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

__all__ = [
    "ANSWER_SCHEMA",
    "DOMAINS",
    "HistoryEntry",
    "IntentAnswer",
    "IntentGenerator",
    "IntentStore",
    "Prompt",
    "PromptWriter",
    "Record",
    "TextEncoder",
    "TokenBudget",
    "answer_key",
    "answer_prompts",
    "answer_text",
    "assert_training_only",
    "encode_intents",
    "encode_texts",
    "encode_to_file",
    "find_model",
    "generate_intents",
    "intent_texts",
    "item_prompts",
    "model_revision",
    "parse_answer",
    "sanitize",
    "summary",
    "text_features",
    "user_prompts",
    "word_features",
]

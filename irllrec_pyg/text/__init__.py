"""Texts and what models make of them."""

from .answer import IntentAnswer, parse_answer
from .encoder import TextEncoder, find_model
from .features import text_features
from .prompt import DOMAINS, Prompt, PromptWriter, Taken
from .quote import TokenBudget, quote
from .store import IntentStore, Record, answer_key

__all__ = [
    "DOMAINS",
    "IntentAnswer",
    "IntentStore",
    "Prompt",
    "PromptWriter",
    "Record",
    "Taken",
    "TextEncoder",
    "TokenBudget",
    "answer_key",
    "find_model",
    "parse_answer",
    "quote",
    "text_features",
]

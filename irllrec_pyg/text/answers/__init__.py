"""Answers of a language model: their form, and the store that keeps them."""

from .answer import ANSWER_SCHEMA, IntentAnswer, parse_answer
from .store import IntentStore, Record, answer_key

__all__ = [
    "ANSWER_SCHEMA",
    "IntentAnswer",
    "IntentStore",
    "Record",
    "answer_key",
    "parse_answer",
]

"""Answers of a language model: parsed, stored, and turned into texts."""

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

"""Answers of a language model: their form, and the store that keeps them."""

from .answer import ANSWER_SCHEMA, IntentAnswer, parse_answer
from .quality import FAULTS, Verdict, find_faults, judge_answers
from .store import IntentStore, Record, answer_key

__all__ = [
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
]

"""Objects in what a model wrote, however much is around them and wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import json_repair

#: Characters of an object that are read at most. An answer in the form of ``ANSWER_SCHEMA`` has about 1000, and the
#: time of a repair grows with the square of the length.
MAX_LENGTH = 4096

#: Objects that are read, and objects that are repaired, at most. A model that starts more does not answer.
MAX_READ, MAX_REPAIRED = 32, 4

# Brackets and quotation marks of an object that is repaired, at most. Every further one makes a repair slower.
_MAX_BRACKETS, _MAX_QUOTES = 16, 256
_BRACKETS, _QUOTES = frozenset("{["), frozenset("\"'`\u201c\u201d\u2018\u2019")

_KEYS = frozenset({"likes", "dislikes", "intent"})

# The end of a model's reasoning: `</think>` and the like, in any of the usual brackets.
_REASONING_ENDS = re.compile(r"[<\[]/(?:think|thinking|thought|thoughts|reasoning|analysis)[>\]]", re.IGNORECASE)

# The start of an object: one whose first key is that of an answer, and any.
_ANSWER = re.compile("\\{[\\s\"'`\u201c\u201d\u2018\u2019]{0,16}(?:likes|dislikes|intent)\\b", re.IGNORECASE)
_OBJECT = re.compile(r"\{\s{0,16}\"")


def answer_objects(text: str) -> Iterator[dict[str, Any]]:
    """Objects in a text that may be the answer, the most likely first.

    What comes before the last closing tag of reasoning, such as ``</think>``, is not read. From there on, the first
    object counts that is JSON and has all three keys of an answer: a model that goes on after its answer invents
    another question. Then come objects that have to be repaired, first those that begin with a key of an answer, then
    what follows the first brace.

    At most ``MAX_READ`` objects are read and ``MAX_REPAIRED`` repaired, of ``MAX_LENGTH`` characters each. A longer
    object is cut off there. No text raises an error.

    Args:
        text: What the model wrote.

    Examples:
        >>> answer = '{"likes": ["wit"], "dislikes": [], "intent": "Wants wit."}'
        >>> next(answer_objects('<think>{"intent": "gore"}</think> {not it} ' + answer))["likes"]
        ['wit']
        >>> next(answer_objects("{likes: [wit"))
        {'likes': ['wit']}
    """
    ends = [match.end() for match in _REASONING_ENDS.finditer(text)]
    text = text[ends[-1] :] if ends else text
    answers = _starts(_ANSWER, text, MAX_READ)
    for start in sorted({*answers, *_starts(_OBJECT, text, MAX_READ)}):
        found = _decode(text[start : start + MAX_LENGTH])
        if found.keys() >= _KEYS:
            yield found
    first, answers = text.find("{"), answers[:MAX_REPAIRED]
    if first not in (-1, *answers):
        answers = [*answers[: MAX_REPAIRED - 1], first]
    for start in answers:
        following = _ANSWER.search(text, start + 1, start + MAX_LENGTH)
        yield from _repair(_bounded(text[start : following.start() if following else start + MAX_LENGTH]))


def _starts(pattern: re.Pattern[str], text: str, number: int) -> list[int]:
    """Where the first matches start."""
    return [match.start() for match in islice(pattern.finditer(text), number)]


def _decode(text: str) -> dict[str, Any]:
    """The object that a text begins with, empty where that is no JSON."""
    try:
        found = json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _repair(text: str) -> list[dict[str, Any]]:
    """The object in a text that is not quite JSON; none where it cannot be repaired."""
    try:
        found = json_repair.loads(text)
    except Exception:  # the library raises assertions, index errors and more; a text without an answer is no error
        return []
    found = [entry for entry in (found if isinstance(found, list) else [found]) if isinstance(entry, dict)]
    return sorted(found, key=lambda entry: -len(_KEYS & entry.keys()))[:1]


def _bounded(text: str) -> str:
    """The text up to the bracket or quotation mark that is one too many."""
    brackets = quotes = 0
    for place, character in enumerate(text):
        brackets += character in _BRACKETS
        quotes += character in _QUOTES
        if brackets > _MAX_BRACKETS or quotes > _MAX_QUOTES:
            return text[:place]
    return text

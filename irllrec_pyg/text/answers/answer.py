"""The form of an answer, and how an answer is read."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...corpus.clean import on_one_line, readable
from .repair import answer_objects

_PHRASES = {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 60}, "maxItems": 4}

#: JSON schema of an answer. The limits on lengths keep a small model from repeating itself without end.
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "likes": _PHRASES,
        "dislikes": _PHRASES,
        "intent": {"type": "string", "minLength": 10, "maxLength": 300},
    },
    "required": ["likes", "dislikes", "intent"],
    "additionalProperties": False,
    "x-guidance": {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "},
}


@dataclass(frozen=True)
class IntentAnswer:
    """Likes, dislikes and the intent that summarises them (Eq. 4 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_).

    Control characters and half characters are removed from all three, because models write what strangers wrote.

    Args:
        likes: What a user likes, or what people like about an item.
        dislikes: What a user dislikes, or what people dislike about an item.
        intent: The summary. Its embedding is the intent feature.

    Examples:
        >>> IntentAnswer(("calm mood",), (), "Someone who wants a calm film.").likes
        ('calm mood',)
    """

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    intent: str

    def __post_init__(self) -> None:
        for name in ("likes", "dislikes"):
            object.__setattr__(self, name, tuple(map(readable, getattr(self, name))))
        object.__setattr__(self, "intent", readable(self.intent))


def parse_answer(text: str) -> tuple[IntentAnswer, bool]:
    """Reads an answer, and repairs it where that is possible.

    Repaired are: reasoning, a code fence or words around the object; quotation marks, commas or brackets that are wrong
    or missing; a string in place of a list. Where the text holds several objects, see
    :func:`~irllrec_pyg.text.answers.repair.answer_objects` for the one that counts. The effort is bounded whatever
    the text: long and deeply nested objects are cut off.

    Phrases and intent come in one line each, without control characters and half characters.

    Args:
        text: The text that the model wrote.

    Returns:
        The answer, and whether it had to be repaired.

    Raises:
        ValueError: The text holds no answer. The message says what is missing.

    Examples:
        >>> answer, repaired = parse_answer('Sure! {"likes": ["wit"], "dislikes": [], "intent": "Wants wit."')
        >>> answer.intent, repaired
        ('Wants wit.', True)
    """
    with suppress(ValueError, RecursionError):
        return _read(json.loads(text)), False
    reasons = []
    for content in answer_objects(text):
        try:
            return _read(_repair(content)), True
        except (ValueError, RecursionError) as error:  # noqa: PERF203, the next object may be the answer
            reasons.append(str(error))
    raise ValueError(reasons[0] if reasons else "no JSON object in the answer")


def _read(content: Any) -> IntentAnswer:
    """The answer that an object holds, if it has the form of one."""
    if not isinstance(content, dict):
        raise ValueError("no JSON object in the answer")
    lists = []
    for name in ("likes", "dislikes"):
        phrases = content.get(name)
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise ValueError(f"'{name}' is not a list of strings")
        lists.append(tuple(filter(None, map(on_one_line, phrases))))
    intent = content.get("intent")
    if not isinstance(intent, str) or not on_one_line(intent):
        raise ValueError("'intent' is not a text")
    return IntentAnswer(lists[0], lists[1], on_one_line(intent))


def _repair(content: dict[str, Any]) -> dict[str, Any]:
    """The object with lists where lists belong, and one text as the intent."""
    repaired = dict(content)
    for name in ("likes", "dislikes"):
        phrases = repaired.get(name) or []
        phrases = [phrases] if isinstance(phrases, str) else phrases
        if isinstance(phrases, list):
            phrases = [str(phrase) for phrase in phrases if phrase is not None]
        repaired[name] = phrases
    if isinstance(repaired.get("intent"), list):
        repaired["intent"] = " ".join(map(str, repaired["intent"]))
    return repaired

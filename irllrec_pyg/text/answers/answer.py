"""The form of an answer, and how an answer is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import json_repair

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


def parse_answer(text: str) -> tuple[IntentAnswer, bool]:
    """Reads an answer, and repairs it where that is possible.

    Repaired are: a code fence or words around the object; quotation marks, commas or brackets that are wrong or
    missing; a string in place of a list.

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
    try:
        return _read(json.loads(text)), False
    except (ValueError, RecursionError):
        pass
    start = text.find("{")
    if start < 0:
        raise ValueError("no JSON object in the answer")
    try:
        content = json_repair.loads(text[start:])
    except RecursionError as error:
        raise ValueError("the answer is nested too deeply") from error
    if isinstance(content, list):  # several objects: the first is the answer
        content = next((entry for entry in content if isinstance(entry, dict)), None)
    return _read(_repair(content)), True


def _read(content: Any) -> IntentAnswer:
    if not isinstance(content, dict):
        raise ValueError("no JSON object in the answer")
    lists = []
    for name in ("likes", "dislikes"):
        phrases = content.get(name)
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise ValueError(f"'{name}' is not a list of strings")
        lists.append(tuple(phrase.strip() for phrase in phrases if phrase.strip()))
    intent = content.get("intent")
    if not isinstance(intent, str) or not intent.strip():
        raise ValueError("'intent' is not a text")
    return IntentAnswer(lists[0], lists[1], intent.strip())


def _repair(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
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

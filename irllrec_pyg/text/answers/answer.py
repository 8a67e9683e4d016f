"""What a model answered, as it should be or repaired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import json_repair

_WORDS = {"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 60}, "maxItems": 4}

#: The form of an answer as a JSON schema, with lengths that keep a model from going round in circles.
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "likes": _WORDS,
        "dislikes": _WORDS,
        "intent": {"type": "string", "minLength": 10, "maxLength": 300},
    },
    "required": ["likes", "dislikes", "intent"],
    "additionalProperties": False,
    "x-guidance": {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "},
}


@dataclass(frozen=True)
class IntentAnswer:
    """Likes, dislikes and what they come to (Eq. 4 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_).

    Args:
        likes: What a user likes, or what people like about an item.
        dislikes: What they dislike.
        intent: The summary, whose embedding is the intent feature.
    """

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    intent: str


def parse_answer(text: str) -> tuple[IntentAnswer, bool]:
    """Reads an answer.

    Args:
        text: What the model wrote.

    Returns:
        The answer, and whether it had to be repaired: a fence or words around the object, quotes, commas or brackets
        that are wrong or missing, a single string for a list.

    Raises:
        ValueError: There is no answer in it; the message says what is missing.
    """
    try:
        return _checked(json.loads(text)), False
    except (ValueError, RecursionError):
        pass
    start = text.find("{")
    if start < 0:
        raise ValueError("no JSON object in the answer")
    try:
        found = json_repair.loads(text[start:])
    except RecursionError as error:
        raise ValueError("the answer is nested too deeply") from error
    if isinstance(found, list):  # several objects: the first is the answer
        found = next((one for one in found if isinstance(one, dict)), None)
    return _checked(_mended(found)), True


def _checked(found: Any) -> IntentAnswer:
    if not isinstance(found, dict):
        raise ValueError("no JSON object in the answer")
    lists = []
    for name in ("likes", "dislikes"):
        words = found.get(name)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"'{name}' is no list of strings")
        lists.append(tuple(word.strip() for word in words if word.strip()))
    intent = found.get("intent")
    if not isinstance(intent, str) or not intent.strip():
        raise ValueError("'intent' is no text")
    return IntentAnswer(lists[0], lists[1], intent.strip())


def _mended(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    mended = dict(found)
    for name in ("likes", "dislikes"):
        words = mended.get(name) or []
        words = [words] if isinstance(words, str) else words
        mended[name] = [str(word) for word in words if word is not None] if isinstance(words, list) else words
    if isinstance(mended.get("intent"), list):
        mended["intent"] = " ".join(map(str, mended["intent"]))
    return mended

"""What language models write in place of an answer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from irllrec_pyg.text import parse_answer
from tests.hardening.damage import json_text, odd_json, odd_text
from tests.hardening.part import PARTS, Case

_GOOD = {"likes": ["wit", "calm"], "dislikes": ["gore"], "intent": "Someone who wants wit."}
_PIECES = [
    '{"likes": ["',
    '{"',
    '"}',
    "]}",
    "<think>",
    "</think>",
    "```json\n",
    "{",
    "[",
    '"',
    ",",
    ":",
    "\\",
    "//",
    "'",
]
_PIECES += ["likes", "intent", "dislikes", " ", "\n", "word", json.dumps(_GOOD), json.dumps(_GOOD)[:-3]]


@PARTS.register("answers")
class Answers:
    """Damaged answers, pieces of answers in any order, odd values, and the same piece many times."""

    share = 400

    def __init__(self, folder: Path) -> None:
        pass

    def case(self, rng: random.Random, folder: Path) -> Case:
        kind = rng.randrange(5)
        if kind == 0:
            text = json_text(rng, odd_json(rng, _GOOD))
        elif kind == 1:
            text = "".join(rng.choice(_PIECES) for _ in range(rng.randrange(1, 40)))
        elif kind == 2:
            text = json.dumps(_GOOD)
            for _ in range(rng.randrange(1, 4)):
                place = rng.randrange(len(text) + 1)
                text = text[:place] + rng.choice(["", odd_text(rng, 4)]) + text[place + rng.randrange(3) :]
        elif kind == 3 and rng.random() < 0.02:
            text = rng.choice(_PIECES) * rng.choice([1000, 20_000]) + rng.choice(["", json.dumps(_GOOD)])
        else:
            text = odd_text(rng, 30) + rng.choice(["", json.dumps(_GOOD)]) + odd_text(rng, 5)
        return Case(lambda: parse_answer(text), ("'likes'", "'dislikes'", "'intent'", "answer"), _check, remedy=False)


def _check(found: Any) -> None:
    answer, _ = found
    words = [*answer.likes, *answer.dislikes, answer.intent]
    assert answer.intent.strip() and all(type(word) is str and word.strip() for word in words)
    for word in words:
        word.encode()
        assert not any(character < " " or "\x7f" <= character < "\xa0" for character in word)

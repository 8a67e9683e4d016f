"""Answers as models give them."""

import json

import pytest

from irllrec_pyg.text import IntentAnswer, parse_answer

GOOD = {"likes": ["tension", " design "], "dislikes": [], "intent": " Someone who wants to be frightened. "}
READ = IntentAnswer(("tension", "design"), (), "Someone who wants to be frightened.")


def test_a_good_answer_needs_no_repair():
    assert parse_answer(json.dumps(GOOD)) == (READ, False)
    assert parse_answer(f"\n {json.dumps(GOOD)} \n") == (READ, False)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{json.dumps(GOOD, indent=1)}\n```",
        f"Sure! Here it is:\n{json.dumps(GOOD)}",
        f"{json.dumps(GOOD)}\nI hope this helps. {{smile}}",
        json.dumps(GOOD)[:-1],
        json.dumps(GOOD)[:-3],
        json.dumps(GOOD).replace("[]", "[],").replace('"dislikes"', '"dislikes" '),
        json.dumps(GOOD).replace('"', "'"),
        json.dumps(GOOD).replace('"dislikes": [], ', ""),
        json.dumps(GOOD).replace("[]", "null"),
        json.dumps({**GOOD, "dislikes": ""}),
    ],
    ids=["fence", "words before", "words after", "open", "cut off", "comma", "quotes", "no list", "null", "string"],
)
def test_repairs(text):
    answer, repaired = parse_answer(text)
    assert repaired and answer.likes == READ.likes and answer.dislikes == ()
    assert answer.intent.startswith("Someone who wants to be frightened")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON object"),
        ("I cannot say.", "no JSON object"),
        ("[1, 2, 3]", "no JSON object"),
        ("{}", "'intent' is not a text"),
        ('{"likes": ["a"], "dislikes": []}', "'intent' is not a text"),
        ('{"likes": ["a"], "dislikes": [], "intent": "  "}', "'intent' is not a text"),
        ('{"likes": ["a"], "dislikes": [], "intent": 5}', "'intent' is not a text"),
        ('{"likes": {"a": 1}, "dislikes": [], "intent": "x"}', "'likes' is not a list"),
        ("{" * 20_000, "'intent' is not a text|nest|no JSON object"),
    ],
)
def test_what_is_no_answer(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_answer(text)

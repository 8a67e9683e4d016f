"""Answers that no one asked for: they are refused with a reason, with bounded effort, and leave nothing behind."""

import json
import random

import pytest

from irllrec_pyg.text import IntentAnswer, IntentStore, Record, parse_answer
from irllrec_pyg.text.answers import repair

GOOD = {"likes": ["wit"], "dislikes": ["gore"], "intent": "Someone who wants wit."}
OBJECT = json.dumps(GOOD)
READ = IntentAnswer(("wit",), ("gore",), "Someone who wants wit.")
DRAFT = json.dumps({**GOOD, "intent": "a draft"})
PIECES = [
    *'{}[]()":,\\/#`\n\t -1a',
    "'",
    "```",
    "```json\n",
    '"likes"',
    '"dislikes":',
    '"intent": "',
    '{"likes": ["',
    "\u201c",
    "\u201d",
    "//",
    "/*",
    "\\u12",
    "\\ud800",
    "\ud83d",
    "\x1b[31m",
    "\x00",
    "true",
    "null",
    "NaN",
    "1e999",
    "<think>",
    "</think>",
    "word ",
    "\u2028",
]


def outcome(text):
    """The answer, or the reason; any other error fails the test."""
    try:
        answer, _ = parse_answer(text)
    except ValueError as error:
        assert type(error) is ValueError and str(error)
        return str(error)
    words = [*answer.likes, *answer.dislikes, answer.intent]
    assert answer.intent and all(words)
    for word in words:
        word.encode()  # no half characters
        assert not any(character < " " or "\x7f" <= character < "\xa0" for character in word)
    return answer


@pytest.fixture
def effort(monkeypatch):
    """Texts that are read and repaired, without the repair itself."""
    spent = {"read": [], "repaired": []}
    decode = repair._decode

    def note_read(text):
        spent["read"].append(text)
        return decode(text)

    monkeypatch.setattr(repair, "_decode", note_read)
    monkeypatch.setattr(repair.json_repair, "loads", spent["repaired"].append)
    return spent


UNITS = ["{", '{"', '"', "```", '{"a":', "[", '{"likes":["', '{"likes": [', '{"a" ', '"b" "c", ', "{ ", '{"a":[{"']
UNITS += ["}", "x", "<think>", "</think>", "\\", OBJECT[:-2], "{" + " " * 15 + '"', "{'likes"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("start", ["", '{"likes": ["', '{"likes": ["a"], "dislikes": [], "intent": "'])
def test_the_effort_is_bounded_for_200_kb(unit, start, effort):
    outcome((start + unit * 200_000)[:200_000])
    assert len(effort["read"]) <= 2 * repair.MAX_READ and len(effort["repaired"]) <= repair.MAX_REPAIRED
    assert all(len(text) <= repair.MAX_LENGTH for text in [*effort["read"], *effort["repaired"]])
    for text in effort["repaired"]:  # the number of these decides how long the repair takes
        assert text.count("{") + text.count("[") <= 16 and text.count('"') + text.count("`") <= 256


@pytest.mark.parametrize(
    "text",
    [
        '{"```\n```',
        '{"``````',
        "{" + '"' + "```" + "```",
        '{"likes": ["a"], "intent": "x"}```"',
        '{"intent":"' + '"intent":' * 2 + "{1" * 2000,
        "{" * 100_000,
        '{"a":' * 50_000,
        '{"likes": ' + "[" * 50_000,
        '{"likes": ["' + "word " * 40_000,
        '{"likes": [1' + "0" * 6000 + '], "dislikes": [], "intent": "x"}',
        '{"likes": [' + "[" * 1500 + "]" * 1500 + '], "dislikes": [], "intent": "x"}',
        "\x00" * 1000,
        "",
    ],
)
def test_known_failures_of_the_repair(text):
    outcome(text)


@pytest.mark.parametrize("error", [AssertionError, IndexError, RecursionError, MemoryError, KeyError, TypeError])
def test_errors_of_the_repair_are_no_answer(error, monkeypatch):
    def fail(text):
        raise error("inside the library")

    monkeypatch.setattr(repair.json_repair, "loads", fail)
    assert outcome('{"likes": [') == "no JSON object in the answer"


def test_random_answers():
    rng = random.Random(0)
    for _ in range(1500):
        outcome("".join(rng.choice(PIECES) for _ in range(rng.randrange(60))))


def test_answers_that_are_damaged_at_random():
    rng = random.Random(1)
    read = 0
    for _ in range(600):
        text = list(f"Sure! {OBJECT}")
        for _ in range(rng.randrange(1, 6)):
            text[rng.randrange(len(text))] = rng.choice(["", *PIECES])
        read += isinstance(outcome("".join(text)), IntentAnswer)
    assert read > 300, "most can still be read"


@pytest.mark.parametrize(
    "before",
    [
        "<think>",
        "<think>\nThey want {wit}, not {gore.\n</think>\n",
        f"<think>I could say {DRAFT}, but no.</think>",
        '<think>{"likes": ["</think>',
        f"{DRAFT} </thinking>",
        f"[THINK]{DRAFT}[/THINK]",
        f"<think>{DRAFT}</think> Hm. <think>{DRAFT}</think>",
        "<think>" + "{ hm [ \" ' " * 20_000 + "</think>",
        "An object { with braces { and \"quotes' { like so: ",
        "Here is {the answer}: ",
        '{"likes": ["cut off", ',
        '{"intent": "only this"} ',
        '{"answer": ',
        "```json\n",
        "word " * 40_000,
    ],
)
def test_what_comes_before_the_answer_is_skipped(before):
    assert parse_answer(before + OBJECT) == (READ, True)
    assert parse_answer(f"{before}{OBJECT}\n```\nI hope this helps {{smile}}.") == (READ, True)


def test_what_comes_after_the_answer_is_skipped():
    assert parse_answer(f"{OBJECT}\nUser: and this one?\n{DRAFT}") == (READ, True)


def test_reasoning_without_an_answer_is_none():
    assert outcome(f"<think>{DRAFT}</think> I cannot say.") == "no JSON object in the answer"


def test_a_broken_answer_after_a_broken_one():
    answer, repaired = parse_answer("{'likes': ['cut off', {'likes': ['wit'], 'dislikes': ['gore'], 'intent': 'Wit!'")
    assert repaired and answer == IntentAnswer(("wit",), ("gore",), "Wit!")


def test_a_long_answer_is_cut_off():
    answer, repaired = parse_answer('{"likes": ["wit"], "dislikes": [], "intent": "' + "very " * 40_000)
    assert repaired and answer.likes == ("wit",) and len(answer.intent) < repair.MAX_LENGTH


def test_nothing_that_is_not_readable_is_stored(tmp_path):
    hostile = "a\x1b]0;x\x07\ud800\u202e\r\n\tb"
    answer, _ = parse_answer(json.dumps({"likes": [hostile], "dislikes": ["\x00"], "intent": hostile}))
    assert answer == IntentAnswer(("a]0;x? b",), (), "a]0;x? b")
    store = IntentStore(tmp_path)
    store.add([Record("item/1", "k", "valid", 1, hostile, IntentAnswer((hostile,), (), hostile), hostile)])
    for record in (store.get("item/1", "k"), IntentStore(tmp_path).get("item/1", "k")):
        for text in (record.text, record.reason, record.answer.intent, *record.answer.likes):
            assert text == "a]0;x?\n\tb"

"""Prompts from hostile texts."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import HistoryEntry, PromptWriter, TokenBudget
from irllrec_pyg.text.prompts.sanitize import sanitize
from tests.hardening.damage import odd_text
from tests.hardening.part import PARTS, Case


@PARTS.register("prompts")
class Prompts:
    """Titles, descriptions, reviews and answers that try to leave the data of a prompt."""

    share = 100

    def __init__(self, folder: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(save_tiny_llm(folder / "llm"))
        self.writer = PromptWriter("movies", TokenBudget(tokenizer), max_tokens=4000, max_entries=3, entry_tokens=60)

    def case(self, rng: random.Random, folder: Path) -> Case:
        texts = [odd_text(rng) for _ in range(5)]
        if rng.random() < 0.2:
            return Case(lambda: sanitize(texts[0]), (), lambda text: _check_line(text))
        if rng.random() < 0.01:
            texts[0] = texts[0] * 20_000
        if rng.random() < 0.5:
            call = lambda: self.writer.item(texts[0], texts[1], texts[2], {"u": texts[3], "v": texts[4]})  # noqa: E731
        else:
            entry = HistoryEntry(texts[0], [texts[1]], [texts[2]], texts[3])
            call = lambda: self.writer.user(texts[4], {"i": entry})  # noqa: E731
        return Case(call, ("prompt",), _check)


def _check(prompt: Any) -> None:
    lines = prompt.data.split("\n")
    assert lines[0] == "<data>" and lines[-1] == "</data>" and len(lines) <= 8
    for line in lines[1:-1]:
        assert line.partition(":")[0] in ("movie", "description", "review", "their review", "liked for", "disliked for")
        _check_line(line)
    assert len(prompt.digest) == 64


def _check_line(line: str) -> None:
    line.encode()
    for form in ("NFC", "NFKC", "NFD", "NFKD"):
        assert not {*"<>[]\n\r\u2028"} & {*unicodedata.normalize(form, line)}, f"brackets in {form} of {line!r}"
    for character in line:
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn"), repr(character)

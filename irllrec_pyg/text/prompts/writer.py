"""Writer of prompts, by domain and version."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._io import read_toml
from .prompt import HistoryEntry, Prompt
from .sanitize import TokenBudget, sanitize

_FOLDER = Path(__file__).parent
_BASE = "base"  # the texts that all domains share
_MAX_CHARACTERS = 256  # characters per token that are read at most, so that a text of any length costs little

#: Names of the domains. Each is a file beside this one.
DOMAINS = tuple(sorted(file.stem for file in _FOLDER.glob("*.toml") if file.stem != _BASE))


class PromptWriter:
    r"""Writes the prompts of a domain (Eq. 4 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_). They ask for likes,
    dislikes, and the intent that summarises them,
    :math:`I_u = \mathrm{Aggregate}(\bigcup_{i} \{\mathcal{A}_{\text{pos}}(i), \mathcal{A}_{\text{neg}}(i)\})`.

    Long lists of reviews and long histories are sampled, and each entry is trimmed. Then as many entries as fit are
    included: a prompt is never cut in the middle. The sample depends on the seed and the entity only.

    Args:
        domain: ``"books"``, ``"businesses"``, ``"movies"`` or ``"music"``.
        budget: Counts and trims tokens.
        max_tokens: Maximum number of tokens of a prompt, instructions and example included. (default: ``1024``)
        max_entries: Maximum number of reviews of an item, or items of a user. (default: ``10``)
        entry_tokens: Maximum number of tokens of one review, title or description. (default: ``96``)
        seed: Seed of the samples. (default: ``0``)

    Raises:
        ValueError: There is no such domain, or ``max_tokens`` leaves no room beside the instructions.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> budget = TokenBudget(AutoTokenizer.from_pretrained(save_tiny_llm(tempfile.mkdtemp())))
        >>> writer = PromptWriter("movies", budget, max_tokens=4000)  # a token of this model is a single byte
        >>> print(writer.item("m1", "Alien", reviews={"u1": "Great."}).data)
        <data>
        movie: Alien
        review: Great.
        </data>
    """

    def __init__(
        self,
        domain: str,
        budget: TokenBudget,
        max_tokens: int = 1024,
        max_entries: int = 10,
        entry_tokens: int = 96,
        seed: int = 0,
    ) -> None:
        if domain not in DOMAINS:
            raise ValueError(f"there are no prompts for {domain!r}; choose one of {', '.join(DOMAINS)}")
        for name, value in (("max_entries", max_entries), ("entry_tokens", entry_tokens)):
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        base, texts = (read_toml(_FOLDER / f"{name}.toml") for name in (_BASE, domain))
        words = {name: texts[name] for name in ("noun", "plural", "aspects")}
        self.noun: str = texts["noun"]
        self.version = f"{domain}-{base['version']}.{texts['version']}"
        self.budget, self.max_entries, self.entry_tokens, self.seed = budget, max_entries, entry_tokens, seed
        self.system = {
            side: f"{base[side].strip().format(**words)}\n{base['answer'].strip()}" for side in ("item", "user")
        }
        self.example = self._examples(**texts["example"])
        fixed = {side: budget.count("\n".join((self.system[side], *self.example[side]))) for side in self.system}
        least = max(fixed.values()) + 3 * entry_tokens
        if max_tokens < least:
            raise ValueError(
                f"'max_tokens' must be at least {least} (got {max_tokens}): instructions, example and three entries"
            )
        self.room = {side: max_tokens - count for side, count in fixed.items()}

    def item(self, key: str, title: str, description: str = "", reviews: Mapping[Any, str] | None = None) -> Prompt:
        """Prompt that asks what people want from an item.

        Args:
            key: Id of the item. The sample of reviews is drawn with it.
            title: Title of the item.
            description: Description of the item. (default: ``""``)
            reviews: Review of each user, from training interactions only. (default: none)
        """
        entries = {(user, key): self._review(text) for user, text in self._sample(key, reviews or {})}
        return self._fit("item", self._head(title, description), entries)

    def user(self, key: str, history: Mapping[Any, HistoryEntry]) -> Prompt:
        """Prompt that asks what a user wants.

        Args:
            key: Id of the user. The sample of items is drawn with it.
            history: The user's items, by id, from training interactions only.
        """
        entries = {(key, item): self._history_entry(entry) for item, entry in self._sample(key, history)}
        return self._fit("user", [], entries)

    def _examples(self, item: dict[str, Any], user: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """A question and its answer for each side, in the form of the real ones."""
        history = [HistoryEntry(**entry) for entry in user["history"]]
        question = {
            "item": _block(self._head(item["title"], item["description"]), map(self._review, item["reviews"])),
            "user": _block([], map(self._history_entry, history)),
        }
        answer = {"item": item["answer"], "user": user["answer"]}
        return {side: (question[side], json.dumps(answer[side], ensure_ascii=False)) for side in question}

    def _head(self, title: str, description: str) -> list[str]:
        lines = [f"{self.noun}: {self._trim(title)}"]
        return [*lines, f"description: {self._trim(description)}"] if description else lines

    def _review(self, text: str) -> str:
        return f"review: {self._trim(text)}"

    def _history_entry(self, entry: HistoryEntry) -> str:
        lines = [f"{self.noun}: {self._trim(entry.title)}"]
        for name, phrases in (("liked for", entry.likes), ("disliked for", entry.dislikes)):
            if phrases:
                lines.append(f"{name}: {self._trim('; '.join(phrases))}")
        if entry.review:
            lines.append(f"their review: {self._trim(entry.review)}")
        return "\n".join(lines)

    def _fit(self, side: str, head: list[str], entries: Mapping[tuple[Any, Any], str]) -> Prompt:
        """A prompt with as many entries as fit."""
        lines, fitting = list(entries.values()), 0
        while fitting < len(lines) and self.budget.count(_block(head, lines[: fitting + 1])) <= self.room[side]:
            fitting += 1
        pairs = tuple(entries)[:fitting]
        return Prompt(self.system[side], self.example[side], _block(head, lines[:fitting]), self.version, pairs)

    def _trim(self, text: str) -> str:
        return self.budget.trim(sanitize(text[: _MAX_CHARACTERS * self.entry_tokens]), self.entry_tokens)

    def _sample(self, key: str, entries: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
        listed = list(entries.items())
        if len(listed) <= self.max_entries:
            return listed
        places = random.Random(f"{self.seed}/{key}").sample(range(len(listed)), self.max_entries)
        return [listed[place] for place in sorted(places)]


def _block(head: list[str], entries: Iterable[str]) -> str:
    return "\n".join(["<data>", *head, *entries, "</data>"])

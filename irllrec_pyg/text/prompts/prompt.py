"""Prompts that state intents, by domain and version."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from .sanitize import TokenBudget, sanitize

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOMAINS = ("books", "businesses", "movies", "music")


@dataclass(frozen=True)
class Prompt:
    """One question to a chat model.

    Args:
        system: The instructions, the same for all items, and for all users, of a domain.
        example: A worked question and its answer, the same likewise.
        data: What is asked about, between ``<data>`` and ``</data>``.
        version: Of the texts it was made from.
        pairs: The interactions whose reviews or items it tells of, as ids of user and item.
    """

    system: str
    example: tuple[str, str]
    data: str
    version: str
    pairs: tuple[tuple[Any, Any], ...] = ()

    def messages(self) -> list[dict[str, str]]:
        """As transformers' chat templates take it."""
        question, answer = self.example
        turns = (("system", self.system), ("user", question), ("assistant", answer), ("user", self.data))
        return [{"role": role, "content": content} for role, content in turns]

    @property
    def digest(self) -> str:
        """A hash of all that the model reads."""
        return hashlib.sha256("\x00".join((self.version, self.system, *self.example, self.data)).encode()).hexdigest()


@dataclass(frozen=True)
class HistoryEntry:
    """An item that a user took, as their prompt tells it.

    Args:
        title: Of the item.
        likes: What people like about it, from the item's own answer or its tags.
        dislikes: What they dislike.
        review: The user's own words; empty where they wrote none.
    """

    title: str
    likes: Sequence[str] = ()
    dislikes: Sequence[str] = ()
    review: str = ""


class PromptWriter:
    r"""Writes the prompts of a domain (Eq. 4 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_): likes, dislikes, and
    what they come to,
    :math:`I_u = \mathrm{Aggregate}(\bigcup_{i} \{\mathcal{A}_{\text{pos}}(i), \mathcal{A}_{\text{neg}}(i)\})`.

    Reviews and histories are sampled where there are too many, each is trimmed, as many as fit are told: a prompt is
    never cut in its middle. The sample depends on the seed and the entity alone.

    Args:
        domain: ``"books"``, ``"businesses"``, ``"movies"`` or ``"music"``.
        budget: Counts tokens.
        max_tokens: Of a prompt, its instructions and example included. (default: ``1024``)
        max_entries: Reviews of an item, or items of a user, at most. (default: ``10``)
        entry_tokens: Of one review or description, at most. (default: ``96``)
        seed: Of the samples. (default: ``0``)

    Raises:
        ValueError: There is no such domain, or the instructions leave no room.
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
        folder = files(__package__) / "prompts"
        base, own = (tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in ("base", domain))
        words = {name: own[name] for name in ("thing", "things", "aspects")}
        self.thing: str = own["thing"]
        self.version = f"{domain}-{base['version']}.{own['version']}"
        self.budget, self.max_entries, self.entry_tokens, self.seed = budget, max_entries, entry_tokens, seed
        self.system = {
            side: f"{base[side].strip().format(**words)}\n{base['answer'].strip()}" for side in ("item", "user")
        }
        self.example = self._examples(**own["example"])
        fixed = {side: budget.count("\n".join((self.system[side], *self.example[side]))) for side in self.system}
        least = max(fixed.values()) + 3 * entry_tokens
        if max_tokens < least:
            raise ValueError(
                f"'max_tokens' must be at least {least} (got {max_tokens}): instructions, example and three entries"
            )
        self.room = {side: max_tokens - count for side, count in fixed.items()}

    def item(self, key: str, title: str, description: str = "", reviews: Mapping[Any, str] | None = None) -> Prompt:
        """Asks what people want from an item.

        Args:
            key: The item's id, which seeds the sample.
            title: Its title.
            description: What its maker says.
            reviews: What people wrote, by user; of training interactions only. (default: nothing)
        """
        told = {(user, key): self._review(text) for user, text in self._sample(key, reviews or {})}
        return self._fit("item", self._head(title, description), told)

    def user(self, key: str, taken: Mapping[Any, HistoryEntry]) -> Prompt:
        """Asks what a user wants.

        Args:
            key: The user's id, which seeds the sample.
            taken: What they took, by item; training interactions only.
        """
        return self._fit("user", [], {(key, item): self._told(one) for item, one in self._sample(key, taken)})

    def _examples(self, item: dict[str, Any], user: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """A question and its answer a side, in the form of the real ones."""
        question = {
            "item": _between(self._head(item["title"], item["description"]), map(self._review, item["reviews"])),
            "user": _between([], (self._told(HistoryEntry(**one)) for one in user["taken"])),
        }
        answer = {"item": item["answer"], "user": user["answer"]}
        return {side: (question[side], json.dumps(answer[side], ensure_ascii=False)) for side in question}

    def _head(self, title: str, description: str) -> list[str]:
        lines = [f"{self.thing}: {self._short(title)}"]
        return [*lines, f"description: {self._short(description)}"] if description else lines

    def _review(self, text: str) -> str:
        return f"review: {self._short(text)}"

    def _told(self, taken: HistoryEntry) -> str:
        lines = [f"{self.thing}: {self._short(taken.title)}"]
        for name, words in (("liked for", taken.likes), ("disliked for", taken.dislikes)):
            if words:
                lines.append(f"{name}: {self._short('; '.join(words))}")
        if taken.review:
            lines.append(f"their review: {self._short(taken.review)}")
        return "\n".join(lines)

    def _fit(self, side: str, head: list[str], entries: Mapping[tuple[Any, Any], str]) -> Prompt:
        told, fits = list(entries.values()), 0
        while fits < len(told) and self.budget.count(_between(head, told[: fits + 1])) <= self.room[side]:
            fits += 1
        pairs = tuple(entries)[:fits]
        return Prompt(self.system[side], self.example[side], _between(head, told[:fits]), self.version, pairs)

    def _short(self, text: str) -> str:
        # Text of any length costs no more than what can be told of it.
        return self.budget.trim(sanitize(text[: 256 * self.entry_tokens]), self.entry_tokens)

    def _sample(self, key: str, entries: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
        listed = list(entries.items())
        if len(listed) <= self.max_entries:
            return listed
        places = random.Random(f"{self.seed}/{key}").sample(range(len(listed)), self.max_entries)
        return [listed[place] for place in sorted(places)]


def _between(head: list[str], entries: Iterable[str]) -> str:
    return "\n".join(["<data>", *head, *entries, "</data>"])

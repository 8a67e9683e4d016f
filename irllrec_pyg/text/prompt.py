"""Prompts that state intents, by domain and version."""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from .quote import TokenBudget, quote

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
        data: What is asked about, between ``<data>`` and ``</data>``.
        version: Of the texts it was made from.
    """

    system: str
    data: str
    version: str

    def messages(self) -> list[dict[str, str]]:
        """As transformers' chat templates take it."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.data}]

    @property
    def digest(self) -> str:
        """A hash of all that the model reads."""
        return hashlib.sha256("\x00".join((self.version, self.system, self.data)).encode()).hexdigest()


@dataclass(frozen=True)
class Taken:
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
        max_tokens: Of a prompt, its instructions included. (default: ``1024``)
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
        self.system = {
            side: f"{base[side].strip().format(**words)}\n{base['answer'].strip()}" for side in ("item", "user")
        }
        self.budget, self.max_tokens, self.max_entries = budget, max_tokens, max_entries
        self.entry_tokens, self.seed = entry_tokens, seed
        least = max(budget.count(system) for system in self.system.values()) + 3 * entry_tokens
        if max_tokens < least:
            raise ValueError(
                f"'max_tokens' must be at least {least} (got {max_tokens}): instructions and three entries"
            )

    def item(self, key: str, title: str, description: str = "", reviews: Sequence[str] = ()) -> Prompt:
        """Asks what people want from an item.

        Args:
            key: The item's id, which seeds the sample.
            title: Its title.
            description: What its maker says.
            reviews: What people wrote; of training interactions only.
        """
        head = [f"{self.thing}: {self._short(title)}"]
        if description:
            head.append(f"description: {self._short(description)}")
        return self._fit("item", head, [f"review: {self._short(text)}" for text in self._sample(key, reviews)])

    def user(self, key: str, taken: Sequence[Taken]) -> Prompt:
        """Asks what a user wants.

        Args:
            key: The user's id, which seeds the sample.
            taken: What they took; training interactions only.
        """
        return self._fit("user", [], [self._told(one) for one in self._sample(key, taken)])

    def _told(self, taken: Taken) -> str:
        lines = [f"{self.thing}: {self._short(taken.title)}"]
        for name, words in (("liked for", taken.likes), ("disliked for", taken.dislikes)):
            if words:
                lines.append(f"{name}: {self._short('; '.join(words))}")
        if taken.review:
            lines.append(f"their review: {self._short(taken.review)}")
        return "\n".join(lines)

    def _fit(self, side: str, head: list[str], entries: list[str]) -> Prompt:
        data = "\n".join(["<data>", *head, "</data>"])
        for count in range(1, len(entries) + 1):
            longer = "\n".join(["<data>", *head, *entries[:count], "</data>"])
            if self.budget.count(f"{self.system[side]}\n{longer}") > self.max_tokens:
                break
            data = longer
        return Prompt(self.system[side], data, self.version)

    def _short(self, text: str) -> str:
        # Text of any length costs no more than what can be told of it.
        return self.budget.trim(quote(text[: 256 * self.entry_tokens]), self.entry_tokens)

    def _sample(self, key: str, entries: Sequence[Any]) -> list[Any]:
        if len(entries) <= self.max_entries:
            return list(entries)
        places = random.Random(f"{self.seed}/{key}").sample(range(len(entries)), self.max_entries)
        return [entries[place] for place in sorted(places)]

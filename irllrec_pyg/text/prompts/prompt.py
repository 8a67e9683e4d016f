"""A prompt, and an entry of a user's history in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Prompt:
    """One question to a chat model.

    Args:
        system: Instructions, the same for all items of a domain, and the same for all its users.
        example: A worked question and its answer, shared in the same way.
        data: The question itself, between ``<data>`` and ``</data>``.
        version: Version of the texts that the prompt is made from.
        pairs: Ids of user and item of the interactions that the prompt quotes. (default: none)

    Examples:
        >>> prompt = Prompt("Describe.", ("a question", "an answer"), "<data>...</data>", "movies-2.2")
        >>> [message["role"] for message in prompt.messages()]
        ['system', 'user', 'assistant', 'user']
    """

    system: str
    example: tuple[str, str]
    data: str
    version: str
    pairs: tuple[tuple[Any, Any], ...] = ()

    def messages(self) -> list[dict[str, str]]:
        """Messages in the form that chat templates of transformers expect."""
        question, answer = self.example
        turns = (("system", self.system), ("user", question), ("assistant", answer), ("user", self.data))
        return [{"role": role, "content": content} for role, content in turns]

    @property
    def digest(self) -> str:
        """Hash of everything that the model reads."""
        return hashlib.sha256("\x00".join((self.version, self.system, *self.example, self.data)).encode()).hexdigest()


@dataclass(frozen=True)
class HistoryEntry:
    """One item of a user's history, as the user's prompt shows it.

    Args:
        title: Title of the item.
        likes: What people like about the item, from the item's own answer or its tags. (default: nothing)
        dislikes: What people dislike about the item. (default: nothing)
        review: The user's own review. (default: ``""``, if the user wrote none)

    Examples:
        >>> HistoryEntry("Alien", likes=["tension"]).review
        ''
    """

    title: str
    likes: Sequence[str] = ()
    dislikes: Sequence[str] = ()
    review: str = ""

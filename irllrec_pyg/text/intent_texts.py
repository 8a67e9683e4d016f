"""The words that become features."""

from __future__ import annotations

from ..data import INTERACTS
from ..corpus import ReviewCorpus
from .answers.answer import IntentAnswer
from .answers.store import IntentStore


def answer_text(answer: IntentAnswer) -> str:
    """What is encoded of an answer: its intent, and its likes. Dislikes are left out, for an encoder hardly tells "no
    horror" from "horror"."""
    likes = f" Likes: {'; '.join(answer.likes)}." if answer.likes else ""
    return f"{answer.intent}{likes}"


def intent_texts(corpus: ReviewCorpus, store: IntentStore) -> tuple[list[str], list[str]]:
    """The intent texts of users and of items, in the order of the data object.

    Where there is no answer, because it failed, an item's title and description stand in, and for a user the titles of
    their training items.

    Args:
        corpus: Reviews and items.
        store: Of the answers.

    Raises:
        ValueError: Answers are yet to be made; the message says how many.
    """
    records = store.answers()
    names = {side: [f"{side}/{name}" for name in corpus.data[side].original_id] for side in ("user", "item")}
    missing = [entity for side in names.values() for entity in side if records.get(entity) is None]
    if missing:
        raise ValueError(f"{len(missing)} answers are yet to be made, of '{missing[0]}' first; build the intents first")
    about = corpus.items.set_index("item")
    title, description = about["title"].to_dict(), about["description"].to_dict()
    items = corpus.data["item"].original_id
    known = [f"{title.get(item) or item}. {description.get(item, '')}".strip() for item in items]
    chosen: list[list[str]] = [[] for _ in names["user"]]
    for user, number in corpus.data[INTERACTS].edge_index.t().tolist():
        chosen[user].append(title.get(items[number]) or items[number])
    instead = {"item": known, "user": [f"Chose {'; '.join(titles)}." for titles in chosen]}

    def told(side: str) -> list[str]:
        found = (records[entity] for entity in names[side])
        texts = (answer_text(record.answer) if record and record.answer else "" for record in found)
        return [text or fallback for text, fallback in zip(texts, instead[side], strict=True)]

    return told("user"), told("item")

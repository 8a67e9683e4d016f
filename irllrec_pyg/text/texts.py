"""The texts that intent features are encoded from."""

from __future__ import annotations

from ..corpus import ReviewCorpus
from ..data import INTERACTS
from .answers import IntentAnswer, IntentStore


def answer_text(answer: IntentAnswer) -> str:
    """Text of an answer that is encoded: its intent and its likes.

    Dislikes are left out, because an encoder hardly distinguishes "no horror" from "horror".

    Args:
        answer: The answer.

    Examples:
        >>> answer_text(IntentAnswer(("wit",), ("gore",), "Wants a clever film."))
        'Wants a clever film. Likes: wit.'
    """
    likes = f" Likes: {'; '.join(answer.likes)}." if answer.likes else ""
    return f"{answer.intent}{likes}"


def intent_texts(corpus: ReviewCorpus, store: IntentStore) -> tuple[list[str], list[str]]:
    """Intent texts of users and of items, in the order of the data object.

    Where the model failed to answer, the text of an item is its title and description, and the text of a user the
    titles of their training items.

    Args:
        corpus: Reviews and items.
        store: Store of the answers.

    Returns:
        Texts of users and texts of items.

    Raises:
        ValueError: Answers are missing. The message says how many.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> from irllrec_pyg.text import Record
        >>> corpus, store = tiny_corpus(tempfile.mkdtemp()), IntentStore(tempfile.mkdtemp())
        >>> entities = [f"{side}/{id}" for side in ("user", "item") for id in corpus.data[side].original_id]
        >>> store.add([Record(entity, "k", "valid", 1, "", IntentAnswer((), (), "Wants wit.")) for entity in entities])
        >>> store.set_current(dict.fromkeys(entities, "k"))
        >>> intent_texts(corpus, store)[0][0]
        'Wants wit.'
    """
    records = store.answers()
    entities = {side: [f"{side}/{name}" for name in corpus.data[side].original_id] for side in ("user", "item")}
    missing = [entity for side in entities.values() for entity in side if records.get(entity) is None]
    if missing:
        raise ValueError(f"{len(missing)} answers are missing, first that of '{missing[0]}'; build the intents first")
    fallback = {"user": _titles_of_users(corpus), "item": _descriptions_of_items(corpus)}

    def texts(side: str) -> list[str]:
        found = (records[entity] for entity in entities[side])
        answers = (answer_text(record.answer) if record and record.answer else "" for record in found)
        return [text or instead for text, instead in zip(answers, fallback[side], strict=True)]

    return texts("user"), texts("item")


def _descriptions_of_items(corpus: ReviewCorpus) -> list[str]:
    table = corpus.items.set_index("item")
    title, description = table["title"].to_dict(), table["description"].to_dict()
    return [
        f"{title.get(item) or item}. {description.get(item, '')}".strip() for item in corpus.data["item"].original_id
    ]


def _titles_of_users(corpus: ReviewCorpus) -> list[str]:
    title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    names = [title.get(item) or item for item in corpus.data["item"].original_id]
    titles: list[list[str]] = [[] for _ in corpus.data["user"].original_id]
    for user, item in corpus.data[INTERACTS].edge_index.t().tolist():
        titles[user].append(names[item])
    return [f"Chose {'; '.join(chosen)}." for chosen in titles]

"""The prompts of a whole corpus, from training interactions alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch_geometric.data import HeteroData

from ...data import INTERACTS
from ...corpus import ReviewCorpus
from ..answers.answer import IntentAnswer
from .prompt import Prompt, PromptWriter, HistoryEntry


def item_prompts(corpus: ReviewCorpus, writer: PromptWriter) -> dict[str, Prompt]:
    """A prompt an item, from its title, its description and its training reviews.

    Args:
        corpus: Reviews and items.
        writer: Of the domain.

    Returns:
        Prompts by entity, ``"item/ID"``, in the order of the data object.

    Raises:
        ValueError: A prompt tells of a held-out interaction, see :func:`assert_training_only`.
    """
    about = corpus.items.set_index("item")[["title", "description"]].to_dict("index")
    reviews: dict[str, dict[str, str]] = {}
    for user, item, text in _training_reviews(corpus):
        reviews.setdefault(item, {})[user] = text
    prompts = {}
    for item in corpus.data["item"].original_id:
        known = about.get(item, {"title": "", "description": ""})
        told = {user: text for user, text in reviews.get(item, {}).items() if text}
        prompts[f"item/{item}"] = writer.item(item, known["title"] or item, known["description"], told)
    assert_training_only(prompts.values(), corpus.data)
    return prompts


def user_prompts(
    corpus: ReviewCorpus, writer: PromptWriter, answers: Mapping[str, IntentAnswer | None]
) -> dict[str, Prompt]:
    """A prompt a user, from the items of their training interactions, what was answered of these, and their reviews.

    Args:
        corpus: Reviews and items.
        writer: Of the domain.
        answers: Of items, by id; none where there is no answer.

    Returns:
        Prompts by entity, ``"user/ID"``, in the order of the data object.

    Raises:
        ValueError: A prompt tells of a held-out interaction, see :func:`assert_training_only`.
    """
    title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    taken: dict[str, dict[str, HistoryEntry]] = {user: {} for user in corpus.data["user"].original_id}
    for user, item, text in _training_reviews(corpus):
        answer = answers.get(item) or IntentAnswer((), (), "")
        taken[user][item] = HistoryEntry(title.get(item) or item, answer.likes, answer.dislikes, text)
    prompts = {f"user/{user}": writer.user(user, items) for user, items in taken.items()}
    assert_training_only(prompts.values(), corpus.data)
    return prompts


def assert_training_only(prompts: Iterable[Prompt], data: HeteroData) -> None:
    """Checks that no prompt tells of an interaction outside the training split: a model that has read held-out reviews
    knows what it is tested on.

    Args:
        prompts: Each names the interactions that it quotes, :attr:`Prompt.pairs <irllrec_pyg.text.Prompt.pairs>`.
        data: The data object, with the ids as ``original_id``.

    Raises:
        ValueError: One does; the message names the first.
    """
    code = {side: {name: number for number, name in enumerate(data[side].original_id)} for side in ("user", "item")}
    train = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
    told = sorted({pair for prompt in prompts for pair in prompt.pairs})
    leaks = [(user, item) for user, item in told if (code["user"].get(user), code["item"].get(item)) not in train]
    if leaks:
        user, item = leaks[0]
        raise ValueError(
            f"prompts tell of {len(leaks)} interactions that are not in the training split, user {user!r} and item "
            f"{item!r} first; give them training reviews only"
        )


def _training_reviews(corpus: ReviewCorpus) -> Iterable[tuple[str, str, str]]:
    """User, item and words of each training review, in the order they were written."""
    reviews = corpus.reviews[corpus.reviews["split"] == "train"].sort_values("time", kind="stable")
    for user, item, title, text in zip(*(reviews[name] for name in ("user", "item", "title", "text")), strict=True):
        yield user, item, ". ".join(part for part in (title, text) if part)

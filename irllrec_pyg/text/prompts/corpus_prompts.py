"""Prompts of a whole corpus, from training interactions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch_geometric.data import HeteroData

from ...corpus import ReviewCorpus
from ...data import INTERACTS
from ..answers import IntentAnswer
from .prompt import HistoryEntry, Prompt
from .writer import PromptWriter


def item_prompts(corpus: ReviewCorpus, writer: PromptWriter) -> dict[str, Prompt]:
    """One prompt per item, from its title, its description and its training reviews.

    Args:
        corpus: Reviews and items.
        writer: Writer of the corpus' domain.

    Returns:
        Prompts by entity, ``"item/ID"``, in the order of the data object.

    Raises:
        ValueError: A prompt quotes a held-out interaction, see :func:`assert_training_only`.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm, tiny_corpus
        >>> from irllrec_pyg.text import TokenBudget
        >>> corpus = tiny_corpus(tempfile.mkdtemp())
        >>> budget = TokenBudget(AutoTokenizer.from_pretrained(save_tiny_llm(tempfile.mkdtemp())))
        >>> writer = PromptWriter("movies", budget, max_tokens=4000)
        >>> prompts = item_prompts(corpus, writer)
        >>> prompts["item/M00000"].data.splitlines()[:2]
        ['<data>', 'movie: The Last Promise (1975)']
    """
    described = corpus.items.set_index("item")[["title", "description"]].to_dict("index")
    reviews: dict[str, dict[str, str]] = {}
    for user, item, text in _training_reviews(corpus):
        reviews.setdefault(item, {})[user] = text
    prompts = {}
    for item in corpus.data["item"].original_id:
        description = described.get(item, {"title": "", "description": ""})
        texts = {user: text for user, text in reviews.get(item, {}).items() if text}
        prompts[f"item/{item}"] = writer.item(item, description["title"] or item, description["description"], texts)
    assert_training_only(prompts.values(), corpus.data)
    return prompts


def user_prompts(
    corpus: ReviewCorpus, writer: PromptWriter, answers: Mapping[str, IntentAnswer | None]
) -> dict[str, Prompt]:
    """One prompt per user, from the items of their training interactions, the answers about these items, and the
    user's own reviews.

    Args:
        corpus: Reviews and items.
        writer: Writer of the corpus' domain.
        answers: Answer about each item, by id. An item without one is shown with its title only.

    Returns:
        Prompts by entity, ``"user/ID"``, in the order of the data object.

    Raises:
        ValueError: A prompt quotes a held-out interaction, see :func:`assert_training_only`.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm, tiny_corpus
        >>> from irllrec_pyg.text import TokenBudget
        >>> corpus = tiny_corpus(tempfile.mkdtemp())
        >>> budget = TokenBudget(AutoTokenizer.from_pretrained(save_tiny_llm(tempfile.mkdtemp())))
        >>> writer = PromptWriter("movies", budget, max_tokens=4000)
        >>> answers = {"M00000": IntentAnswer(("tension",), (), "Wants to be frightened.")}
        >>> prompts = user_prompts(corpus, writer, answers)
        >>> "liked for: tension" in "".join(prompt.data for prompt in prompts.values())
        True
    """
    title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    history: dict[str, dict[str, HistoryEntry]] = {user: {} for user in corpus.data["user"].original_id}
    for user, item, text in _training_reviews(corpus):
        answer = answers.get(item) or IntentAnswer((), (), "")
        history[user][item] = HistoryEntry(title.get(item) or item, answer.likes, answer.dislikes, text)
    prompts = {f"user/{user}": writer.user(user, items) for user, items in history.items()}
    assert_training_only(prompts.values(), corpus.data)
    return prompts


def assert_training_only(prompts: Iterable[Prompt], data: HeteroData) -> None:
    """Checks that no prompt quotes an interaction outside the training split. A model that has read held-out reviews
    knows what it is tested on.

    Args:
        prompts: Prompts, each with the interactions that it quotes, see
            :attr:`Prompt.pairs <irllrec_pyg.text.Prompt.pairs>`.
        data: The data object, with the ids as ``original_id``.

    Raises:
        ValueError: A prompt quotes one. The message names the first.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm, tiny_corpus
        >>> from irllrec_pyg.text import TokenBudget
        >>> corpus = tiny_corpus(tempfile.mkdtemp())
        >>> budget = TokenBudget(AutoTokenizer.from_pretrained(save_tiny_llm(tempfile.mkdtemp())))
        >>> writer = PromptWriter("movies", budget, max_tokens=4000)
        >>> user, item = corpus.data["user", "interacts", "item"].test_label_index[:, 0].tolist()
        >>> user, item = corpus.data["user"].original_id[user], corpus.data["item"].original_id[item]
        >>> leak = writer.item(item, "Alien", reviews={user: "I saw it later."})
        >>> assert_training_only([leak], corpus.data)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: prompts quote 1 interactions outside the training split, first user 'U00000' ...
    """
    number = {side: {name: index for index, name in enumerate(data[side].original_id)} for side in ("user", "item")}
    train = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
    pairs = sorted({pair for prompt in prompts for pair in prompt.pairs})
    leaks = [(user, item) for user, item in pairs if (number["user"].get(user), number["item"].get(item)) not in train]
    if leaks:
        user, item = leaks[0]
        raise ValueError(
            f"prompts quote {len(leaks)} interactions outside the training split, first user {user!r} and item "
            f"{item!r}; write prompts from training reviews only"
        )


def _training_reviews(corpus: ReviewCorpus) -> Iterable[tuple[str, str, str]]:
    """User, item and text of each training review, in the order in which they were written."""
    reviews = corpus.reviews[corpus.reviews["split"] == "train"].sort_values("time", kind="stable")
    for user, item, title, text in zip(*(reviews[name] for name in ("user", "item", "title", "text")), strict=True):
        yield user, item, ". ".join(part for part in (title, text) if part)

"""Quality of the intents of a corpus."""

from __future__ import annotations

from itertools import chain

from .._io import read_json
from ..corpus import ReviewCorpus
from .answers import IntentStore, Verdict, judge_answers
from .ask import prompt_text
from .generate import MANIFEST, item_answers
from .prompts import DOMAINS, PromptWriter, TokenBudget, item_prompts, user_prompts


def judge_intents(corpus: ReviewCorpus, store: IntentStore, examples: int = 2) -> dict[str, list[Verdict]]:
    """Counts the faults of the answers about items and about users, see
    :func:`~irllrec_pyg.text.find_faults`.

    Args:
        corpus: Reviews and items.
        store: Store of the answers.
        examples: Number of examples per fault. (default: ``2``)

    Returns:
        The verdicts on ``"items"`` and on ``"users"``. ``echo`` is judged if the store has a manifest, which names the
        prompts.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> from irllrec_pyg.text import IntentAnswer, Record
        >>> corpus, store = tiny_corpus(tempfile.mkdtemp()), IntentStore(tempfile.mkdtemp())
        >>> store.add([Record("item/M00000", "k", "valid", 1, "{}", IntentAnswer((), (), "Calm and"))])
        >>> store.set_current({"item/M00000": "k"})
        >>> [verdict.name for verdict in judge_intents(corpus, store)["items"] if verdict.share == 1.0]
        ['truncation', 'any']
    """
    records = [record for record in store.answers().values() if record is not None]
    sources = _sources(corpus, store)
    sides = {side: [record for record in records if record.entity.startswith(f"{side}/")] for side in ("item", "user")}
    return {f"{side}s": judge_answers(listed, sources, examples) for side, listed in sides.items()}


def _sources(corpus: ReviewCorpus, store: IntentStore) -> dict[str, str]:
    """What the model read about each entity, and the entries that did not fit into its prompt."""
    file = store.folder / MANIFEST
    versions = read_json(file).get("prompts", []) if file.is_file() else []
    domains = [domain for domain in DOMAINS for version in versions if version.startswith(f"{domain}-")]
    if not domains:
        return {}
    writer = PromptWriter(domains[0], _NoLimit(), max_entries=len(corpus.reviews))
    prompts = (item_prompts(corpus, writer), user_prompts(corpus, writer, item_answers(corpus, store)))
    return {entity: prompt_text(prompt) for entity, prompt in chain.from_iterable(map(dict.items, prompts))}


class _NoLimit(TokenBudget):
    """A budget that trims nothing, and needs no tokenizer."""

    def __init__(self) -> None:
        pass

    def count(self, text: str) -> int:
        return 0

    def trim(self, text: str, tokens: int) -> str:
        return text

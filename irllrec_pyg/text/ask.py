"""Asking a batch of prompts, and asking again what was not answered well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from .answers import Record, parse_answer
from .answers.quality import find_faults
from .llm import ChatGenerator
from .prompts import Prompt


def ask(
    prompts: Mapping[str, Prompt], keys: Mapping[str, str], generator: ChatGenerator, faults: Collection[str] = ()
) -> list[Record]:
    """Asks a batch of prompts, and those that were not answered well a second time, with sampling.

    These are answers that cannot be read, and those that have a fault. Of the two answers to a prompt, the one that can
    be read and has fewer faults is kept; the first, which is the most likely one, if both have as many.

    Args:
        prompts: Prompts by entity.
        keys: Key of the record of each entity.
        generator: Language model.
        faults: Faults for which a prompt is asked again, see :data:`~irllrec_pyg.text.answers.quality.FAULTS`.
            ``sameness`` is judged within the batch. (default: none)

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> from irllrec_pyg.text import IntentGenerator
        >>> generator = IntentGenerator(save_tiny_llm(tempfile.mkdtemp()), max_new_tokens=1, enforce_json=False)
        >>> (record,) = ask({"item/1": Prompt("Describe.", ("a", "b"), "Alien", "1")}, {"item/1": "7f"}, generator)
        >>> record.state, record.attempts
        ('failed', 2)
    """
    texts = dict(zip(prompts, generator.generate([*prompts.values()]), strict=True))
    first = {entity: _record(entity, keys[entity], 1, text) for entity, text in texts.items()}
    wrong = _wrong(first, prompts, faults)
    again = [entity for entity in prompts if wrong[entity]]
    if not again:
        return [*first.values()]
    seed = int(keys[again[0]][:8], 16)
    texts = dict(zip(again, generator.generate([prompts[name] for name in again], True, seed), strict=True))
    second = {entity: _record(entity, keys[entity], 2, text) for entity, text in texts.items()}
    wrong_again = _wrong({**first, **second}, prompts, faults)
    for entity in again:
        keeps_first = first[entity].answer is not None and wrong[entity] <= wrong_again[entity]
        second[entity] = replace(first[entity], attempts=2) if keeps_first else second[entity]
    return [*{**first, **second}.values()]


def prompt_text(prompt: Prompt) -> str:
    """All that a model reads, apart from the chat template.

    Args:
        prompt: The prompt.

    Examples:
        >>> prompt_text(Prompt("Describe.", ("question", "answer"), "Alien", "1")).split()
        ['Describe.', 'question', 'answer', 'Alien']
    """
    return "\n".join(message["content"] for message in prompt.messages())


def _wrong(records: Mapping[str, Record], prompts: Mapping[str, Prompt], faults: Collection[str]) -> dict[str, int]:
    """How much is wrong with each answer: the number of its faults; more than all faults if it cannot be read."""
    sources = {entity: prompt_text(prompt) for entity, prompt in prompts.items()} if faults else {}
    found = find_faults(records.values(), sources) if faults else {}
    return {
        entity: len(faults) + 1 if record.answer is None else len(found.get(entity, {}).keys() & set(faults))
        for entity, record in records.items()
    }


def _record(entity: str, key: str, attempts: int, text: str) -> Record:
    try:
        answer, repaired = parse_answer(text)
    except ValueError as error:
        return Record(entity, key, "failed", attempts, text, None, str(error))
    return Record(entity, key, "repaired" if repaired else "valid", attempts, text, answer)

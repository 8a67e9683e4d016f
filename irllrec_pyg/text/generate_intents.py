"""From prompts to a store of answers that survives whatever happens to the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

from accelerate import PartialState
from tqdm import tqdm

from .._io import write_json
from ..corpus import ReviewCorpus
from .answers.answer import IntentAnswer, parse_answer
from .prompts.corpus_prompts import item_prompts, user_prompts
from .llm.generator import IntentGenerator
from .prompts.prompt import Prompt, PromptWriter
from .answers.store import IntentStore, Record, answer_key

MANIFEST = "manifest.json"
OUTCOMES = ("valid", "repaired", "asked twice", "failed", "missing")


def generate_intents(
    corpus: ReviewCorpus, writer: PromptWriter, generator: IntentGenerator, store: IntentStore, progress: bool = True
) -> None:
    """Has a model state the intents of all items of a corpus, and then of all its users (Eq. 4 of `IRLLRec
    <https://arxiv.org/abs/2502.03307>`_).

    Args:
        corpus: Reviews and items.
        writer: Of the domain.
        generator: Asks the model.
        store: What is in it already is not asked again.
        progress: Whether to show progress, rate and time left, where there is a terminal. (default: ``True``)
    """
    answer_prompts(item_prompts(corpus, writer), generator, store, "items", progress)
    found = store.answers()
    answers = {item: _answer(found.get(f"item/{item}")) for item in corpus.data["item"].original_id}
    answer_prompts(user_prompts(corpus, writer, answers), generator, store, "users", progress)


def answer_prompts(
    prompts: Mapping[str, Prompt],
    generator: IntentGenerator,
    store: IntentStore,
    unit: str = "texts",
    progress: bool = True,
) -> None:
    """Asks a model what is not in the store yet, and leaves a record of every prompt there.

    Prompts run in batches of like length, the longest first. An answer that is not of the form that was asked for is
    repaired where that is possible; otherwise the prompt is asked once more, with sampling, and then recorded as failed
    with what the model wrote. Batches depend on what is missing alone: a run that was stopped, however it was, and
    resumed leaves the store that an undisturbed one leaves. Under ``accelerate launch`` the processes share the
    batches.

    Args:
        prompts: By entity.
        generator: Asks the model.
        store: Of this process.
        unit: What progress counts. (default: ``"texts"``)
        progress: Whether to show it, where there is a terminal. (default: ``True``)
    """
    state, started = generator.state, datetime.now(timezone.utc)
    keys = {
        entity: answer_key(prompt.digest, generator.revision, generator.decoding) for entity, prompt in prompts.items()
    }
    store.refresh()
    length = {entity: generator.length(prompts[entity]) for entity in store.missing(keys)}
    missing = sorted(length, key=lambda entity: (-length[entity], entity))
    state.wait_for_everyone()  # nobody writes before all have seen what is missing
    if state.is_main_process:
        store.set_current(keys)
    size = generator.batch_size
    batches = [missing[start : start + size] for start in range(0, len(missing), size)]
    own = batches[state.process_index :: state.num_processes]
    with tqdm(total=sum(map(len, own)), desc=unit, unit="text", disable=_hidden(progress, state)) as bar:
        for batch in own:
            store.add(_ask({entity: prompts[entity] for entity in batch}, keys, generator))
            bar.update(len(batch))
    state.wait_for_everyone()
    store.refresh()
    if state.is_main_process and missing:
        _write_manifest(store, generator, sorted({prompt.version for prompt in prompts.values()}), started)


def summary(store: IntentStore) -> dict[str, dict[str, int]]:
    """Of items and of users: how many there are, ``valid`` at the first try, ``repaired``, ``asked twice`` (valid or
    repaired then), ``failed``, ``missing``."""
    counts: dict[str, dict[str, int]] = {}
    for entity, record in store.answers().items():
        side = counts.setdefault(f"{entity.partition('/')[0]}s", dict.fromkeys(("all", *OUTCOMES), 0))
        side["all"] += 1
        side[_outcome(record)] += 1
    return counts


def _answer(record: Record | None) -> IntentAnswer | None:
    return None if record is None else record.answer


def _outcome(record: Record | None) -> str:
    if record is None:
        return "missing"
    if record.state == "failed":
        return "failed"
    return record.state if record.attempts == 1 else "asked twice"


def _ask(prompts: Mapping[str, Prompt], keys: Mapping[str, str], generator: IntentGenerator) -> list[Record]:
    texts = dict(zip(prompts, generator.generate(list(prompts.values())), strict=True))
    records = {entity: _record(entity, keys[entity], 1, text) for entity, text in texts.items()}
    again = {entity: prompts[entity] for entity, record in records.items() if record.state == "failed"}
    if again:
        seed = int(keys[next(iter(again))][:8], 16)
        texts = dict(zip(again, generator.generate(list(again.values()), sample=True, seed=seed), strict=True))
        records |= {entity: _record(entity, keys[entity], 2, text) for entity, text in texts.items()}
    return list(records.values())


def _record(entity: str, key: str, attempt: int, text: str) -> Record:
    try:
        answer, repaired = parse_answer(text)
    except ValueError as error:
        return Record(entity, key, "failed", attempt, text, None, str(error))
    return Record(entity, key, "repaired" if repaired else "valid", attempt, text, answer)


def _write_manifest(store: IntentStore, generator: IntentGenerator, prompts: list[str], started: datetime) -> None:
    file = store.folder / MANIFEST
    before = json.loads(file.read_text()) if file.is_file() else {}
    if before.get("revision") == generator.revision:  # a run that goes on, be it with users after items
        started = min(started, datetime.fromisoformat(before["started"]))
    content: dict[str, Any] = {
        "model": generator.name,
        "revision": generator.revision,
        "decoding": generator.decoding,
        "prompts": prompts,
        "device": f"{generator.state.num_processes} x {generator.state.device.type}",
        "versions": {name: version(name) for name in ("irllrec-pyg", "torch", "transformers", "accelerate")},
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "answers": summary(store),
    }
    write_json(file, content)


def _hidden(progress: bool, state: PartialState) -> bool | None:
    return None if progress and state.is_main_process else True  # None: only where there is a terminal

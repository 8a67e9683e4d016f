"""What the benchmarks of new users and new items share: rankers, features, and rows of results."""

import argparse
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from irllrec_pyg.data import set_features
from irllrec_pyg.ranking import Blend, Ranker, Standardized, bootstrap_interval, evaluate_users, paired_bootstrap
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.text import text_features

from . import results

TRAINER = {"lr": 5e-3, "batch_size": 16384, "by_user": True, "metric": "ndcg@20", "max_epochs": 60, "patience": 4}
KEY = ["dataset", "method", "metric", "seed"]


def recipes(dataset: str, epochs: int | None = None) -> dict[str, Recipe]:
    """The parts of the blend: settings that a search starts with, and EASE as in the preset of the dataset."""
    trainer = {**TRAINER, "eval_every": 1, "max_epochs": epochs or TRAINER["max_epochs"]}

    def backbone(layers: int, temperature: float) -> dict[str, Any]:
        objective = {"name": "softmax", "temperature": temperature}
        return {
            "name": "lightgcn",
            "embedding_dim": 128,
            "num_layers": layers,
            "l2_weight": 0.0,
            "objective": objective,
        }

    text = {"name": "text-ranking", "temperature": 0.1, "score_weight": 1.0, "hidden_channels": 192}
    return {
        "ease": Recipe.from_preset(dataset, "ease"),
        "lightgcn": Recipe(backbone(3, 0.15), trainer=trainer),
        "text-ranking": Recipe(backbone(2, 0.1), [text], trainer=trainer),
    }


def with_intents(data: HeteroData, args: argparse.Namespace) -> HeteroData:
    """The data with the features of its texts, where it has any."""
    if "text" in data["item"]:
        set_features(data, "intent", *text_features(data, args.encoder, args.out))
    return data


def with_words(data: HeteroData) -> HeteroData:
    """The data with word features, which depend on all texts together: those of held-out items must not be there."""
    return set_features(data, "words", *text_features(data, "tf-idf")) if "text" in data["item"] else data


def train(data: HeteroData, seed: int, methods: Sequence[str], args: argparse.Namespace) -> dict[str, Ranker]:
    """The rankers of some methods; ``blend`` is the mean of all others, standardised, and of those it trains."""
    found, known = {}, recipes(args.dataset, args.epochs)
    parts = [name for name in known if name != "text-ranking" or "intent" in data["item"]]
    for name in parts:
        if name in methods or "blend" in methods:
            found[name] = known[name].fit(data, seed, args.out, progress=False).ranker
    if "blend" in methods:
        found["blend"] = Blend([Standardized(ranker) for ranker in found.values()])
    return {name: ranker for name, ranker in found.items() if name in methods}


class Scores:
    """A ranker of given scores."""

    def __init__(self, scores: Tensor) -> None:
        self.scores, (self.num_users, self.num_items) = scores, scores.shape

    def score(self, user: Tensor) -> Tensor:
        """Rows of the scores."""
        return self.scores[user].clone()


def measure(scores: Tensor, label: Tensor, taken: Tensor | None, name: str) -> Tensor:
    """A metric of every row that has labels."""
    return evaluate_users(Scores(scores), label, taken, (20,)).values[f"{name}@20"]


def row(values: Tensor, **labels: Any) -> dict[str, Any]:
    """A row of results: a mean over users with its interval."""
    low, high = bootstrap_interval(values)
    return {**labels, "value": float(values.double().mean()), "low": low, "high": high, **results.about()}


def share(values: Tensor, reference: Tensor, **labels: Any) -> dict[str, Any]:
    """A row of results: a mean over users as a share of that of a reference, with the interval of the difference."""
    found, mean = paired_bootstrap(values, reference), float(reference.double().mean())
    low, high = 1 + found.low / mean, 1 + found.high / mean
    return {**labels, "value": 1 + found.difference / mean, "low": low, "high": high, **results.about()}


def rows_of(pairs: Tensor, nodes: Tensor, side: int) -> Tensor:
    """The pairs of some nodes, with their positions in place of their ids."""
    pairs = pairs.as_subclass(Tensor)
    position = torch.full((int(max(pairs[side].max(), nodes.max())) + 1,), -1)
    position[nodes] = torch.arange(nodes.numel())
    pairs = pairs.clone()
    pairs[side] = position[pairs[side]]
    return pairs[:, pairs[side] >= 0]


def keep(rows: list[dict[str, Any]], args: argparse.Namespace) -> None:
    """Writes rows, and prints them."""
    results.replace(rows, args.results, KEY)
    for one in rows:
        print(*(one[name] for name in KEY), f"{one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]", flush=True)

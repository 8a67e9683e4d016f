"""What is measured of a run: accuracy, lists, and groups of users and items. Metrics of each user lie beside the
results."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from irllrec_pyg._io import replacing
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import evaluate_item_groups, evaluate_lists, evaluate_users, mean_by_group, quantile_groups
from irllrec_pyg.recipes import Run

KEPT, SPARSE, MOST_USERS = ("recall@20", "ndcg@20"), "ndcg, sparsest fifth", 2000
_STEPS = 65535  # values of users are kept as 16-bit numbers


def metrics(run: Run) -> list[dict[str, Any]]:
    """One row per metric of the validation and of the test split, of the lists, and of groups on the test split."""
    found = {part: run.evaluate(part) for part in ("val", "test")} | {"lists": lists(run)} | groups(run)
    rows = [(*name.split("@"), part, value) for part, values in found.items() for name, value in values.items()]
    return [{"metric": name, "k": int(k), "split": part, "value": value} for name, k, part, value in rows]


def lists(run: Run) -> dict[str, float]:
    """Metrics of the lists of some users, of those who have at least 20 items left."""
    pairs, ranker = run.data[INTERACTS].edge_index.as_subclass(Tensor), run.ranker
    left = ranker.num_items - torch.bincount(pairs[0], minlength=ranker.num_users)
    user = (left >= 20).nonzero().squeeze(1)
    user = user[torch.randperm(user.numel(), generator=torch.Generator().manual_seed(0))[:MOST_USERS]]
    return evaluate_lists(ranker, pairs, 20, user) if user.numel() else {}


def groups(run: Run) -> dict[str, dict[str, float]]:
    """Recall@20 and NDCG@20 by fifths of users and of items, from those with the fewest training interactions, and by
    whether an item has a text."""
    pairs, ranker, found = run.data[INTERACTS], run.ranker, {}
    train, label = pairs.edge_index.as_subclass(Tensor), pairs.test_label_index
    of_items = {"items, fifth": quantile_groups(torch.bincount(train[1], minlength=ranker.num_items))}
    if "text" in run.data["item"]:
        of_items["items with text"] = torch.tensor(
            [bool(text and text.strip()) for text in run.data["item"].text]
        ).long()
    for name, group in of_items.items():
        for number, of_group in evaluate_item_groups(ranker, label, group, train, (20,)).items():
            found[f"test, {name} {number}"] = of_group.mean()
    for number, means in mean_by_group(evaluate_users(ranker, label, train, (20,)), fifths(run)).items():
        found[f"test, users, fifth {number}"] = means
    return {name: {key: means[key] for key in KEPT} for name, means in found.items()}


def fifths(run: Run) -> Tensor:
    """Fifth of every user who has test interactions, from those with the fewest training interactions."""
    pairs, num_users = run.data[INTERACTS], run.ranker.num_users
    user = pairs.test_label_index[0].unique()
    group = torch.full((num_users,), -1)
    group[user] = quantile_groups(torch.bincount(pairs.edge_index[0], minlength=num_users)[user])
    return group


def users(run: Run) -> dict[str, Tensor]:
    """Recall@20 and NDCG@20 of each user on the test split, and NDCG@20 of the sparsest fifth of them."""
    pairs = run.data[INTERACTS]
    found = evaluate_users(run.ranker, pairs.test_label_index, pairs.edge_index, (20,))
    recall, ndcg = (found.values[name].cpu() for name in KEPT)
    return {"recall": recall, "ndcg": ndcg, SPARSE: ndcg[fifths(run)[found.user.cpu()] == 0]}


def save_users(values: Mapping[str, Tensor], identity: str, folder: Path) -> None:
    """Keeps metrics of each user, between 0 and 1, beside the results, under the identity of their run."""
    steps = {name: value.double().mul(_STEPS).round().cpu().numpy().astype("uint16") for name, value in values.items()}
    with replacing(folder / "users" / f"{identity}.npz") as part, part.open("wb") as file:
        np.savez_compressed(file, **steps)


def load_users(identity: Any, folder: Path) -> dict[str, Tensor]:
    """Metrics of each user of a run, to the fifth digit; empty where they were not kept."""
    file = folder / "users" / f"{identity}.npz"
    if not file.is_file():
        return {}
    with np.load(file) as steps:
        return {name: torch.from_numpy(steps[name].astype("float64")) / _STEPS for name in steps}

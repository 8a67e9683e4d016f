"""Figure 3 of the paper: gains by the number of interactions of a user. Four groups of users hold about the same number
of training interactions each, the users with the fewest interactions first.

python -m benchmarks.sparsity --dataset lastfm --root DIR --backbone lightgcn --method base text-ranking rlmrec-con
"""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.recipes import Run

from . import drawing, results, runs
from .arguments import parse_training

RESULTS = results.FOLDER / "sparsity.csv"
GROUPS = 4


def groups_of(count: Tensor) -> Tensor:
    """Group of each user, 0 to 3, by the training interactions of each user, ``[M]``. Groups hold about the same number
    of interactions, and users with the same number are in the same group."""
    per_degree = torch.bincount(count) * torch.arange(int(count.max()) + 1)
    middle = per_degree.cumsum(0) - per_degree / 2
    return (middle / per_degree.sum() * GROUPS).long().clamp(max=GROUPS - 1)[count]


def by_group(run: Run) -> list[dict[str, Any]]:
    """Test metrics of each group, with its number of users and its largest number of interactions."""
    train, label, ranker = run.data[INTERACTS].edge_index, run.data[INTERACTS].test_label_index, run.ranker
    count = torch.bincount(train[0], minlength=ranker.num_users)
    group, rows = groups_of(count), []
    for number in group[label[0]].unique().tolist():
        held = label[:, group[label[0]] == number]
        about = {"group": number + 1, "users": held[0].unique().numel(), "most": int(count[group == number].max())}
        for name, value in evaluate(ranker, held, train, (20,)).items():
            rows.append({"metric": name.removesuffix("@20"), "k": 20, "split": "test", "value": value, **about})
    return rows


def main() -> None:
    """Runs what is missing, and draws."""
    args = parse_training(__doc__, RESULTS, method=["base", "text-ranking", "rlmrec-con"])
    cases = [runs.Case(name, method, {"variant": method}) for name, method in product(args.backbone, args.method)]
    found = runs.run(cases, args, by_group)
    table = runs.over_seeds(found, "backbone", "method", "group")
    sizes, backbones = found.drop_duplicates("group").set_index("group").sort_index(), table.index.unique("backbone")
    labels = [f"≤ {most}" for most in sizes["most"]]
    picture, axes = drawing.figure(1, len(backbones))
    for axis, backbone in zip(axes[0], backbones, strict=True):
        users = axis.twinx()
        users.bar(labels, sizes["users"], color="#d8d8d8", width=0.6)
        users.set_ylabel("users")
        axis.set_zorder(users.get_zorder() + 1)
        axis.patch.set_visible(False)
        panel = table.xs((backbone, "ndcg"), level=("backbone", "metric"))
        for color, method in zip(drawing.COLORS, panel.index.unique("method"), strict=False):
            drawing.points(axis, labels, panel.loc[method].sort_index(), color=color, marker="o", label=method)
        axis.set(xlabel="training interactions per user", ylabel="NDCG@20", title=f"{args.dataset}, {backbone}")
        axis.legend(frameon=False)
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

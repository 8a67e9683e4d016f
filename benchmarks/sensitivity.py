"""Figure 6 of the paper: IRLLRec over the weights of its three terms, one at a time, the others as in the paper's form.

python benchmarks/sensitivity.py --dataset lastfm --root DIR --backbone lightgcn --seeds 0 1 2
"""

from __future__ import annotations

from pathlib import Path

import study

RESULTS = Path(__file__).parent / "results" / "sensitivity.csv"
WEIGHTS = {"pairwise": r"$\lambda_1$", "translation": r"$\lambda_2$", "matching": r"$\lambda_3$"}


def main() -> None:
    """Runs what is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--values", type=float, nargs="+", default=[1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0])
    args = parser.parse_args()
    forms = {backbone: study.paper_form(args.dataset, backbone) for backbone in args.backbone}
    cases = [
        study.Case(backbone, "irllrec", f"{name}={value:g}", form | {f"enhancer.{name}_weight": value})
        for backbone, form in forms.items()
        for name in WEIGHTS
        for value in args.values
    ]
    results = study.run(RESULTS, cases, args)
    results[["weight", "at"]] = results["variant"].str.split("=", expand=True)
    table = study.over_seeds(results.assign(at=results["at"].astype(float)), ["backbone", "weight", "at"])
    print(table.round(4).to_string())
    made, axes = study.figure(2, len(WEIGHTS))
    for row, metric in enumerate(("recall", "ndcg")):
        for column, (name, symbol) in enumerate(WEIGHTS.items()):
            axis = axes[row, column]
            if column:
                axis.sharey(axes[row, 0])  # which weight matters more is to be seen
            for color, backbone in zip(study.COLORS, dict.fromkeys(table.index.get_level_values(0)), strict=False):
                values = table.xs((backbone, name, metric), level=("backbone", "weight", "metric")).sort_index()
                axis.errorbar(
                    values.index, values["mean"], values["std"], color=color, marker="o", capsize=3, label=backbone
                )
            axis.set_xscale("log")
            axis.set_xlabel(f"{symbol} ({name})")
            axis.set_ylabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.set_title(args.dataset)
            axis.grid(alpha=0.3)
    axes[0, 0].legend(frameon=False)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

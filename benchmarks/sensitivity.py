"""Figure 6 of the paper: IRLLRec over the weights of its three terms, one at a time, the others as in the preset.

python -m benchmarks.sensitivity --dataset lastfm --root DIR --backbone lightgcn --seeds 0 1 2

Rows of the method ``irllrec (residual)`` are older, see ``benchmarks.ablation``.
"""

from __future__ import annotations

from itertools import product

from . import drawing, results, runs
from .arguments import parse_training

RESULTS = results.FOLDER / "sensitivity.csv"
WEIGHTS = {"pairwise": r"$\lambda_1$", "translation": r"$\lambda_2$", "matching": r"$\lambda_3$"}


def main() -> None:
    """Runs what is missing, and draws."""
    args = parse_training(__doc__, RESULTS, values=[1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0])
    cases = [
        runs.Case(backbone, "irllrec", {"variant": f"{name}={value:g}"}, {f"enhancers.irllrec.{name}_weight": value})
        for backbone, name, value in product(args.backbone, WEIGHTS, args.values)
    ]
    found = runs.current(runs.run(cases, args))
    found[["weight", "at"]] = found["variant"].str.split("=", expand=True)
    table = runs.over_seeds(found.astype({"at": float}), "backbone", "weight", "at")
    picture, axes = drawing.figure(2, len(WEIGHTS))
    for (metric, name), axis in drawing.panels(axes, drawing.NAMES, WEIGHTS):
        for color, backbone in zip(drawing.COLORS, table.index.unique("backbone"), strict=False):
            line = table.xs((backbone, name, metric), level=("backbone", "weight", "metric")).sort_index()
            drawing.points(axis, line.index, line, color=color, marker="o", label=backbone)
        axis.sharey(axes[[*drawing.NAMES].index(metric), 0])  # so that the weights can be compared
        axis.set(xscale="log", xlabel=f"{WEIGHTS[name]} ({name})", ylabel=drawing.NAMES[metric], title=args.dataset)
        axis.grid(alpha=0.3)
    axes[0, 0].legend(frameon=False)
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

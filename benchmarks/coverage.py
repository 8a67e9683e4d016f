"""What a method gains from texts when only a share of the items has one.

python -m benchmarks.coverage --dataset lastfm --root DIR [--backbone lightgcn] [--method ranking-matching text-ranking]

Items that lose their text are drawn at random, and the features of users are means over the items that keep theirs.
The bare backbone reads no text; it is the line that the others are compared with.
"""

from collections.abc import Sequence
from copy import copy
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import CONTROLS, get_features, mean_of_items, set_features
from irllrec_pyg.seeding import stream_seed

from . import arguments, drawing, runs

SHARES = {1.0: "", 0.5: "half", 0.25: "quarter", 0.125: "eighth"}  # and the control that keeps them


def keep_share(data: HeteroData, names: Sequence[str], seed: int, share: float) -> HeteroData:
    """Copy of the data in which a share of the items, drawn at random, keeps its features."""
    result, count = copy(data), data["item"].num_nodes
    generator = torch.Generator().manual_seed(stream_seed(seed, 0, "share of items"))
    lost = torch.randperm(count, generator=generator)[round(share * count) :]
    for name in names:
        item = get_features(data, name)[1].index_fill(0, lost, 0.0)
        set_features(result, name, mean_of_items(data, item), item)
    return result


def draw(frame: pd.DataFrame, file: Path) -> None:
    """Draws the accuracy over the share of items with a text, one line per method."""
    table = runs.over_seeds(frame, "backbone", "name", "share")

    def panel(axis, backbone, metric):
        values = table.xs((backbone, metric), level=("backbone", "metric"))
        mean, std = values.loc["base"].iloc[0][["mean", "std"]]
        axis.axhspan(mean - std, mean + std, color="0.88", label="bare backbone")
        axis.axhline(mean, color="0.6")
        for color, name in zip(drawing.COLORS, values.index.unique("name").drop("base"), strict=False):
            line = values.loc[name].sort_index()
            drawing.points(axis, line.index, line, color=color, marker="o", label=name)
        axis.set(xscale="log", xlabel="share of items with a text", ylabel=drawing.NAMES[metric], title=backbone)
        axis.set_xticks([*SHARES], [f"{share:.0%}" if share > 0.2 else f"{share:.1%}" for share in SHARES])
        axis.minorticks_off()
        axis.grid(alpha=0.3)

    drawing.draw(file, table.index.unique("backbone"), drawing.NAMES, panel, legend="lower center")


def main() -> None:
    """Trains what is missing, prints means over seeds, and draws."""
    for share, control in SHARES.items():
        if control:
            CONTROLS.register(control)(partial(keep_share, share=share))
    args = arguments.parse_training(__doc__, "coverage", method=["ranking-matching", "text-ranking"])
    cases = [runs.Case(backbone, "base", {"name": "base", "share": 1.0}) for backbone in args.backbone]
    for backbone, (share, control), name in product(args.backbone, SHARES.items(), args.method):
        method = f"{name}-{control}" if control else name
        cases.append(runs.Case(backbone, method, {"name": name, "share": share}))
    draw(runs.run(cases, args), args.plot)


if __name__ == "__main__":
    main()

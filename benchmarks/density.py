"""Figure 1c of the paper: density of the items in three spaces, of interactions, of profiles (names and tags, where the
data has them) and of intents. Embeddings are projected onto the circle.

python -m benchmarks.density --dataset lastfm --root DIR --backbone lightgcn
"""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from scipy.stats import gaussian_kde
from torch import Tensor

from irllrec_pyg.nn import PrincipalAxes
from irllrec_pyg.text import TextEncoder

from . import arguments, drawing, results, runs

RESULTS = results.FOLDER / "density.csv"


def uniformity(embedding: Tensor, most: int = 4000) -> float:
    """Logarithm of the mean Gaussian potential of pairs at unit length (https://arxiv.org/abs/2005.10242); lower values
    mean that the embeddings fill their space more evenly."""
    x = F.normalize(embedding[:most], dim=-1)
    return float(F.pdist(x).square().mul(-2.0).exp().mean().log())


def main() -> None:
    """Trains, measures and draws: above, the density in the plane; below, the density of the angle."""
    args = arguments.parse_training(__doc__, RESULTS)
    backbone, seed, data = args.backbone[0], args.seeds[0], arguments.load(args)
    run, about = runs.fit(runs.Case(backbone, "base"), seed, data, args)
    spaces = {"interaction": run.ranker.item_embedding.cpu()}  # type: ignore[attr-defined]
    if "tags" in data["item"]:
        names = zip(data["item"].original_id, data["item"].tags, strict=True)
        profiles = [f"{name}: {', '.join(map(str, tags))}" for name, tags in names]
        spaces["profile"] = TextEncoder(args.encoder).encode(profiles)
    intents = runs.recipe(runs.Case(backbone, "irllrec"), args)[0].prepare(data, seed, args.out)
    spaces["intent"] = intents["item"].intent.float()
    key = {"dataset": args.dataset, "backbone": backbone, "seed": seed}
    rows = [{**key, "space": name, "uniformity": uniformity(x), **about} for name, x in spaces.items()]
    print(results.replace(rows, args.results, [*key])[["space", "uniformity"]].to_string(index=False))
    picture, axes = drawing.figure(2, len(spaces), width=3.2)
    grid, angles = np.linspace(-1.3, 1.3, 120), np.linspace(-np.pi, np.pi, 361)
    plane = np.stack(np.meshgrid(grid, grid)).reshape(2, -1)
    for (upper, lower), row, embedding in zip(axes.T, rows, spaces.values(), strict=True):
        circle = F.normalize(PrincipalAxes(embedding, 2)(embedding), dim=-1).cpu().numpy().T
        upper.contourf(grid, grid, gaussian_kde(circle, 0.08)(plane).reshape(120, 120), levels=20, cmap="GnBu")
        upper.set(aspect="equal", title=f"{row['space']}\nuniformity {row['uniformity']:.2f}")
        angle = np.arctan2(circle[1], circle[0])
        around = np.concatenate([angle - 2 * np.pi, angle, angle + 2 * np.pi])  # the circle has no ends
        lower.plot(angles, 3.0 * gaussian_kde(around, 0.03)(angles), color=drawing.COLORS[0])
        lower.set(xlabel="angle (rad)", ylabel="density", ylim=(0.0, None))
        lower.sharey(axes[1, 0])
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

"""Figure 1c of the paper: where items lie in three spaces, of interactions, of profiles (names and tags, where there
are any), and of intents. Embeddings are brought onto the circle, and their density is drawn.

python benchmarks/density.py --dataset lastfm --root DIR --backbone lightgcn
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch.nn.functional as F
from scipy.stats import gaussian_kde
from torch import Tensor

import runs
import study
from irllrec_pyg.nn import PrincipalAxes
from irllrec_pyg.text import TextEncoder
from irllrec_pyg.training import Trainer

RESULTS = Path(__file__).parent / "results" / "density.csv"
KEY = ["dataset", "backbone", "seed"]


def on_circle(embedding: Tensor) -> np.ndarray[Any, Any]:
    """The two main directions of embeddings, at unit length, ``[n, 2]``."""
    return F.normalize(PrincipalAxes(embedding, 2)(embedding), dim=-1).cpu().numpy()


def uniformity(embedding: Tensor, most: int = 4000) -> float:
    """Log of the mean Gaussian potential of pairs at unit length (https://arxiv.org/abs/2005.10242): the lower, the
    more evenly the embeddings fill their space."""
    x = F.normalize(embedding[:most], dim=-1)
    return float(F.pdist(x).square().mul(-2.0).exp().mean().log())


def spaces(backbone: str, seed: int, args: argparse.Namespace) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Embeddings of all items in each space."""
    fitted, about = runs.fit(backbone, "base", seed, args)
    assert isinstance(fitted, Trainer)
    data = runs.DATASETS[args.dataset](args.root)[0]
    texts = runs.with_texts(data, backbone, "irllrec", seed, args)
    found = {"interaction": fitted.encode().item.cpu()}
    if "tags" in data["item"]:
        names = zip(data["item"].original_id, data["item"].tags, strict=True)
        found["profile"] = TextEncoder(args.encoder).encode(
            [f"{name}: {', '.join(map(str, tags))}" for name, tags in names]
        )
    found["intent"] = texts["item"].intent.float()
    return found, about


def main() -> None:
    """Trains, measures and draws."""
    args = study.parser(__doc__, RESULTS).parse_args()
    if args.root is None:
        raise SystemExit("give the folder of the data with --root")
    backbone, seed = args.backbone[0], args.seeds[0]
    found, about = spaces(backbone, seed, args)
    rows = [
        {
            "dataset": args.dataset,
            "backbone": backbone,
            "seed": seed,
            "space": name,
            "uniformity": uniformity(x),
            **about,
        }
        for name, x in found.items()
    ]
    if (args.dataset, backbone, str(seed)) not in runs.read(RESULTS, KEY)[1]:
        runs.append(rows, RESULTS)
    draw(found, pd.DataFrame(rows).set_index("space")["uniformity"], args)


def draw(found: dict[str, Tensor], uniformity: pd.Series, args: argparse.Namespace) -> None:
    """Above, the density in the plane; below, that of the angle."""
    made, axes = study.figure(2, len(found), width=3.2)
    grid = np.linspace(-1.3, 1.3, 120)
    plane = np.stack(np.meshgrid(grid, grid)).reshape(2, -1)
    angles = np.linspace(-np.pi, np.pi, 361)
    for column, (name, embedding) in enumerate(found.items()):
        points = on_circle(embedding)
        axes[0, column].contourf(
            grid, grid, gaussian_kde(points.T, 0.08)(plane).reshape(120, 120), levels=20, cmap="GnBu"
        )
        axes[0, column].set_aspect("equal")
        axes[0, column].set_title(f"{name}\nuniformity {uniformity[name]:.2f}")
        angle = np.arctan2(points[:, 1], points[:, 0])
        around = np.concatenate([angle - 2 * np.pi, angle, angle + 2 * np.pi])  # the circle has no ends
        axes[1, column].plot(angles, 3.0 * gaussian_kde(around, 0.03)(angles), color=study.COLORS[0])
        axes[1, column].set_xlabel("angle (rad)")
        axes[1, column].set_ylabel("density")
        axes[1, column].set_ylim(bottom=0.0)
        axes[1, column].sharey(axes[1, 0])
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

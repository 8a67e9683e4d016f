"""Choices on the validation split: a grid of settings around a preset. The test split is never read.

python benchmarks/tune.py --dataset amazon-movie --root DIR --backbone ease --grid backbone.l2_weight=50,100,200
python benchmarks/tune.py --dataset amazon-movie --root DIR --backbone strong \\
    --grid backbone.num_layers=1,2,3 backbone.objective.temperature=0.08,0.1 trainer.lr=0.002

python benchmarks/tune.py --dataset lastfm --root DIR --backbone lightgcn --method irllrec \\
    --grid enhancer.pairwise_weight=0.01,0.1

Settings that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import torch

import runs
from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, STANDALONE
from irllrec_pyg.training import Trainer

RESULTS = Path(__file__).parent / "results" / "tune.csv"
KEY = ["dataset", "backbone", "method", "settings", "seed"]


def grid(texts: list[str]) -> list[dict[str, Any]]:
    """All combinations of ``part.name=value,value`` texts; values are JSON, or strings where they are not."""
    axes = []
    for text in texts:
        name, _, values = text.partition("=")
        if not values or name.partition(".")[0] not in ("backbone", "enhancer", "blend", "trainer", "warm_start"):
            raise SystemExit(
                f"--grid {text!r}: write backbone.NAME=VALUE,VALUE, or enhancer., blend. or trainer.NAME likewise; or "
                "warm_start=true,false"
            )
        axes.append([(name, _value(value)) for value in values.split(",")])
    return [dict(combination) for combination in itertools.product(*axes)]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def main() -> None:
    """Runs what is missing of the grid."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=runs.DATASETS, default="amazon-movie")
    parser.add_argument("--root", type=Path, required=True, help="folder of the data")
    parser.add_argument("--backbone", default="strong", choices=[*BACKBONES, *CLOSED_FORMS, *STANDALONE, "strong"])
    runs.add_method(parser, several=False)
    parser.add_argument("--grid", nargs="+", default=[], metavar="NAME=VALUES", help="what to try, all combinations")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=300, help="the most epochs, where the preset does not say")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), help="where encoded texts and trained backbones are kept"
    )
    args = parser.parse_args()
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    data = runs.DATASETS[args.dataset](args.root)[0]
    enhancer = runs.enhancer_of(args.method)
    preset = runs.preset_of(args.dataset, args.backbone, args.method)
    texts = runs.with_texts(data, args.backbone, args.method, args.seed, args)
    for settings in grid(args.grid):
        tried = runs.override(preset, settings)
        tried["trainer"] = {"max_epochs": args.epochs} | tried["trainer"]
        text = json.dumps(tried, sort_keys=True)  # all of them: the preset may change
        if (args.dataset, args.backbone, args.method, text, str(args.seed)) in runs.read(RESULTS, KEY)[1]:
            print(f"{settings}: done already")
            continue
        started = time.perf_counter()
        start = runs.trained(args.backbone, args.seed, args) if tried["warm_start"] else None
        fitted = runs.prepare(tried, data, enhancer, args.seed, texts, start)
        epoch = fitted.fit().best_epoch if isinstance(fitted, Trainer) else 0
        seconds, found = time.perf_counter() - started, fitted.evaluate("val")
        row = {"dataset": args.dataset, "backbone": args.backbone, "method": args.method}
        row |= {"settings": text, "seed": args.seed, "text": runs.text_of(args.backbone, args.method, args)}
        row |= {name: round(found[name], 5) for name in ("recall@20", "ndcg@20")}
        runs.append([{**row, "epoch": epoch, "seconds": round(seconds, 1), **runs.about(fitted)}], RESULTS)
        print(f"{settings}: recall@20 {row['recall@20']}, ndcg@20 {row['ndcg@20']}", flush=True)


if __name__ == "__main__":
    main()

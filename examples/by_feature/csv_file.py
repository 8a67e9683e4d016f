"""A table of your own in place of the synthetic data.

python examples/by_feature/csv_file.py ratings.csv --columns user=reviewer item=product

The table has one interaction per row. Usual names of columns are recognised; --columns names others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from irllrec_pyg.models import LightGCN
from irllrec_pyg.recommender import recommend
from irllrec_pyg.search import load_data
from irllrec_pyg.training import Trainer


def main() -> None:
    """Trains, evaluates, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="csv, tsv, parquet or jsonl file")
    parser.add_argument("--columns", nargs="+", default=[], metavar="OURS=THEIRS", help="names of your columns")
    parser.add_argument("--epochs", type=int, default=30, help="largest number of epochs")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything that is random")
    args = parser.parse_args()

    # Data: interactions in three splits
    columns = dict(pair.split("=", 1) for pair in args.columns)
    data = load_data(args.table, args.seed, columns, progress=print)
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes

    # Model
    torch.manual_seed(args.seed)
    model = LightGCN(num_users, num_items, embedding_dim=32)

    # Training, with early stopping on the validation split
    trainer = Trainer(model, data, lr=1e-2, max_epochs=args.epochs, seed=args.seed)
    result = trainer.fit()
    print(f"best epoch {result.best_epoch} of {result.epoch}")

    # Evaluation on the test split
    metrics = trainer.evaluate("test")
    print(f"recall@20 {metrics['recall@20']:.4f}, ndcg@20 {metrics['ndcg@20']:.4f}")

    # Recommendations in original ids
    ranker = trainer.ranker()
    users = data["user"].original_id[:3]
    print(recommend(ranker, data, users, k=3).to_string(index=False))


if __name__ == "__main__":
    main()

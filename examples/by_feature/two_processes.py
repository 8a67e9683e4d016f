"""Two processes that share the work of every step.

torchrun --nproc_per_node 2 examples/by_feature/two_processes.py --epochs 30

The result is that of one process, up to rounding. Each process runs this script; one of them prints.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from accelerate import Accelerator

from irllrec_pyg.datasets import SyntheticMovies
from irllrec_pyg.models import LightGCN
from irllrec_pyg.recommender import recommend
from irllrec_pyg.training import Trainer


def main() -> None:
    """Trains, evaluates, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path("runs/synthetic"), help="folder of the data")
    parser.add_argument("--epochs", type=int, default=30, help="largest number of epochs")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything that is random")
    args = parser.parse_args()

    # Data: interactions in three splits, written by one process
    accelerator = Accelerator(cpu=not torch.accelerator.is_available())
    with accelerator.main_process_first():
        data = SyntheticMovies(args.root)[0]
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes

    # Model
    torch.manual_seed(args.seed)
    model = LightGCN(num_users, num_items, embedding_dim=32)

    # Training, with early stopping on the validation split
    trainer = Trainer(model, data, lr=1e-2, max_epochs=args.epochs, seed=args.seed, accelerator=accelerator)
    result = trainer.fit()
    accelerator.print(f"best epoch {result.best_epoch} of {result.epoch}")

    # Evaluation on the test split
    metrics = trainer.evaluate("test")
    accelerator.print(f"recall@20 {metrics['recall@20']:.4f}, ndcg@20 {metrics['ndcg@20']:.4f}")

    # Recommendations in original ids
    ranker = trainer.ranker()
    users = data["user"].original_id[:3]
    accelerator.print(recommend(ranker, data, users, k=3).to_string(index=False))


if __name__ == "__main__":
    main()

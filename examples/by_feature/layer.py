"""A layer of the package in a model of your own: IntentConv and PrototypeAttention.

python examples/by_feature/layer.py --epochs 30

The convolution weights each edge by how well the intents of its two nodes agree.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.datasets import SyntheticMovies
from irllrec_pyg.models import Encoding, LightGCN
from irllrec_pyg.nn import IntentConv, PrototypeAttention
from irllrec_pyg.recommender import recommend
from irllrec_pyg.training import Trainer


class IntentGCN(LightGCN):
    """LightGCN, plus a convolution along the edges on which intents agree."""

    def __init__(self, num_users: int, num_items: int, embedding_dim: int = 32) -> None:
        super().__init__(num_users, num_items, embedding_dim)
        self.attention, self.masked = PrototypeAttention(embedding_dim, 16), IntentConv()

    def encode(self, graph: JointGraph, embedding: torch.Tensor | None = None) -> Encoding:
        """Embeddings of users and items."""
        encoding = super().encode(graph, embedding)
        x = torch.cat([encoding.user, encoding.item])
        return Encoding(*self.split(x + self.masked(x, self.attention(x), graph.edge_index)), encoding.layers)


def main() -> None:
    """Trains, evaluates, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path("runs/synthetic"), help="folder of the data")
    parser.add_argument("--epochs", type=int, default=30, help="largest number of epochs")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything that is random")
    args = parser.parse_args()

    # Data: interactions in three splits
    data = SyntheticMovies(args.root)[0]
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes

    # Model
    torch.manual_seed(args.seed)
    model = IntentGCN(num_users, num_items, embedding_dim=32)

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

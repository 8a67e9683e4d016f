"""Training on sampled neighbors, in PyG's own loop: a step reads the nodes around its batch, not the whole graph.

python examples/large_data/neighbor_sampling.py --epochs 20

Choose it where a step over the whole graph takes too long or does not fit. Only the embeddings of the sampled nodes are
changed by a step. The layers are those of irllrec_pyg, the loader is PyG's. It needs pyg-lib or torch-sparse, see
https://pytorch-geometric.readthedocs.io/en/latest/install/installation.html
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
import torch_geometric.typing
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.loader import LinkNeighborLoader
from torch_geometric.sampler import NegativeSampling
from torch_geometric.utils import to_undirected

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import SyntheticMovies
from irllrec_pyg.losses import bpr_loss
from irllrec_pyg.nn import IntentConv, PrototypeAttention
from irllrec_pyg.ranking import EmbeddingRanker, evaluate


class SampledIntentGCN(nn.Module):
    """Convolutions along the edges on which intents agree, over any part of the graph."""

    def __init__(self, num_nodes: int, channels: int, num_layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_nodes, channels, sparse=True)
        self.attention, self.conv, self.num_layers = PrototypeAttention(channels, 16), IntentConv(), num_layers
        nn.init.xavier_uniform_(self.embedding.weight)

    def forward(self, node: Tensor, edge_index: Tensor) -> Tensor:
        """Embeddings of some nodes; edges name their places among these nodes."""
        x = total = self.embedding(node)
        intent = self.attention(x)
        for _ in range(self.num_layers):
            x = self.conv(x, intent, edge_index)
            total = total + x
        return total / (self.num_layers + 1)


def train(model: SampledIntentGCN, loader: LinkNeighborLoader, optimizers: list[torch.optim.Optimizer]) -> float:
    """An epoch; returns the mean loss."""
    model.train()
    total = 0.0
    for batch in loader:
        x = model(batch.n_id, batch.edge_index)
        loss = bpr_loss(x[batch.src_index], x[batch.dst_pos_index], x[batch.dst_neg_index])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        total += float(loss.detach())
    return total / len(loader)


@torch.no_grad()
def test(model: SampledIntentGCN, graph: Data, num_users: int, held_out: Tensor, known: Tensor) -> dict[str, float]:
    """Metrics on held-out pairs; the whole graph is read once, without gradients."""
    model.eval()
    x = model(torch.arange(graph.num_nodes), graph.edge_index)
    return evaluate(EmbeddingRanker(x[:num_users], x[num_users:]), held_out, exclude=known)


def main() -> None:
    """Trains and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path("runs/synthetic"), help="folder of the data")
    parser.add_argument("--epochs", type=int, default=20, help="number of epochs")
    args = parser.parse_args()
    if not (torch_geometric.typing.WITH_PYG_LIB or torch_geometric.typing.WITH_TORCH_SPARSE):
        sys.exit("neighbor sampling needs the package pyg-lib or torch-sparse; install the one built for your torch")

    # Data: one numbering for all nodes, and edges in both directions
    torch.manual_seed(0)
    data = SyntheticMovies(args.root)[0]
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    known = data[INTERACTS].edge_index
    pairs = known + torch.tensor([[0], [num_users]])
    graph = Data(edge_index=to_undirected(pairs), num_nodes=num_users + num_items)

    # Each pair with one negative item, and ten neighbors of each node in each of two hops
    of_items = torch.cat([torch.zeros(num_users), torch.ones(num_items)])
    negative = NegativeSampling("triplet", amount=1, dst_weight=of_items)
    loader = LinkNeighborLoader(
        graph, [10, 10], edge_label_index=pairs, neg_sampling=negative, batch_size=512, shuffle=True
    )
    model = SampledIntentGCN(graph.num_nodes, channels=32, num_layers=2)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.SparseAdam(model.embedding.parameters(), lr=1e-2),
        torch.optim.Adam(model.attention.parameters(), lr=1e-2),
    ]
    for epoch in range(1, args.epochs + 1):
        loss = train(model, loader, optimizers)
        if epoch % 5 == 0 or epoch == args.epochs:
            recall = test(model, graph, num_users, data[INTERACTS].val_label_index, known)["recall@20"]
            print(f"epoch {epoch:3d}  loss {loss:.4f}  validation recall@20 {recall:.4f}")
    metrics = test(model, graph, num_users, data[INTERACTS].test_label_index, known)
    print(f"recall@20 {metrics['recall@20']:.4f}, ndcg@20 {metrics['ndcg@20']:.4f}")


if __name__ == "__main__":
    main()

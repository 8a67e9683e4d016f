"""IntentConv and PrototypeAttention in your own PyG model.

A link predictor for the synthetic movies in plain PyG, with two layers and a loss of irllrec_pyg.
"""

import torch
from torch import nn
from torch_geometric import EdgeIndex
from torch_geometric.nn import LGConv
from torch_geometric.utils import to_undirected

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import SyntheticMovies
from irllrec_pyg.losses import bpr_loss
from irllrec_pyg.nn import IntentConv, PrototypeAttention


class MyModel(nn.Module):
    """A plain convolution, plus one that weights each edge by how well the intents of its nodes agree."""

    def __init__(self, num_nodes: int, channels: int, num_intents: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_nodes, channels)
        self.attention = PrototypeAttention(channels, num_intents)
        self.plain, self.masked = LGConv(), IntentConv()
        nn.init.xavier_uniform_(self.embedding.weight)

    def forward(self, edge_index: EdgeIndex) -> torch.Tensor:
        """Node embeddings."""
        x = self.embedding.weight
        intent = self.attention(x)
        return x + self.plain(x, edge_index) + self.masked(x, intent, edge_index)

    def edge_weights(self, edge_index: EdgeIndex) -> torch.Tensor:
        """Weight of each edge among those of its target node."""
        return self.masked.edge_mask(self.attention(self.embedding.weight), edge_index)


def train(
    model: MyModel, optimizer: torch.optim.Optimizer, edge_index: EdgeIndex, pairs: torch.Tensor, num_users: int
) -> float:
    """One step on all training pairs, each with a random movie as the negative."""
    model.train()
    optimizer.zero_grad()
    x = model(edge_index)
    user, item = pairs
    negative = torch.randint(num_users, x.size(0), user.shape)
    loss = bpr_loss(x[user], x[item], x[negative])
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@torch.no_grad()
def test(model: MyModel, edge_index: EdgeIndex, train: torch.Tensor, held_out: torch.Tensor, num_users: int) -> float:
    """Share of held-out movies among each user's top 20."""
    model.eval()
    x = model(edge_index)
    score = x[:num_users] @ x[num_users:].t()
    score[train[0], train[1] - num_users] = -torch.inf
    top = score.topk(20).indices
    return float((top[held_out[0]] == held_out[1][:, None]).any(dim=1).float().mean())


def main(root: str = "runs/synthetic", epochs: int = 50) -> None:
    """Trains and prints."""
    torch.manual_seed(0)
    data = SyntheticMovies(root)[0]
    num_users, num_nodes = data["user"].num_nodes, data["user"].num_nodes + data["item"].num_nodes
    pairs = data[INTERACTS].edge_index + torch.tensor([[0], [num_users]])  # one numbering for all nodes
    edge_index = EdgeIndex(to_undirected(pairs), sparse_size=(num_nodes, num_nodes)).sort_by("col").values

    model = MyModel(num_nodes, channels=32, num_intents=16)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, epochs + 1):
        loss = train(model, optimizer, edge_index, pairs, num_users)
        if epoch % 10 == 0:
            hit = test(model, edge_index, pairs, data[INTERACTS].val_label_index, num_users)
            print(f"epoch {epoch:3d}  loss {loss:.4f}  validation hit@20 {hit:.4f}")
    mask = model.edge_weights(edge_index)
    incoming = edge_index.as_tensor()[1] == 0
    best = edge_index.as_tensor()[0, incoming][mask[incoming].argmax()] - num_users
    print(f"the movie with the largest weight for user 0: {data['item'].text[int(best)].split('.')[0]}")


if __name__ == "__main__":
    main()

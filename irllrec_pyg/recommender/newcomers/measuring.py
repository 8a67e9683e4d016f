"""What weights of newcomers are chosen by: known users whose validation items are to be found."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.metrics import LinkPredNDCG
from torch_geometric.metrics.link_pred import LinkPredMetricData

from ...data import INTERACTS
from ...ranking import UserItemIndex

#: Length of the lists that are measured.
CUT = 20


@dataclass(frozen=True)
class HeldOutUsers:
    """Known users who stand for new ones: their training items are given, and their validation items are to be found.

    Args:
        user: Node ids of the users, ``[n]``.
        history: Training items of each user.
        label: (row, item) pairs of their validation items, ``[2, L]``.
        num_items: :math:`N`.

    Examples:
        >>> held_out = HeldOutUsers(torch.tensor([7]), [torch.tensor([0])], torch.tensor([[0], [2]]), num_items=3)
        >>> held_out.ndcg(torch.tensor([[9.0, 1.0, 2.0]]))
        1.0
    """

    user: Tensor
    history: list[Tensor]
    label: Tensor
    num_items: int

    @classmethod
    def draw(cls, data: HeteroData, most: int = 400, seed: int = 0) -> HeldOutUsers:
        """Draws users who have training and validation items.

        Args:
            data: The data object.
            most: Largest number of users. (default: ``400``)
            seed: Seed of the draw. (default: ``0``)
        """
        sizes = data["user"].num_nodes, data["item"].num_nodes
        train = UserItemIndex(data[INTERACTS].edge_index.cpu(), *sizes)
        val = UserItemIndex(data[INTERACTS].val_label_index.cpu(), *sizes)
        user = ((train.ptr.diff() > 0) & (val.ptr.diff() > 0)).nonzero().squeeze(1)
        if user.numel() > most:
            order = torch.randperm(user.numel(), generator=torch.Generator().manual_seed(seed))
            user = user[order[:most].sort().values]
        row, item = train.lookup(user)
        history = list(item.split(torch.bincount(row, minlength=user.numel()).tolist())) if user.numel() else []
        return cls(user, history, torch.stack(val.lookup(user)), sizes[1])

    def shortened(self, size: int | None, seed: int = 0) -> list[Tensor]:
        """Some items of each history, drawn at random.

        Args:
            size: Largest number of items; :obj:`None` for all.
            seed: Seed of the draw. (default: ``0``)
        """
        generator = torch.Generator().manual_seed(seed)
        return [item[torch.randperm(item.numel(), generator=generator)[:size]] for item in self.history]

    def ndcg(self, scores: Tensor) -> float:
        """NDCG@20 of the validation items. Training items are left out of the lists.

        Args:
            scores: Scores of all items for these users, ``[n, N]``.
        """
        return ndcg(self.without_history(scores), self.label)

    def without_history(self, scores: Tensor) -> Tensor:
        """Copy of scores in which those of training items are minus infinity.

        Args:
            scores: Scores of all items for these users, ``[n, N]``.
        """
        row = torch.arange(len(self.history)).repeat_interleave(torch.tensor([len(item) for item in self.history]))
        return scores.index_put((row, torch.cat(self.history)), scores.new_tensor(-torch.inf))


def ndcg(scores: Tensor, label: Tensor, item: Tensor | None = None) -> float:
    """NDCG@20, averaged over the rows that have labels.

    Args:
        scores: Scores, ``[n, C]``.
        label: (row, item) pairs to find, ``[2, L]``.
        item: The item of each score, ``[n, C]``. (default: the columns)

    Examples:
        >>> ndcg(torch.tensor([[1.0, 3.0, 2.0], [0.0, 0.0, 0.0]]), torch.tensor([[0], [1]]))
        1.0
    """
    row, inverse = label[0].unique(return_inverse=True)
    if not row.numel():
        return 0.0
    cut = min(CUT, scores.size(1))
    best = scores[row].topk(cut, dim=1)
    found = best.indices if item is None else item[row].gather(1, best.indices)
    found = found.masked_fill(best.values == -torch.inf, int(max(found.max(), label[1].max())) + 1)  # no item
    values = LinkPredNDCG(k=cut)._compute(LinkPredMetricData(found, torch.stack([inverse, label[1]])))
    return float(values.double().mean())

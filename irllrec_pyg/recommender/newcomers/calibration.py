"""Scale and offset with which new items compete with known ones."""

from __future__ import annotations

import torch
from torch import Tensor

from .measuring import CUT, HeldOutUsers, ndcg

SCALES = (1.0, 1.5, 2.0, 3.0)
OFFSETS = (-3.0, -2.0, -1.5, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0)
_DRAWS = 10


def calibrate(
    held_out: HeldOutUsers, score: Tensor, item: Tensor, predicted: Tensor, max_loss: float, count: int
) -> tuple[float, float]:
    """Chooses a scale and an offset for predicted scores: those with which lists in which some of the items are new
    have the highest NDCG@20, as long as that of the known items falls by no more than a given share. Both
    are means over several draws of the new items.

    Args:
        held_out: Users whose validation items are to be found.
        score: Standardised scores of all items for these users, ``[n, N]``.
        item: Items that stand for new ones, ``[C]``.
        predicted: Their scores as new items, ``[n, C]``.
        max_loss: The share.
        count: Number of items that are new at a time.

    Returns:
        The scale and the offset. Where every choice costs too much, the one that costs the least.

    Examples:
        >>> held_out = HeldOutUsers(torch.arange(1), [torch.tensor([0])], torch.tensor([[0], [3]]), num_items=4)
        >>> score = torch.tensor([[0.0, 1.0, 2.0, -3.0]])
        >>> calibrate(held_out, score, torch.tensor([3]), torch.tensor([[2.0]]), max_loss=0.0, count=1)
        (1.0, 0.25)
    """
    draws = []
    for draw in range(_DRAWS):
        column = torch.randperm(item.numel(), generator=torch.Generator().manual_seed(draw))[:count]
        draws.append(_values(held_out, score, item[column], predicted[:, column], max_loss))
    found = torch.stack(draws)
    value, spare = found[:, 0].mean(dim=0), found[:, 1].mean(dim=0)
    value = value.masked_fill(spare < 0, -torch.inf) if bool((spare >= 0).any()) else spare
    row, place = divmod(int(value.argmax()), len(OFFSETS))
    return SCALES[row], OFFSETS[place]


def _values(held_out: HeldOutUsers, score: Tensor, item: Tensor, predicted: Tensor, max_loss: float) -> Tensor:
    """NDCG@20 of lists with new items, and how far that of the known items is above the lowest that is allowed."""
    known = held_out.without_history(score).index_fill(1, item, -torch.inf).topk(min(CUT, score.size(1)), dim=1)
    items = torch.cat([known.indices, item.expand(len(predicted), -1)], dim=1)
    label = held_out.label[:, ~torch.isin(held_out.label[1], item)]
    lowest = (1.0 - max_loss) * ndcg(known.values, label, known.indices)
    taken = held_out.without_history(torch.zeros_like(score))[:, item]

    def both(scale: float, offset: float) -> tuple[float, float]:
        # Nobody has taken a new item, so that in real lists those which users took here are among the others.
        new = offset + scale * predicted
        lists, real = (torch.cat([known.values, scores], dim=1) for scores in (new + taken, new))
        return ndcg(lists, held_out.label, items), ndcg(real, label, items) - lowest

    values = [[both(scale, offset) for offset in OFFSETS] for scale in SCALES]
    return torch.tensor(values, dtype=torch.double).permute(2, 0, 1)

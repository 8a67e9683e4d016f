"""How new items are placed among known ones, learned from known items that are held out."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import INTERACTS
from ...ranking import Ranker, UserItemIndex, device_of
from ...ranking.standardized import standardize
from .calibration import calibrate
from .item_mixing import TextMixing, UserMixing
from .measuring import HeldOutUsers, ndcg

_MOST_ELEMENTS, _MOST_ITEMS = 30_000_000, 1_000
_RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_FEW = (1, 3, 5, 10)
_HALVES = (3.0, 10.0, 30.0, 100.0)
_SHARE = 0.1  # of the items that have a text, which are new at a time
_USUAL_DEVIATION = 0.5  # of predicted scores


class ItemPlacing:
    r"""How new items are placed among known ones: what is learned from known items that are held out one at a time, and
    measured on the validation items of some users.

    - The ridge of :class:`TextMixing` is the one that ranks held-out items best among each other.
    - A new item with :math:`n` interactions mixes the weights of its text and those of its users
      (:class:`UserMixing`), with the weight :math:`n / (n + n_0)` for the latter.
    - Predicted scores vary less than others, so that new items would hardly ever come first. A scale and an offset are
      chosen with which lists are best in which a tenth of the items that have a text is new, as long as the known items
      lose no more than ``max_loss``.

    Args:
        ranker: The ranker.
        data: The data object.
        text: Texts of the items as vectors, ``[N, D]``; zeros where there is no text.
        max_loss: Largest share of the known items' NDCG@20 that new items may cost. (default: ``0.002``)

    Attributes:
        ridge: Ridge of the texts.
        half: :math:`n_0`, the number of interactions that count as much as the text.
        user_scale: Factor of the weights of users.
        scale: Factor of predicted scores.
        offset: Offset of predicted scores, in deviations of the user's scores.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> placing = ItemPlacing(EASE.from_data(data), data, data["item"].intent)
        >>> placing.mixing(placing.text[:1], [torch.tensor([], dtype=torch.long)]).shape
        torch.Size([20, 1])
    """

    def __init__(self, ranker: Ranker, data: HeteroData, text: Tensor, max_loss: float = 0.002) -> None:
        self.ranker, self.text, self.max_loss = ranker, text, max_loss
        self._text, self._users = TextMixing(text), UserMixing(data)
        self.ridge, self.half, self.user_scale, self.scale, self.offset = 3.0, 10.0, 1.0, 1.0, 0.0
        sizes = data["user"].num_nodes, data["item"].num_nodes
        held_out = HeldOutUsers.draw(data, most=max(100, min(2_000, _MOST_ELEMENTS // sizes[1])))
        item = text.ne(0).any(dim=1).nonzero().squeeze(1)
        item = item if item.numel() else torch.arange(sizes[1])
        order = torch.randperm(item.numel(), generator=_generator())
        self._item, self._count = item[order[:_MOST_ITEMS]], max(1, round(_SHARE * item.numel()))
        if held_out.label.numel() and self._item.numel() > 1:
            self._learn(held_out, UserItemIndex(data[INTERACTS].edge_index.cpu().flip(0), *sizes[::-1]))

    def mixing(self, text: Tensor, users: list[Tensor]) -> Tensor:
        """Weights by which known items predict new ones, ``[N, m]``, with the scale.

        Args:
            text: Texts of the new items as vectors of the space, ``[m, D]``; zeros where there is no text.
            users: Users who took each of them.
        """
        by_text, by_users = self._text.weights(text, self.ridge), self._users.weights(users)
        return self.scale * self._blend(by_text, by_users, users, text.ne(0).any(dim=1))

    def _blend(self, by_text: Tensor, by_users: Tensor, users: list[Tensor], has_text: Tensor) -> Tensor:
        count = torch.tensor([float(user.numel()) for user in users])
        share = torch.where(has_text, count / (count + self.half), torch.ones(()))
        return (1.0 - share) * by_text + share * self.user_scale * by_users

    def _learn(self, held_out: HeldOutUsers, takers: UserItemIndex) -> None:
        tiles = [standardize(self.ranker.score(part.to(device_of(self.ranker)))) for part in held_out.user.split(512)]
        score, item = torch.cat(tiles).cpu(), self._item
        label, taken = _columns(held_out.label, item, held_out.num_items), self._taken(held_out)

        def value(weight: Tensor) -> float:
            return ndcg((score @ weight).masked_fill(taken, -torch.inf), label)

        self.ridge = max(_RIDGES, key=lambda ridge: value(self._text.left_out(item, ridge)))
        by_text = self._text.left_out(item, self.ridge)
        row, user = takers.lookup(item)
        users = list(user.split(torch.bincount(row, minlength=item.numel()).tolist()))
        few = [[some[torch.randperm(some.numel(), generator=_generator())[:n]] for some in users] for n in _FEW]
        by_users = [self._users.weights(some, item) for some in few]
        has_text = bool(self.text.any())
        wanted = (score @ by_text).std() if has_text else torch.tensor(_USUAL_DEVIATION)
        self.user_scale = float(wanted / (score @ by_users[-1]).std().clamp(min=1e-6))
        values = {}
        for half in _HALVES:
            self.half, everywhere = half, torch.full((item.numel(),), has_text)
            blends = [self._blend(by_text, one, some, everywhere) for one, some in zip(by_users, few, strict=True)]
            values[half] = sum(map(value, blends))
        self.half = max(values, key=lambda half: values[half])
        predicted = score @ (by_text if has_text else self.user_scale * by_users[1])
        self.scale, self.offset = calibrate(held_out, score, self._item, predicted, self.max_loss, self._count)

    def _taken(self, held_out: HeldOutUsers) -> Tensor:
        """Which of the items that are held out each user took in training."""
        row = torch.arange(len(held_out.history)).repeat_interleave(torch.tensor([*map(len, held_out.history)]))
        pairs = _columns(torch.stack([row, torch.cat(held_out.history)]), self._item, held_out.num_items)
        taken = torch.zeros(len(held_out.history), self._item.numel(), dtype=torch.bool)
        taken[pairs[0], pairs[1]] = True
        return taken


def _columns(pairs: Tensor, item: Tensor, num_items: int) -> Tensor:
    """The pairs of some items, with their positions in place of the items."""
    position = torch.full((num_items,), -1)
    position[item] = torch.arange(item.numel())
    pairs = torch.stack([pairs[0], position[pairs[1]]])
    return pairs[:, pairs[1] >= 0]


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)

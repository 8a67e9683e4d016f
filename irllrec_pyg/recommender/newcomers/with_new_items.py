"""A ranker with more items than the one that was trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..._config import Configurable
from ...ranking import Ranker, check_reads_history
from ...ranking.history import to_sparse
from ...ranking.standardized import standardize


class WithNewItems(Configurable, nn.Module):
    r"""A ranker with new items, whose scores are mixtures of those of the known items.

    With the mean :math:`\mu_u` and the deviation :math:`\sigma_u` of a user's scores of the known items, the score of a
    new item :math:`c` is

    .. math::
        s_{uc} = \mu_u + \sigma_u \Big( b + \sum_i A_{ic} \frac{s_{ui} - \mu_u}{\sigma_u} \Big) .

    Scores of the known items stay as they are. In a history, a new item stands for the known items that are most like
    it. :meth:`Newcomers.add_items` makes one.

    Args:
        ranker (Ranker): The ranker of the known items.
        mixing (Tensor): :math:`\mathbf{A}`, ``[N, m]``, for :math:`m` new items.
        offset (float, optional): :math:`b`, in deviations; a lower one places new items further down.
            (default: ``0.0``)
        stand_in (Tensor, optional): Weights of the known items that each new item stands for in a history, ``[m, N]``,
            not negative. (default: a new item in a history is not read)

    Raises:
        ValueError: A shape does not fit, or a value is NaN or infinite.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = WithNewItems(EmbeddingRanker(torch.eye(2), torch.eye(2)), torch.tensor([[1.0], [0.0]]))
        >>> ranker.score(torch.tensor([0, 1]))
        tensor([[1., 0., 1.],
                [0., 1., 0.]])
    """

    mixing: Tensor
    stand_in: Tensor

    def __init__(self, ranker: Ranker, mixing: Tensor, offset: float = 0.0, stand_in: Tensor | None = None) -> None:
        super().__init__()
        if mixing.dim() != 2 or mixing.size(0) != ranker.num_items or not mixing.isfinite().all():
            raise ValueError(
                f"'mixing' must have one row of finite numbers for each of the {ranker.num_items} known items (got "
                f"{list(mixing.shape)})"
            )
        stand_in = mixing.new_zeros(mixing.size(1), mixing.size(0)) if stand_in is None else stand_in
        if stand_in.shape != mixing.t().shape or not stand_in.isfinite().all() or bool((stand_in < 0).any()):
            raise ValueError(
                f"'stand_in' must have the shape {list(mixing.t().shape)} and hold no negative number (got "
                f"{list(stand_in.shape)})"
            )
        self.ranker, self.offset = ranker, float(offset)
        self.num_users, self.num_known = ranker.num_users, ranker.num_items
        self.num_items = ranker.num_items + mixing.size(1)
        self.register_buffer("mixing", mixing.detach(), persistent=False)
        self.register_buffer("stand_in", stand_in.detach(), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        return self._with_new(self.ranker.score(user))

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        ranker = check_reads_history(self.ranker)
        row, item = to_sparse(history).indices()
        value = to_sparse(history).values()
        known = item < self.num_known
        indices, shape = torch.stack([row[known], item[known]]), (history.size(0), self.num_known)
        read = torch.sparse_coo_tensor(indices, value[known], shape, check_invariants=False).coalesce()
        if not known.all():
            more = self.stand_in[item[~known] - self.num_known] * value[~known].unsqueeze(1).to(self.stand_in)
            read = read.to_dense().to(self.stand_in).index_add(0, row[~known], more)
        return self._with_new(ranker.score_history(read))

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`. New items of a
        history add nothing, because the ranker has not learned from them."""
        ranker, known = check_reads_history(self.ranker), history < self.num_known
        parts = ranker.contributions(user, history[known])
        mean = parts.mean(dim=1, keepdim=True)
        parts = torch.cat([parts, mean + (parts - mean) @ self.mixing.to(parts)], dim=1)
        return parts.new_zeros(history.numel(), self.num_items).index_copy(0, known.nonzero().squeeze(1), parts)

    def _with_new(self, score: Tensor) -> Tensor:
        mean = score.mean(dim=1, keepdim=True)
        deviation = (score - mean).square().mean(dim=1, keepdim=True).sqrt()
        new = self.offset + standardize(score).to(self.mixing) @ self.mixing
        return torch.cat([score, (mean + deviation * new).to(score)], dim=1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.ranker!r}, {self.mixing.size(1)} items)"

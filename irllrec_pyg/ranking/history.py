"""The contract of rankers that read the history of a user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ..data.pairs import id_tensor
from .ranker import Ranker


@runtime_checkable
class HistoryRanker(Ranker, Protocol):
    r"""A ranker that scores from a history: for users whom training did not see, and split over the items of a history.

    Closed forms, the rankers of trained models, and blends of these are such rankers. A history is a row of a matrix
    :math:`\mathbf{H} \in \mathbb{R}_{\ge 0}^{n \times N}`, usually of zeros and ones.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> isinstance(EASE.from_data(tiny_data()), HistoryRanker)
        True
    """

    def score_history(self, history: Tensor) -> Tensor:
        """Scores of all items for users who are known by their histories alone.

        Args:
            history: The histories, a sparse or dense matrix ``[n, N]``.

        Returns:
            A new tensor, ``[n, N]``, that the caller may overwrite.
        """
        ...

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """How much each item of a known user's history adds to the score of every item. What the rows do not sum to is
        the user's own part, such as an embedding that training has learned.

        Args:
            user: Id of the user.
            history: Items of their training interactions, ``[h]``.

        Returns:
            ``[h, N]``.
        """
        ...


def history_matrix(histories: Sequence[Sequence[int] | Tensor], num_items: int) -> Tensor:
    """Histories as a sparse matrix of zeros and ones, ``[n, N]``. An item that occurs twice counts once.

    Args:
        histories: For each user the ids of their items.
        num_items: :math:`N`.

    Raises:
        ValueError: An id is out of range.

    Examples:
        >>> history_matrix([[0, 2], []], num_items=3).to_dense()
        tensor([[1., 0., 1.],
                [0., 0., 0.]])
    """
    columns = [id_tensor(items, "histories").long().unique() for items in histories]
    column = torch.cat(columns) if columns else torch.empty(0, dtype=torch.long)
    if column.numel() and not 0 <= int(column.min()) <= int(column.max()) < num_items:
        raise ValueError(
            f"'histories' hold an item id outside 0 ... {num_items - 1} (got {int(column.min())} ... "
            f"{int(column.max())}); give ids of items of the ranker"
        )
    sizes = torch.tensor([items.numel() for items in columns], dtype=torch.long)
    row = torch.arange(len(columns)).repeat_interleave(sizes)
    shape = (len(columns), num_items)
    return torch.sparse_coo_tensor(
        torch.stack([row, column]), torch.ones(row.numel()), shape, check_invariants=False
    ).coalesce()


def to_sparse(history: Tensor) -> Tensor:
    """A history matrix in coordinate form.

    Args:
        history: A sparse or dense matrix ``[n, N]``.

    Examples:
        >>> to_sparse(torch.eye(2)).is_sparse
        True
    """
    return (history if history.is_sparse else history.to_sparse()).coalesce()


def check_reads_history(ranker: Ranker) -> HistoryRanker:
    """Checks that a ranker reads histories, and returns it.

    Args:
        ranker: The ranker.

    Raises:
        TypeError: It does not.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> check_reads_history(EmbeddingRanker(torch.eye(2), torch.eye(2)))
        EmbeddingRanker(2, 2, embedding_dim=2)
    """
    if not isinstance(ranker, HistoryRanker):
        raise TypeError(
            f"a {type(ranker).__name__} does not read histories: it has no 'score_history' and no 'contributions'; use "
            "a closed form, the ranker of a trained model, a blend of these, or 'compact'"
        )
    return ranker

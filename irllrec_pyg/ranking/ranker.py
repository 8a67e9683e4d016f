"""The contract of everything that scores items for users."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from .._checks import check_finite
from .._config import Configurable


@runtime_checkable
class Ranker(Protocol):
    """Anything that scores all items for some users.

    It is all that :func:`~irllrec_pyg.ranking.evaluate`, :func:`~irllrec_pyg.ranking.top_k`,
    :class:`~irllrec_pyg.ranking.Blend`, saving and serving ask for. Closed forms are rankers as they
    are; a trained model becomes one by :meth:`Recommender.ranker <irllrec_pyg.models.Recommender.ranker>`.

    A ranker whose scores are inner products also has ``user_embedding``, ``[M, d]``, and ``item_embedding``,
    ``[N, d]``, with ``score(user) == user_embedding[user] @ item_embedding.t()``.

    Attributes:
        num_users: :math:`M`.
        num_items: :math:`N`.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> popularity = Popularity(torch.tensor([[0, 0, 1], [0, 1, 1]]), num_users=2, num_items=3)
        >>> isinstance(popularity, Ranker)
        True
        >>> popularity.score(torch.tensor([0]))
        tensor([[1., 2., 0.]])
    """

    num_users: int
    num_items: int

    def score(self, user: Tensor) -> Tensor:
        """Scores of all items for some users.

        Args:
            user: Ids of users, ``[n]``.

        Returns:
            A new tensor, ``[n, N]``, that the caller may overwrite.
        """
        ...


class EmbeddingRanker(Configurable, nn.Module):
    r"""Scores by inner products, :math:`s_{ui} = \mathbf{e}_u^{\top} \mathbf{e}_i`.

    A trained model with embeddings becomes one. An index of nearest neighbors can serve it.

    Args:
        user_embedding (Tensor): :math:`\mathbf{e}_u`, ``[M, d]``.
        item_embedding (Tensor): :math:`\mathbf{e}_i`, ``[N, d]``.

    Raises:
        ValueError: An embedding is not a matrix, the widths differ, or a value is NaN or infinite.

    Examples:
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        >>> ranker.score(torch.tensor([1]))
        tensor([[2., 4., 6.]])
    """

    user_embedding: Tensor
    item_embedding: Tensor

    def __init__(self, user_embedding: Tensor, item_embedding: Tensor) -> None:
        super().__init__()
        shapes = [list(user_embedding.shape), list(item_embedding.shape)]
        if any(len(shape) != 2 for shape in shapes) or shapes[0][1] != shapes[1][1]:
            raise ValueError(f"'user_embedding' and 'item_embedding' must be matrices of one width (got {shapes})")
        for name, embedding in (("user_embedding", user_embedding), ("item_embedding", item_embedding)):
            check_finite(
                name, embedding, "if it was trained, training diverged: lower the learning rate or the loss weights"
            )
        self.num_users, self.num_items = shapes[0][0], shapes[1][0]
        self.register_buffer("user_embedding", user_embedding.detach(), persistent=False)
        self.register_buffer("item_embedding", item_embedding.detach(), persistent=False)

    def score(self, user: Tensor) -> Tensor:
        """See :meth:`Ranker.score <irllrec_pyg.ranking.Ranker.score>`."""
        return self.user_embedding[user] @ self.item_embedding.t()

    def embed_history(self, history: Tensor) -> Tensor:
        r"""Embeddings of users who are known by their histories alone, ``[n, d]``: those that fit the history best
        while all other items get low scores (`"Collaborative Filtering for Implicit Feedback Datasets"
        <https://doi.org/10.1109/ICDM.2008.22>`_),

        .. math::
            \mathbf{e}_u = \Big( \sum_{j} h_{uj} \mathbf{e}_j \mathbf{e}_j^{\top} + \frac{|\mathcal{H}_u|}{N}
            \sum_{i} \mathbf{e}_i \mathbf{e}_i^{\top} + \epsilon \mathbf{I} \Big)^{-1} \sum_{j} h_{uj} \mathbf{e}_j .

        Args:
            history: The histories, ``[n, N]``.
        """
        rows, gram = history.to_dense().to(self.item_embedding), self.item_embedding.t() @ self.item_embedding
        fitted = [self._fit(item := row.nonzero().squeeze(1), row[item], gram).sum(dim=0) for row in rows]
        return torch.stack(fitted) if fitted else self.item_embedding.new_zeros(0, gram.size(0))

    def _fit(self, item: Tensor, weight: Tensor, gram: Tensor) -> Tensor:
        """What each item of a history adds to the embedding of its user, ``[h, d]``."""
        taken = self.item_embedding[item]
        weighted = weight.unsqueeze(1) * taken
        matrix = weighted.t() @ taken + gram * (float(weight.sum()) / self.num_items)
        matrix.diagonal().add_(1e-3 * float(gram.diagonal().mean()) / self.num_items + 1e-12)
        return torch.linalg.solve(matrix, weighted.t()).t()

    def score_history(self, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.score_history <irllrec_pyg.ranking.HistoryRanker.score_history>`."""
        return self.embed_history(history) @ self.item_embedding.t()

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`."""
        gram = self.item_embedding.t() @ self.item_embedding
        added = self._fit(history, gram.new_ones(history.numel()), gram)
        return added @ self.item_embedding.t()

    def __repr__(self) -> str:
        sizes = f"{self.num_users}, {self.num_items}, embedding_dim={self.user_embedding.size(1)}"
        return f"{type(self).__name__}({sizes})"


def device_of(ranker: Ranker) -> torch.device:
    """Device on which a ranker scores: that of its first tensor, or the CPU where it is no module.

    Args:
        ranker: The ranker.

    Examples:
        >>> device_of(EmbeddingRanker(torch.eye(2), torch.eye(2)))
        device(type='cpu')
    """
    if isinstance(ranker, nn.Module):
        for tensor in (*ranker.buffers(), *ranker.parameters()):
            return tensor.device
    return torch.device("cpu")

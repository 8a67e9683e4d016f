"""The ranker of a model that passes messages from items to users."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .history import to_sparse
from .ranker import EmbeddingRanker


class PropagatedRanker(EmbeddingRanker):
    r"""Scores by inner products of embeddings that come from linear propagation, such as LightGCN's,

    .. math::
        \mathbf{e}_u = \frac{1}{n_u} \Big( \mathbf{o}_u + \frac{1}{\sqrt{|\mathcal{N}_u|}}
        \sum_{j \in \mathcal{N}_u} \mathbf{m}_j \Big), \qquad
        \mathbf{m}_j = \frac{1}{\sqrt{|\mathcal{N}_j|}} \sum_{l=0}^{L-1} \mathbf{e}_j^{(l)} ,

    where :math:`\mathbf{o}_u` is what a user has of their own, the input embedding, and :math:`n_u` is one or, for
    cosines, the length of the rest. A user whom training did not see gets an embedding from the messages of their items
    alone: one propagation, and no training. For known users the score splits exactly over their items.

    Args:
        user_embedding (Tensor): :math:`\mathbf{e}_u`, ``[M, d]``.
        item_embedding (Tensor): :math:`\mathbf{e}_i`, ``[N, d]``.
        item_message (Tensor): :math:`\mathbf{m}_j`, ``[N, d]``.
        user_scale (Tensor): :math:`n_u`, ``[M]``.
        normalize (bool, optional): Whether embeddings of new users get unit length. (default: :obj:`False`)

    Raises:
        ValueError: An embedding is not a matrix, shapes differ, or a value is NaN or infinite.

    Examples:
        >>> ranker = PropagatedRanker(torch.eye(2), torch.eye(2), torch.eye(2), torch.ones(2))
        >>> ranker.score_history(torch.tensor([[1.0, 0.0]]))
        tensor([[1., 0.]])
    """

    item_message: Tensor
    user_scale: Tensor

    def __init__(
        self,
        user_embedding: Tensor,
        item_embedding: Tensor,
        item_message: Tensor,
        user_scale: Tensor,
        normalize: bool = False,
    ) -> None:
        super().__init__(user_embedding, item_embedding)
        shapes = (item_message.shape, user_scale.shape)
        if shapes != (item_embedding.shape, user_embedding.shape[:1]):
            raise ValueError(
                f"'item_message' and 'user_scale' must have the shapes {list(item_embedding.shape)} and "
                f"{list(user_embedding.shape[:1])} (got {[list(shape) for shape in shapes]})"
            )
        self.normalize = normalize
        self.register_buffer("item_message", item_message.detach(), persistent=False)
        self.register_buffer("user_scale", user_scale.detach(), persistent=False)

    @classmethod
    def from_layers(
        cls, layers: list[Tensor], num_users: int, item_degree: Tensor, normalize: bool, mean: bool = False
    ) -> PropagatedRanker:
        """Makes the ranker of the layers of a propagation over the symmetrically normalised graph.

        Args:
            layers: Joint embeddings after 0, 1, ... L layers, ``[M + N, d]`` each.
            num_users: :math:`M`.
            item_degree: Number of training interactions of every item, ``[N]``.
            normalize: Whether final embeddings get unit length.
            mean: Whether they are the mean of the layers, or the sum. (default: ``False``)
        """
        total = sum(layers[1:], layers[0])
        factor = 1.0 / len(layers) if mean else 1.0
        sent = sum((layer[num_users:] for layer in layers[:-1]), torch.zeros_like(total[num_users:]))
        message = factor * item_degree.clamp(min=1).to(sent.dtype).rsqrt().unsqueeze(1) * sent
        user, item = (factor * total).tensor_split([num_users])
        scale = user.new_ones(num_users)
        if normalize:
            scale = user.norm(dim=1).clamp(min=1e-12)
            user, item = F.normalize(user, dim=-1), F.normalize(item, dim=-1)
        return cls(user, item, message, scale, normalize)

    def embed_history(self, history: Tensor) -> Tensor:
        """Embeddings of users who are known by their histories alone, ``[n, d]``.

        Args:
            history: The histories, ``[n, N]``.
        """
        history = to_sparse(history).to(self.item_message)
        degree = torch.sparse.sum(history, dim=1).to_dense().clamp(min=1e-12)
        user = torch.sparse.mm(history, self.item_message) / degree.sqrt().unsqueeze(1)
        return F.normalize(user, dim=-1) if self.normalize else user

    def contributions(self, user: int, history: Tensor) -> Tensor:
        """See :meth:`HistoryRanker.contributions <irllrec_pyg.ranking.HistoryRanker.contributions>`."""
        scale = self.user_scale[user] * max(1, history.numel()) ** 0.5
        return self.item_message[history] @ self.item_embedding.t() / scale

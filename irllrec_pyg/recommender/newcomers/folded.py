"""Embeddings of new users with a part of their own."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ...ranking import PropagatedRanker, Ranker, map_parts
from ...ranking.history import to_sparse

_TILE_ELEMENTS = 1 << 24


class FoldedRanker(PropagatedRanker):
    r"""A ranker of propagated embeddings that gives new users a part of their own, as training gives to known users.

    Training fits the input embedding :math:`\mathbf{o}_u` of every user to their history. For a user whom training did
    not see, this class takes the same steps for that one vector, from zero, with everything else fixed. With
    :math:`\mathbf{m}_u` what their items send, :math:`\mathbf{e}_u = \mathbf{m}_u + \mathbf{o}_u` (at unit length for
    cosines) and :math:`p_i` the softmax of :math:`\mathbf{e}_u^{\top} \mathbf{e}_i / \tau` over all items, one step is

    .. math::
        \mathbf{o}_u \leftarrow \mathbf{o}_u + \eta \, \mathbf{P}_u \Big( \frac{1}{|\mathcal{H}_u|}
        \sum_{j \in \mathcal{H}_u} \mathbf{e}_j - \sum_i p_i \mathbf{e}_i \Big) ,

    where :math:`\mathbf{P}_u` projects onto the directions that turn a unit vector, or is the identity. A history
    without items keeps a vector of zeros. Known users are scored as before.

    Args:
        user_embedding (Tensor): See :class:`~irllrec_pyg.ranking.PropagatedRanker`.
        item_embedding (Tensor): See there.
        item_message (Tensor): See there.
        user_scale (Tensor): See there.
        normalize (bool, optional): See there. (default: :obj:`False`)
        temperature (float, optional): Temperature :math:`\tau` of the softmax. (default: ``0.1``)
        step_size (float, optional): Length :math:`\eta` of a step. (default: ``0.3``)
        num_steps (int, optional): Number of steps; with 0 new users have no part of their own. (default: ``10``)

    Raises:
        ValueError: An embedding is not a matrix, shapes differ, or a value is NaN or infinite.

    Examples:
        >>> ranker = FoldedRanker(torch.eye(2), torch.eye(2), torch.ones(2, 2), torch.ones(2), normalize=True)
        >>> score = ranker.score_history(torch.tensor([[1.0, 0.0]]))
        >>> bool(score[0, 0] > score[0, 1])
        True
    """

    def __init__(
        self,
        user_embedding: Tensor,
        item_embedding: Tensor,
        item_message: Tensor,
        user_scale: Tensor,
        normalize: bool = False,
        temperature: float = 0.1,
        step_size: float = 0.3,
        num_steps: int = 10,
    ) -> None:
        super().__init__(user_embedding, item_embedding, item_message, user_scale, normalize)
        self.temperature, self.step_size, self.num_steps = temperature, step_size, num_steps

    def embed_history(self, history: Tensor) -> Tensor:
        """See :meth:`PropagatedRanker.embed_history <irllrec_pyg.ranking.PropagatedRanker.embed_history>`."""
        rows = to_sparse(history).to(self.item_message)
        size = max(1, _TILE_ELEMENTS // self.num_items)
        parts = [
            self._embed(rows.index_select(0, part))
            for part in torch.arange(rows.size(0), device=rows.device).split(size)
        ]
        return torch.cat(parts) if parts else self.item_message.new_zeros(0, self.item_message.size(1))

    def _embed(self, rows: Tensor) -> Tensor:
        count = torch.sparse.sum(rows, dim=1).to_dense().unsqueeze(1)
        sent = torch.sparse.mm(rows, self.item_message) / count.clamp(min=1e-12).sqrt()
        wanted = torch.sparse.mm(rows, self.item_embedding) / count.clamp(min=1e-12)
        user = own = torch.zeros_like(sent)
        for step in range(self.num_steps + 1):
            user = F.normalize(sent + own, dim=-1) if self.normalize else sent + own
            if step < self.num_steps:
                share = torch.softmax(user @ self.item_embedding.t() / self.temperature, dim=1)
                change = wanted - share @ self.item_embedding
                if self.normalize:
                    change = change - (change * user).sum(dim=1, keepdim=True) * user
                own = own + self.step_size * change * (count > 0)
        return user


def with_own_part(ranker: Ranker, temperature: float, step_size: float = 0.3, num_steps: int = 10) -> Ranker:
    """Replaces the parts of a ranker that score by propagated embeddings by :class:`FoldedRanker`; all others stay.

    Args:
        ranker: The ranker, which may be a blend of standardised parts.
        temperature: See :class:`FoldedRanker`.
        step_size: See there. (default: ``0.3``)
        num_steps: See there. (default: ``10``)

    Returns:
        A ranker with the same scores for known users; the given one where it has no such part.

    Examples:
        >>> from irllrec_pyg.ranking import Standardized
        >>> ranker = PropagatedRanker(torch.eye(2), torch.eye(2), torch.ones(2, 2), torch.ones(2))
        >>> with_own_part(Standardized(ranker), temperature=0.1)
        Standardized(FoldedRanker(2, 2, embedding_dim=2))
    """

    def fold(part: Ranker) -> Ranker:
        if type(part) is not PropagatedRanker:
            return part
        tensors = (part.user_embedding, part.item_embedding, part.item_message, part.user_scale)
        return FoldedRanker(*tensors, part.normalize, temperature, step_size, num_steps)

    return map_parts(ranker, fold)

"""The student of a distillation: one pair of embedding tables, whose items may have texts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..data import text_mask, unit_features
from ..nn import TextProjector
from ..ranking import EmbeddingRanker


class Student(nn.Module):
    r"""Embeddings of all users and items, without any other structure,

    .. math::
        s_{ui} = \mathbf{e}_u^{\top} \big( \mathbf{e}_i + f(\mathbf{x}_i) \big),

    where :math:`f` projects the text features of an item (:class:`~irllrec_pyg.nn.TextProjector`) and is zero for an
    item without text.

    Users are split into batches once, and each batch has a parameter of its own. Adam skips a parameter without a
    gradient, so that a step neither touches nor decays the moments of users outside its batch.

    Args:
        user (Tensor): Start of the user embeddings, ``[M, d]``.
        item (Tensor): Start of the item embeddings, ``[N, d]``.
        batches (tuple): Ids of users, a partition of all.
        features (Tensor, optional): Text features of items, ``[N, d_t]``; a row of zeros is an item without text.
            (default: :obj:`None`)

    Examples:
        >>> student = Student(torch.ones(3, 2), torch.ones(5, 2), torch.tensor([2, 0, 1]).split(2))
        >>> student.user[0].shape, student.items().shape, student.ranker()
        (torch.Size([2, 2]), torch.Size([5, 2]), EmbeddingRanker(3, 5, embedding_dim=2))
    """

    known: Tensor
    feature: Tensor

    def __init__(self, user: Tensor, item: Tensor, batches: tuple[Tensor, ...], features: Tensor | None = None) -> None:
        super().__init__()
        self.batches = batches
        self.user = nn.ParameterList(user[rows].clone() for rows in batches)
        self.item = nn.Parameter(item.clone())
        self.projector: TextProjector | None = None
        if features is not None:
            known = text_mask(features).nonzero().squeeze(1)
            self.register_buffer("known", known, persistent=False)
            self.register_buffer("feature", unit_features(features, center=True)[known], persistent=False)
            self.projector = TextProjector(features.size(1), item.size(1)).to(item.device)
            nn.init.zeros_(self.projector.lin2.weight)  # training begins at the start that was given

    def items(self) -> Tensor:
        """Embeddings of all items, with their texts, ``[N, d]``."""
        if self.projector is None:
            return self.item
        return self.item.index_add(0, self.known, self.projector(self.feature))

    @torch.no_grad()
    def ranker(self) -> EmbeddingRanker:
        """The student as it is at present, as a ranker of its own."""
        order = torch.cat(self.batches).argsort()
        return EmbeddingRanker(torch.cat(list(self.user))[order], self.items().clone())

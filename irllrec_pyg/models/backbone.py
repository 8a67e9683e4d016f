"""The base class of models that read interactions only."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_at_least, check_choice, check_non_negative
from ..data import JointGraph
from ..losses import l2_loss
from .base import Recommender
from .encoding import Batch, Encoding
from .objectives import create_objective

L2_SCOPES = ("all", "batch")


class Backbone(Recommender):
    r"""Base class of models that read interactions only: one embedding per user and item, and an :meth:`encode` that
    propagates them.

    A subclass defines :meth:`encode`, and calls :meth:`reset_parameters` at the end of its constructor. With the
    decorator ``@BACKBONES.register("name")`` it is found by name; :func:`~irllrec_pyg.testing.check_backbone` tests it.

    Args:
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        embedding_dim (int): Width :math:`d`.
        l2_weight (float): Weight of the squared norm of parameters.
        l2_scope (str, optional): Parameters in the squared norm: :obj:`"all"`, as published, or the input embeddings of
            the :obj:`"batch"`, :math:`\frac{1}{2B} \sum (\lVert \mathbf{e}_u \rVert^2 + \lVert \mathbf{e}_i
            \rVert^2 + \lVert \mathbf{e}_j \rVert^2)`, as in the papers of the backbones. (default: :obj:`"all"`)
        objective (str or dict, optional): Ranking loss, by its name or as a dictionary of ``name`` and arguments:
            :obj:`"bpr"`, :obj:`"softmax"` over all items, or :obj:`"in-batch-softmax"`; see
            :func:`~irllrec_pyg.models.create_objective`. (default: :obj:`"bpr"`)

    Raises:
        ValueError: A size is below one, ``l2_weight`` is negative, or a name is unknown.

    Examples:
        >>> from irllrec_pyg.models import Backbone, Encoding
        >>> class InnerProduct(Backbone):
        ...     def __init__(self, num_users, num_items, embedding_dim=32, l2_weight=1e-6, **kwargs):
        ...         super().__init__(num_users, num_items, embedding_dim, l2_weight, **kwargs)
        ...         self.reset_parameters()
        ...     def encode(self, graph, embedding=None):
        ...         embedding = self.embedding if embedding is None else embedding
        ...         return Encoding(*self.split(embedding), [embedding])
        >>> InnerProduct(24, 20).embedding.shape
        torch.Size([44, 32])
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        embedding_dim: int,
        l2_weight: float,
        l2_scope: str = "all",
        objective: str | Mapping[str, Any] = "bpr",
    ) -> None:
        super().__init__()
        sizes = {"num_users": num_users, "num_items": num_items, "embedding_dim": embedding_dim}
        for name, value in sizes.items():
            check_at_least(name, value, 1)
        check_non_negative("l2_weight", l2_weight)
        check_choice("l2_scope", l2_scope, L2_SCOPES)
        self.num_users, self.num_items = num_users, num_items
        self.embedding_dim, self.l2_weight, self.l2_scope = embedding_dim, l2_weight, l2_scope
        self.objective = create_objective(objective, num_items)
        self.embedding = nn.Parameter(torch.empty(num_users + num_items, embedding_dim))

    def reset_parameters(self) -> None:
        """Draws all parameters anew, embeddings from Xavier's uniform distribution, separately for users and items."""
        with torch.no_grad():
            for side in self.embedding.split([self.num_users, self.num_items]):
                nn.init.xavier_uniform_(side)
        super().reset_parameters()

    @abstractmethod
    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """Encodes all users and items.

        Args:
            graph: The graph of the training interactions.
            embedding: Joint input embeddings ``[M + N, d]`` in place of the backbone's own. Enhancers use it to change
                or mask them. (default: ``self.embedding``)
        """

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The objective's term, and ``l2``."""
        return {self.objective.term: self.objective(encoding, batch), "l2": self.l2(batch)}

    def l2(self, batch: Batch) -> Tensor:
        """The weighted squared norm of parameters, see ``l2_scope``.

        Args:
            batch: The triplets of one step.
        """
        if not self.l2_weight:
            return self.embedding.new_zeros(())
        if self.l2_scope == "all":
            return self.l2_weight * l2_loss(self.parameters())
        rows = torch.cat([batch.user, batch.positive + self.num_users, batch.negative + self.num_users])
        return self.l2_weight / (2 * batch.user.numel()) * l2_loss([self.embedding.index_select(0, rows)])

    def split(self, final: Tensor) -> tuple[Tensor, Tensor]:
        """Splits joint final embeddings into those of users and of items. They get unit length where the objective
        compares cosines.

        Args:
            final: Joint final embeddings, ``[M + N, d]``.
        """
        if self.objective.cosine:
            final = F.normalize(final, dim=-1)
        user, item = final.split([self.num_users, self.num_items])
        return user, item

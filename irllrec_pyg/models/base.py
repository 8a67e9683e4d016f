"""The contracts of the package's models: what a backbone and what an enhancer is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ..data import JointGraph
from .._config import Configurable
from ..losses import l2_loss
from ..ranking import EmbeddingRanker, Ranker
from .encoding import Batch, Encoding
from .objectives import create_objective

L2_SCOPES = ("all", "batch")


class Recommender(Configurable, nn.Module, ABC):
    """Anything that encodes a :class:`~irllrec_pyg.data.JointGraph` and has a loss.

    ``forward(graph, batch)`` is ``loss(encode(graph), batch)``; a trainer needs nothing else. Once trained,
    :meth:`ranker` makes what scores items.

    Attributes:
        num_users: :math:`M`.
        num_items: :math:`N`.
        embedding_dim: Width :math:`d`.
        l2_weight: Weight of the squared norm of the parameters.
    """

    num_users: int
    num_items: int
    embedding_dim: int
    l2_weight: float

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """Names of the node features that ``from_data`` reads when it is given these arguments; none for a model of
        interactions alone."""
        return ()

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return next(self.parameters()).device

    @abstractmethod
    def encode(self, graph: JointGraph) -> Encoding:
        """Encodes all users and items. In training mode it may be random (dropped edges, noise)."""

    @abstractmethod
    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Named terms, weighted, whose sum is the training loss."""

    def forward(self, graph: JointGraph, batch: Batch) -> dict[str, Tensor]:
        """Named terms of one training step."""
        return self.loss(self.encode(graph), batch)

    def after_step(self) -> None:
        """Called by the trainer after each optimiser step."""

    @torch.no_grad()
    def ranker(self, graph: JointGraph) -> Ranker:
        """What the model recommends by: the encoding of a graph in evaluation mode.

        Args:
            graph: The graph to encode, on the device of the model.

        Raises:
            ValueError: An embedding is NaN or infinite.
        """
        with evaluation_mode(self):
            encoding = self.encode(graph)
        return EmbeddingRanker(encoding.user, encoding.item)


@contextmanager
def evaluation_mode(module: nn.Module) -> Iterator[None]:
    """Puts a module into evaluation mode, and back into the mode it was in.

    Examples:
        >>> module = torch.nn.Dropout()
        >>> with evaluation_mode(module):
        ...     module.training
        False
        >>> module.training
        True
    """
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


class Backbone(Recommender):
    r"""A recommender made of interactions alone.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        embedding_dim: Width :math:`d`.
        l2_weight: Weight of the squared norm of parameters.
        l2_scope: Whose norm: ``"all"`` parameters, as published, or the input embeddings of the ``"batch"``,
            :math:`\frac{1}{2B} \sum (\lVert \mathbf{e}_u \rVert^2 + \lVert \mathbf{e}_i \rVert^2 +
            \lVert \mathbf{e}_j \rVert^2)`, as in the papers of the backbones. (default: ``"all"``)
        objective: What it is trained to rank by, a name or a table with a ``name`` and arguments: ``"bpr"``,
            ``"softmax"`` over the catalogue, or ``"in-batch-softmax"``; see
            :func:`~irllrec_pyg.models.create_objective`. (default: ``"bpr"``)

    Raises:
        ValueError: A size is below one, ``l2_weight`` is negative, or a name is unknown.
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
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        if l2_weight < 0.0:
            raise ValueError(f"'l2_weight' must not be negative (got {l2_weight}); use 0 for none")
        if l2_scope not in L2_SCOPES:
            raise ValueError(f"'l2_scope' must be one of {L2_SCOPES} (got {l2_scope!r})")
        self.num_users, self.num_items = num_users, num_items
        self.embedding_dim, self.l2_weight, self.l2_scope = embedding_dim, l2_weight, l2_scope
        self.objective = create_objective(objective, num_items)
        self.embedding = nn.Parameter(torch.empty(num_users + num_items, embedding_dim))

    def reset_parameters(self) -> None:
        """Draws users and items from Xavier's uniform distribution, each side by its own size."""
        with torch.no_grad():
            for side in self.embedding.split([self.num_users, self.num_items]):
                nn.init.xavier_uniform_(side)

    @abstractmethod
    def encode(self, graph: JointGraph, embedding: Tensor | None = None) -> Encoding:
        """Encodes all users and items.

        Args:
            graph: What to propagate over.
            embedding: Joint input embeddings ``[M + N, d]`` in place of the backbone's own; an enhancer masks or
                replaces them on the way in. (default: ``self.embedding``)
        """

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The objective's term, and ``l2``."""
        return {self.objective.term: self.objective(encoding, batch), "l2": self.l2(batch)}

    def l2(self, batch: Batch) -> Tensor:
        """The weighted squared norm."""
        if not self.l2_weight:
            return self.embedding.new_zeros(())
        if self.l2_scope == "all":
            return self.l2_weight * l2_loss(self.parameters())
        rows = torch.cat([batch.user, batch.positive + self.num_users, batch.negative + self.num_users])
        return self.l2_weight / (2 * batch.user.numel()) * l2_loss([self.embedding.index_select(0, rows)])

    def split(self, final: Tensor) -> tuple[Tensor, Tensor]:
        """Final embeddings of users and of items from joint ones; of unit length where the objective wants cosines."""
        if self.objective.cosine:
            final = F.normalize(final, dim=-1)
        user, item = final.split([self.num_users, self.num_items])
        return user, item


class Enhancer(Recommender):
    """A method that wraps a model and adds terms of its own.

    Args:
        backbone: The model to enhance; its loss terms, width and L2 weight are kept.
    """

    def __init__(self, backbone: Recommender) -> None:
        super().__init__()
        self.backbone = backbone
        self.num_users, self.num_items = backbone.num_users, backbone.num_items
        self.embedding_dim, self.l2_weight = backbone.embedding_dim, backbone.l2_weight

    @classmethod
    @abstractmethod
    def from_data(cls, backbone: Recommender, data: HeteroData, **kwargs: Any) -> Enhancer:
        """Wraps a model, with the features that the method reads taken from a data object.

        Raises:
            ValueError: The data lacks them.
        """

    def own_l2(self) -> Tensor:
        """Weighted squared norm of the trainable parameters that are not those of the wrapped model."""
        own = [p for name, p in self.named_parameters() if not name.startswith("backbone.") and p.requires_grad]
        return self.l2_weight * l2_loss(own) if own else torch.zeros((), device=self.device)

    def after_step(self) -> None:
        """Calls ``after_step`` of the wrapped model."""
        self.backbone.after_step()

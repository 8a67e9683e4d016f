"""The contracts of the package's models: what a backbone and what an enhancer is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from ..graph import JointGraph
from ..losses import l2_loss


class Batch(NamedTuple):
    """One step's triplets: ids of users, of an item each took, and of an item each did not, ``[B]`` each."""

    user: Tensor
    positive: Tensor
    negative: Tensor


@dataclass
class Encoding:
    """What a model makes of a graph.

    Args:
        user: Final user embeddings, ``[M, d]``; a score is the inner product with an item's.
        item: Final item embeddings, ``[N, d]``.
        layers: Joint embeddings after 0, 1, ... L layers, ``[M + N, d]`` each.
    """

    user: Tensor
    item: Tensor
    layers: list[Tensor]


class Recommender(nn.Module, ABC):
    """Anything that encodes a :class:`~irllrec_pyg.graph.JointGraph` and has a loss.

    ``forward(graph, batch)`` is ``loss(encode(graph), batch)``; a trainer needs nothing else.

    Attributes:
        config: The names and arguments that :func:`~irllrec_pyg.models.create_model` builds it from again; empty where
            the model was built by hand.
    """

    config: Mapping[str, Any] = {}

    num_users: int
    num_items: int
    embedding_dim: int
    l2_weight: float

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


class Backbone(Recommender):
    """A recommender made of interactions alone.

    Args:
        num_users: :math:`M`.
        num_items: :math:`N`.
        embedding_dim: Width :math:`d`.
        l2_weight: Weight of the squared norm of all parameters.

    Raises:
        ValueError: A size is below one, or ``l2_weight`` is negative.
    """

    def __init__(self, num_users: int, num_items: int, embedding_dim: int, l2_weight: float) -> None:
        super().__init__()
        sizes = {"num_users": num_users, "num_items": num_items, "embedding_dim": embedding_dim}
        for name, value in sizes.items():
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        if l2_weight < 0.0:
            raise ValueError(f"'l2_weight' must not be negative (got {l2_weight}); use 0 for none")
        self.num_users, self.num_items = num_users, num_items
        self.embedding_dim, self.l2_weight = embedding_dim, l2_weight
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


class Enhancer(Recommender):
    """A method that wraps any backbone and adds terms of its own.

    Args:
        backbone: What it wraps; its loss terms, width and L2 weight are kept.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.num_users, self.num_items = backbone.num_users, backbone.num_items
        self.embedding_dim, self.l2_weight = backbone.embedding_dim, backbone.l2_weight

    @classmethod
    @abstractmethod
    def from_data(cls, backbone: Backbone, data: HeteroData, **kwargs: Any) -> Enhancer:
        """Wraps a backbone, with the features that the method reads taken from a data object.

        Raises:
            ValueError: The data lacks them.
        """

    def own_l2(self) -> Tensor:
        """Weighted squared norm of the trainable parameters that are not the backbone's."""
        own = [p for name, p in self.named_parameters() if not name.startswith("backbone.") and p.requires_grad]
        return self.l2_weight * l2_loss(own)

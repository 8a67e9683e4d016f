"""The base class of all models that are trained."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from .._config import Configurable
from ..data import JointGraph
from ..ranking import EmbeddingRanker, Ranker
from .encoding import Batch, Encoding
from .node_features import reset_features


class Recommender(Configurable, nn.Module, ABC):
    """Base class of all models that are trained: it encodes a :class:`~irllrec_pyg.data.JointGraph` and has a loss.

    ``forward(graph, batch)`` is ``loss(encode(graph), batch)``, and a trainer calls nothing else. Once trained, a model
    becomes a :class:`~irllrec_pyg.ranking.Ranker` by :meth:`ranker`.

    The arguments of a subclass's constructor describe it: they must be plain values, tensors or other models. See
    :func:`~irllrec_pyg.testing.check_recommender` for what a subclass must do.

    Attributes:
        num_users: :math:`M`.
        num_items: :math:`N`.
        embedding_dim: Width :math:`d`.
        l2_weight: Weight of the squared norm of the parameters.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data, model = tiny_data(), LightGCN(24, 20)
        >>> graph = JointGraph.from_data(data)
        >>> sorted(model(graph, tiny_batch(data)))
        ['bpr', 'l2']
        >>> model.ranker(graph).score(torch.tensor([0])).shape
        torch.Size([1, 20])
    """

    num_users: int
    num_items: int
    embedding_dim: int
    l2_weight: float

    @classmethod
    def features_read(cls, **kwargs: Any) -> tuple[str, ...]:
        """Names of the node features that ``from_data`` reads when it is given these arguments. A model that reads
        interactions only has none.

        Args:
            **kwargs: Arguments of ``from_data``.
        """
        return ()

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return next(self.parameters()).device

    def reset_parameters(self) -> None:
        """Draws all parameters anew."""
        reset_features(self)
        for module in self.children():
            reset(module)

    @abstractmethod
    def encode(self, graph: JointGraph) -> Encoding:
        """Encodes all users and items. In training mode this may be random, because of dropped edges or noise.

        Args:
            graph: The graph of the training interactions.
        """

    @abstractmethod
    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Named and weighted terms, whose sum is the training loss. It works in evaluation mode too.

        Args:
            encoding: What :meth:`encode` returned.
            batch: The triplets of one step.
        """

    def forward(self, graph: JointGraph, batch: Batch) -> dict[str, Tensor]:
        """Named terms of one training step.

        Args:
            graph: The graph of the training interactions.
            batch: The triplets of the step.
        """
        return self.loss(self.encode(graph), batch)

    def after_step(self) -> None:
        """Called by the trainer after each optimiser step."""

    @torch.no_grad()
    def ranker(self, graph: JointGraph) -> Ranker:
        """Makes the ranker by which the model recommends, from its encoding in evaluation mode.

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
    """Puts a module into evaluation mode, and afterwards back into the mode that it was in.

    Args:
        module: The module.

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

"""The base class of methods that wrap a model."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import get_features
from ..losses import l2_loss
from .backbone import Backbone
from .base import Recommender


class Enhancer(Recommender):
    """Base class of methods that wrap a model and add loss terms or change its encoding, usually by reading texts.

    A subclass takes the features of users and of items after the backbone, and defines :meth:`encode` and :meth:`loss`.
    With the decorator ``@ENHANCERS.register("name")`` it is found by name;
    :func:`~irllrec_pyg.testing.check_enhancer` tests it.

    Args:
        backbone (Recommender): The model to enhance. Its loss terms, width and L2 weight are kept.

    Attributes:
        reads: Name of the features that :meth:`from_data` reads by default.

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.models import LightGCN, RLMRecCon
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = RLMRecCon.from_data(LightGCN(24, 20), data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2', 'profile']
    """

    reads: ClassVar[str] = "intent"

    def __init__(self, backbone: Recommender) -> None:
        super().__init__()
        self.backbone = backbone
        self.num_users, self.num_items = backbone.num_users, backbone.num_items
        self.embedding_dim, self.l2_weight = backbone.embedding_dim, backbone.l2_weight

    @classmethod
    def features_read(cls, features: str | None = None, **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names.

        Args:
            features: See :meth:`from_data`.
            **kwargs: Further arguments of :meth:`from_data`, on which it may depend in a subclass.
        """
        return (features or cls.reads,)

    @classmethod
    def from_data(cls, backbone: Any, data: HeteroData, features: str | None = None, **kwargs: Any) -> Enhancer:
        """Wraps a model, with features from a data object.

        Args:
            backbone: The model to enhance; some methods need a :class:`~irllrec_pyg.models.Backbone`.
            data: The data object.
            features: Name of the features. (default: the class attribute ``reads``)
            **kwargs: Additional arguments of the constructor.

        Raises:
            ValueError: The data has no such features.
        """
        make: Any = cls  # a subclass takes features too
        enhancer: Enhancer = make(backbone, *get_features(data, features or cls.reads), **kwargs)
        return enhancer

    def own_l2(self, frozen: bool = False) -> Tensor:
        """Weighted squared norm of the parameters that the enhancer adds to the wrapped model.

        Args:
            frozen: Whether parameters that are not trained count too. (default: ``False``)
        """
        names = [name for name, parameter in self.named_parameters() if frozen or parameter.requires_grad]
        own = [self.get_parameter(name) for name in names if not name.startswith("backbone.")]
        return self.l2_weight * l2_loss(own) if own else torch.zeros((), device=self.device)

    def after_step(self) -> None:
        """Calls ``after_step`` of the wrapped model."""
        self.backbone.after_step()


def check_is_backbone(model: Recommender, enhancer: str) -> None:
    """Checks the model of an enhancer that changes input embeddings, which only a backbone takes.

    Args:
        model: The model to enhance.
        enhancer: Name of the enhancer's class, for the error message.

    Raises:
        ValueError: The model is no :class:`Backbone`.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> check_is_backbone(LightGCN(24, 20), "KAR")
    """
    if not isinstance(model, Backbone):
        raise ValueError(
            f"'backbone' of {enhancer} must be a Backbone, whose input embeddings it changes (got "
            f"{type(model).__name__}); wrap the backbone with {enhancer} first, and other enhancers around it"
        )

"""A trained model and a closed form, added."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..graph import JointGraph
from .base import Recommender
from .closed_form import ClosedForm
from .encoding import Batch, Encoding


@dataclass
class BlendEncoding(Encoding):
    """An encoding whose scores are blended; its embeddings alone are the model's.

    Args:
        closed_form: What is added.
        weight: How much of it.
    """

    closed_form: ClosedForm
    weight: float

    def score(self, user: Tensor) -> Tensor:
        """Blended scores, ``[n, N]``."""
        return super().score(user) + self.weight * self.closed_form.score(user)


class Blend(Recommender):
    r"""Ranks by the sum of a model's scores and a closed form's,

    .. math::
        s_{ui} = \mathbf{e}_u^{\top} \mathbf{e}_i + w \, c_{ui} .

    The model is trained as it would be alone. An embedding model smooths over the whole graph, a linear item-item model
    such as :class:`~irllrec_pyg.models.EASE` keeps every single co-occurrence: they err differently, and their sum errs
    less than either.

    Args:
        model (Recommender): Any backbone or enhancer.
        closed_form (ClosedForm): Computed from the same training interactions; it moves with the model.
        weight (float, optional): :math:`w`; choose it on validation. (default: :obj:`1.0`)

    Raises:
        ValueError: ``weight`` is negative, or the two are of different data.
    """

    def __init__(self, model: Recommender, closed_form: ClosedForm, weight: float = 1.0) -> None:
        super().__init__()
        if weight < 0.0:
            raise ValueError(f"'weight' must not be negative (got {weight}); use 0 for the model alone")
        sizes = [(one.num_users, one.num_items) for one in (model, closed_form)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"the model has {sizes[0]} users and items, the closed form {sizes[1]}; use the same data")
        self.model, self.closed_form, self.weight = model, closed_form, weight
        self.num_users, self.num_items = sizes[0]
        self.embedding_dim, self.l2_weight = model.embedding_dim, model.l2_weight

    def encode(self, graph: JointGraph) -> Encoding:
        """The model's encoding, with blended scores."""
        made = self.model.encode(graph)
        if self.training:
            return made
        return BlendEncoding(made.user, made.item, made.layers, self.closed_form, self.weight)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """The model's own terms."""
        return self.model.loss(encoding, batch)

    def after_step(self) -> None:
        """Passed on."""
        self.model.after_step()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model}, {type(self.closed_form).__name__}, weight={self.weight})"

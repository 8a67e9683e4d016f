"""A recipe on some data with some seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch_geometric.data import HeteroData

from ..data import INTERACTS
from ..models import Recommender
from ..ranking import Ranker, evaluate
from ..training import Trainer, TrainResult

if TYPE_CHECKING:
    from .recipe import Recipe


@dataclass
class Run:
    """A recipe on some data with some seed, as :meth:`Recipe.build` and :meth:`Recipe.fit` return it.

    Args:
        recipe: The recipe.
        data: The data with the features that are read.
        seed: The seed.
        identity: Hash of everything that the ranker depends on, see :meth:`Recipe.identity`.
        trainer: The trainer; :obj:`None` for a closed form. (default: :obj:`None`)
        closed_form: The closed form; :obj:`None` for a trained model. (default: :obj:`None`)
        result: Result of training, once the model is trained. (default: :obj:`None`)

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> from irllrec_pyg.testing import tiny_data
        >>> run = Recipe({"name": "lightgcn"}, trainer={"max_epochs": 2}).build(tiny_data())
        >>> run.fit().result.epoch
        2
        >>> sorted(run.evaluate("val"))[:3]
        ['hit_ratio@10', 'hit_ratio@20', 'hit_ratio@5']
    """

    recipe: Recipe
    data: HeteroData
    seed: int
    identity: str
    trainer: Trainer | None = None
    closed_form: Ranker | None = None
    result: TrainResult | None = None

    def fit(self, stop: Callable[[TrainResult], bool] | None = None) -> Run:
        """Trains the model, or continues from its checkpoint, and returns the run. A closed form needs no training.

        Args:
            stop: Called with the result so far before every epoch; training ends where it returns true.
                (default: :obj:`None`)
        """
        if self.trainer is not None:
            self.result = self.trainer.fit(stop=stop)
        return self

    @property
    def model(self) -> Recommender:
        """The trained model.

        Raises:
            ValueError: The recipe is a closed form.
        """
        if self.trainer is None:
            raise ValueError(f"{self.recipe.model['name']!r} is a closed form without a model; use 'ranker' instead")
        return self.trainer.model

    @property
    def ranker(self) -> Ranker:
        """The model or closed form as a ranker, blended with the other parts of the recipe."""
        if self.trainer is not None:
            return self.trainer.ranker()
        assert self.closed_form is not None
        return self.closed_form

    def evaluate(self, split: str = "test") -> dict[str, float]:
        """Metrics on a split.

        Args:
            split: ``"val"`` or ``"test"``. (default: ``"test"``)

        Raises:
            ValueError: There is no such split.
        """
        if self.trainer is not None:
            return self.trainer.evaluate(split)
        if split not in ("val", "test"):
            raise ValueError(f"'split' must be 'val' or 'test' (got {split!r})")
        pairs = self.data[INTERACTS]
        return evaluate(self.ranker, pairs[f"{split}_label_index"], pairs.edge_index)

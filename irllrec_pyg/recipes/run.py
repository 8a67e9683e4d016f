"""A recipe that has become a ranker."""

from __future__ import annotations

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
    """What a recipe came to on some data with some seed.

    Args:
        recipe: The recipe.
        data: The data with the features that were read.
        seed: The seed.
        trainer: The trainer; :obj:`None` for a closed form. (default: :obj:`None`)
        closed_form: The closed form; :obj:`None` for a trained model. (default: :obj:`None`)
        result: What training came to, once it has run. (default: :obj:`None`)
    """

    recipe: Recipe
    data: HeteroData
    seed: int
    trainer: Trainer | None = None
    closed_form: Ranker | None = None
    result: TrainResult | None = None

    def fit(self) -> Run:
        """Trains, or continues where a checkpoint was written, and returns itself."""
        if self.trainer is not None:
            self.result = self.trainer.fit()
        return self

    @property
    def model(self) -> Recommender:
        """The trained model.

        Raises:
            ValueError: The recipe is a closed form.
        """
        if self.trainer is None:
            raise ValueError(f"{self.recipe.model['name']!r} is not trained, so there is no model; use 'ranker'")
        return self.trainer.model

    @property
    def ranker(self) -> Ranker:
        """What scores items, with everything that is blended in."""
        if self.trainer is not None:
            return self.trainer.ranker()
        assert self.closed_form is not None
        return self.closed_form

    @property
    def identity(self) -> str:
        """Hash of everything that the ranker depends on, see :meth:`Recipe.identity`."""
        return self.recipe.identity(self.data, self.seed)

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

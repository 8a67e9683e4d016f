"""The search over closed forms and models, on the validation split only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import optuna
from torch_geometric.data import HeteroData

from ..data import INTERACTS
from ..ranking import Ranker, evaluate
from ..recipes import Recipe
from ..recommender import Source, load_model, load_sources, save_model
from . import journal
from .budget import Clock
from .part import Part
from .texts import features_of
from .try_closed_forms import try_closed_forms
from .try_models import remove_checkpoint, try_models


class Search:
    """Tries closed forms and models on one data object, and keeps what they reach in a folder.

    Args:
        data: The data object, with text features if there are texts, see :func:`features_of`.
        folder: Folder of the journal and of trained rankers. Only one process may work on it.
        clock: The budget, and what is left of it.
        metric: Validation metric, such as ``"ndcg@20"``.
        seed: Seed of the search and of every model. (default: ``0``)
        progress: Called with a line about every step. (default: none)
        search_share: Share of the budget after which no model is trained any more. (default: ``0.8``)

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.search.budget import Budget
        >>> from irllrec_pyg.testing import tiny_data
        >>> search = Search(tiny_data(), Path(tempfile.mkdtemp()), Clock(Budget(trials=1)), "ndcg@5")
        >>> search.run()
        >>> {part.family for part in search.parts()} >= {"ease", "gf-cf"}
        True
    """

    def __init__(
        self,
        data: HeteroData,
        folder: Path,
        clock: Clock,
        metric: str,
        seed: int = 0,
        progress: Callable[[str], None] | None = None,
        search_share: float = 0.8,
    ) -> None:
        self.data, self.folder, self.clock, self.metric, self.seed = data, folder, clock, metric, seed
        self.search_share = search_share
        self.say = progress or (lambda line: None)
        self.features = features_of(data)
        self.k = (int(metric.partition("@")[2]),)
        storage = journal.open_journal(folder / "journal.log")
        self.closed_forms = journal.open_study(storage, "closed forms")
        pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=5, reduction_factor=2)
        self.models = journal.open_study(storage, "models", pruner)
        self.left_out: dict[str, str] = {}
        self.rankers: dict[str, Ranker] = {}

    def run(self) -> None:
        """Tries closed forms, then models, until the budget is spent. It continues where an earlier call stopped."""
        try_closed_forms(self)
        try_models(self)

    def parts(self) -> list[Part]:
        """All that was tried so far, in order."""
        return [*journal.parts(self.closed_forms), *journal.parts(self.models)]

    def ranker(self, part: Part) -> Ranker:
        """The ranker of a part: loaded if it was trained, computed again if it is a closed form.

        Args:
            part: A usable part of :meth:`parts`.
        """
        if part.identity not in self.rankers:
            folder = self.folder_of(part.identity)
            saved = (folder / "config.json").is_file()
            self.rankers[part.identity] = load_model(folder) if saved else self._build(part.recipe)
        return self.rankers[part.identity]

    def source(self, part: Part) -> Source:
        """How a part was made.

        Args:
            part: A usable part of :meth:`parts`.
        """
        saved = load_sources(self.folder_of(part.identity))
        best = part.curve.index(max(part.curve)) + 1 if part.curve else 0  # models are evaluated after every epoch
        return saved[0] if saved else Source(part.recipe, self.seed, best)

    def fit_part(self, recipe: Recipe, data: HeteroData) -> Ranker:
        """Trains a recipe on other data of the same size, such as a text control, or loads what was trained before.

        Args:
            recipe: The recipe.
            data: The data object.
        """
        run = recipe.build(data, self.seed, self.folder / "checkpoints", progress=False)
        if run.trainer is None:
            return run.ranker
        folder = self.folder_of(run.identity)
        if not (folder / "config.json").is_file():
            run.fit(lambda result: self.clock.left() < result.seconds / max(1, result.epoch))
            save_model(folder, run.ranker)  # type: ignore[arg-type]
            remove_checkpoint(run)
        return cast(Ranker, load_model(folder))

    def folder_of(self, identity: str) -> Path:
        """Folder of a trained ranker.

        Args:
            identity: Its identity.
        """
        return self.folder / "parts" / identity

    def _build(self, recipe: dict[str, Any]) -> Ranker:
        return Recipe.from_dict(recipe).build(self.data, self.seed, progress=False).ranker

    def evaluate(self, ranker: Ranker) -> dict[str, float]:
        """Metrics of the validation split at the cut-off of the search.

        Args:
            ranker: Anything that scores.
        """
        pairs = self.data[INTERACTS]
        return evaluate(ranker, pairs.val_label_index, pairs.edge_index, self.k)

    def best(self, family: str) -> Part | None:
        """The best part of a family, or :obj:`None`.

        Args:
            family: Its name.
        """
        found = [part for part in self.parts() if part.family == family and part.usable]
        return max(found, key=lambda part: part.value, default=None)

    def report(self, part: Part) -> None:
        """Keeps the seconds, and says what a part came to.

        Args:
            part: The part.
        """
        self.clock.save()
        best = max((known.value for known in self.parts() if known.usable), default=0.0)
        left = self.clock.left()
        clock = "" if left == float("inf") else f", {max(left, 0.0):.0f} s left"
        state = "" if part.state == "complete" else f" ({part.state})"
        self.say(f"{part.name}: {self.metric} {part.value:.4f}{state}, best {best:.4f}{clock}")

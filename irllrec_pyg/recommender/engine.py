"""A ranker together with the data that it recommends from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch_geometric.data import HeteroData

from ..ranking import Blend, Ranker
from .check import check_fits
from .explain import Explainer, Explanation
from .export import export_recommendations
from .newcomers import Newcomers
from .pretrained import Pretrained
from .recommend import recommend
from .similar import similar_items, similar_users
from .update import update
from .updating import Source

if TYPE_CHECKING:
    import pandas as pd


class Engine(Pretrained):
    """A ranker together with its data: the ids, histories, titles and texts of users and items.

    It is what is used after training: it recommends and explains in original ids, places users and items that are new,
    keeps up with new interactions, and is saved as one folder. ``fit(...).engine`` makes one.

    Args:
        ranker: Anything that scores, such as ``run.ranker``, :class:`~irllrec_pyg.models.EASE` or a blend.
        data: The data object that it was trained on.
        info: What is known about the ranker, as plain data: recipes, metrics, and what texts add. It becomes the model
            card of a saved engine. (default: nothing)
        sources: How the parts of a blend were made, or the ranker as a whole, so that :meth:`update` continues
            training; closed forms need none. (default: none)

    Attributes:
        ranker: The ranker.
        data: The data object.
        info: What is known about the ranker.
        sources: How it was made.

    Raises:
        TypeError: ``ranker`` does not score, such as a model that is no ranker yet.
        ValueError: The ranker has other numbers of users and items than the data.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> engine = Engine(EASE.from_data(data), data)
        >>> engine.recommend(["user 3"], k=2)["user"].tolist()
        ['user 3', 'user 3']
    """

    def __init__(
        self,
        ranker: Ranker,
        data: HeteroData,
        info: dict[str, Any] | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        check_fits(ranker, data)
        self.ranker, self.data, self.info, self.sources = ranker, data, dict(info or {}), list(sources)

    @cached_property
    def newcomers(self) -> Newcomers:
        """Places users and items that training did not see. Its weights are learned at the first use."""
        return Newcomers(self.ranker, self.data, self.info.get("settings", {}).get("encoders"))

    @cached_property
    def explainer(self) -> Explainer:
        """Explains scores. What it knows of the words of the data is computed at the first use."""
        names = list(self.info.get("weights", ()))  # those of the report, which a loaded ranker does not have
        fits = isinstance(self.ranker, Blend) and len(names) == len(self.ranker.parts)
        return Explainer(self.ranker, self.data, names=names if fits else None)

    def recommend(self, users: Sequence[Any] | None = None, k: int = 10, **options: Any) -> pd.DataFrame:
        """The best items for some users; see :func:`~irllrec_pyg.recommender.recommend`.

        Args:
            users: Original ids. (default: all users)
            k: Number of items per user. (default: ``10``)
            **options: Further arguments of that function.
        """
        return recommend(self.ranker, self.data, users, k, **options)

    def recommend_for(
        self, history: Sequence[Any] = (), text: str | None = None, k: int = 10, **options: Any
    ) -> pd.DataFrame:
        """The best items for someone whom training did not see; see
        :meth:`Newcomers.recommend <irllrec_pyg.recommender.Newcomers.recommend>`.

        Args:
            history: Original ids of items that they took. (default: none)
            text: What they say about themselves. (default: nothing)
            k: Number of items. (default: ``10``)
            **options: Further arguments of that method.
        """
        return self.newcomers.recommend(history, text, k, **options)

    def add_users(self, ids: Sequence[Any] | None, *args: Any, **options: Any) -> Engine:
        """Lets users join whom training did not see; see
        :meth:`Newcomers.add_users <irllrec_pyg.recommender.Newcomers.add_users>`."""
        return type(self)(*self.newcomers.add_users(ids, *args, **options), self.info)

    def add_items(self, texts: Sequence[str | None] | None, *args: Any, **options: Any) -> Engine:
        """Lets items join that training did not see; see
        :meth:`Newcomers.add_items <irllrec_pyg.recommender.Newcomers.add_items>`."""
        return type(self)(*self.newcomers.add_items(texts, *args, **options), self.info)

    def similar_items(self, items: Sequence[Any], k: int = 10, **options: Any) -> pd.DataFrame:
        """Items like some items; see :func:`~irllrec_pyg.recommender.similar_items`."""
        return similar_items(self.ranker, self.data, items, k, **options)

    def similar_users(self, users: Sequence[Any], k: int = 10, **options: Any) -> pd.DataFrame:
        """Users like some users; see :func:`~irllrec_pyg.recommender.similar_users`."""
        return similar_users(self.ranker, self.data, users, k, **options)

    def explain(self, user: Any, item: Any, most: int = 3, **options: Any) -> Explanation:
        """Why an item is recommended to a user; see :func:`~irllrec_pyg.recommender.explain`.

        Args:
            user: Original id of the user.
            item: Original id of the item.
            most: Number of items and words that the sentences name. (default: ``3``)
            **options: Arguments of :class:`~irllrec_pyg.recommender.Explainer` in place of those of :attr:`explainer`.
        """
        explainer = Explainer(self.ranker, self.data, **options) if options else self.explainer
        return explainer.explain(user, item, most)

    def export(self, file: str | Path, k: int = 10, **options: Any) -> Path:
        """Writes recommendations for all users; see :func:`~irllrec_pyg.recommender.export_recommendations`."""
        return export_recommendations(file, self.ranker, self.data, k=k, **options)

    def update(self, interactions: pd.DataFrame | Tensor, **options: Any) -> Engine:
        """Lets new interactions, users and items join; see :func:`~irllrec_pyg.recommender.update`."""
        return update(self, interactions, **options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.ranker!r})"

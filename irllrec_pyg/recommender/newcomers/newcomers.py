"""Users and items that training did not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..._checks import check_choice
from ...data import find_nodes, id_tensor
from ...ranking.standardized import standardize
from ..table import recommendation_table
from .enlarging import Enlarged
from .joining import join_items, join_users
from .placement import Placement

if TYPE_CHECKING:
    import pandas as pd


class Newcomers(Placement):
    r"""Places users and items that training did not see, and trains nothing.

    - A user with a *history* is scored by the ranker, which reads it. Where it passes messages, the user also gets a
      vector of their own (:class:`FoldedRanker`).
    - A user with a *text*, such as a sentence about themselves, is scored by the texts of known users and items
      (:class:`UserTexts`).
    - With both, the scores are standardised, and a history of :math:`n` items gets the weight :math:`n / (n + n_0)`.
    - An item with a description is scored as a mixture of known items (:class:`ItemPlacing`,
      :class:`WithNewItems`), and so is one with a handful of interactions.

    All settings, such as :math:`n_0`, are learned from known users and items that stand for new ones, by the NDCG@20 of
    their validation items, when they are needed for the first time. Without validation items, usual values are taken.

    Args:
        ranker: The ranker.
        data: The data object that it was trained on.
        encoder: Encoder that made the text features ``intent`` and ``words`` of the data, as
            :func:`~irllrec_pyg.text.text_features` takes it; a dictionary has one per feature. It is checked on the
            texts that the data hold. (default: all-MiniLM-L6-v2 for ``intent``, TF-IDF for ``words``)
        max_loss: Largest share of the known items' NDCG@20 that new items may cost when a tenth of the items that have
            a text is new. It is measured on validation items; on others, it may be twice as much. A larger one places
            new items further up. (default: ``0.002``)

    Raises:
        TypeError: ``ranker`` does not score.
        ValueError: The ranker has other numbers of users and items than the data.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> newcomers = Newcomers(EASE.from_data(data), data)
        >>> newcomers.recommend(["item 3", "item 5"], k=2)["rank"].tolist()
        [1, 2]
    """

    def recommend(
        self,
        history: Sequence[Any] = (),
        text: str | None = None,
        k: int = 10,
        exclude: str | Sequence[Any] | None = "all",
        **options: Any,
    ) -> pd.DataFrame:
        """The best items for someone whom training did not see.

        Args:
            history: Original ids of items that they took. (default: none)
            text: What they say about themselves; more than 20,000 characters are cut with a warning. (default: nothing)
            k: Number of items. (default: ``10``)
            exclude: Items that are left out: ``"all"`` or ``"history"`` for those of the history, which is all that is
                known of someone new; a list of original ids; or :obj:`None`. (default: ``"all"``)
            **options: Further arguments of :func:`~irllrec_pyg.recommender.recommend`: a filter of the items,
                ``diversity`` and ``popularity_discount``.

        Returns:
            One row per item, as :func:`~irllrec_pyg.recommender.recommend` returns it, without the column ``user``.

        Raises:
            TypeError: There is a history, and the ranker does not read histories.
            ValueError: There is neither a history nor a text, an item is unknown, the text is empty, the data hold no
                text features, or their encoder is unknown.

        Examples:
            >>> from irllrec_pyg.models import EASE
            >>> from irllrec_pyg.testing import tiny_data
            >>> data = tiny_data()
            >>> encoder = lambda texts: data["item"].intent[:1].repeat(len(texts), 1)
            >>> newcomers = Newcomers(EASE.from_data(data), data, encoder)
            >>> list(newcomers.recommend(text="I like calm films.", k=2))
            ['item', 'rank', 'score']
        """
        if isinstance(exclude, str):
            check_choice("exclude", exclude, ("all", "history"))
        items = find_nodes(self.data, "item", history, "history").unique()
        if not items.numel() and text is None:
            raise ValueError("there is neither a 'history' nor a 'text'; give at least one of them")
        score = self.score([items], None if text is None else [text])
        taken = [items]
        if not isinstance(exclude, str):
            taken = [] if exclude is None else [find_nodes(self.data, "item", exclude, "exclude")]
        return recommendation_table(score, self.data, [None], taken or None, k, **options).drop(columns="user")

    def score(self, histories: Sequence[Sequence[int] | Tensor], texts: Sequence[str | None] | None = None) -> Tensor:
        """Scores of all items for users whom training did not see, ``[n, N]``.

        Args:
            histories: Node ids of the items of each user; empty where there is none.
            texts: What each user says; :obj:`None` for nothing. (default: nothing)

        Raises:
            TypeError: See :meth:`recommend`.
            ValueError: See :meth:`recommend`.
        """
        items = [id_tensor(history, "histories").long() for history in histories]
        score, weight = self.score_texts(items, texts)
        if not any(one.numel() for one in items):
            return score
        by_history, weight = self.read(self.reader, items), weight.unsqueeze(1)
        blended = (1.0 - weight) * standardize(by_history) + weight * score
        return torch.where(weight > 0, blended, by_history)

    def add_users(
        self,
        ids: Sequence[Any] | None,
        histories: Sequence[Sequence[Any]] | None = None,
        texts: Sequence[str | None] | None = None,
    ) -> Enlarged:
        """Lets users join.

        Args:
            ids: Original ids of the users; :obj:`None` where the data have none.
            histories: Original ids of the items of each user. (default: no histories)
            texts: What each user says; :obj:`None` for nothing. (default: nothing)

        Returns:
            The ranker and the data with the users; ``Engine(*result)`` recommends to them.

        Raises:
            TypeError: The ranker does not read histories.
            ValueError: An id is known already, a user has neither a history nor a text, or see :meth:`recommend`.

        Examples:
            >>> from irllrec_pyg import Engine
            >>> from irllrec_pyg.models import EASE
            >>> from irllrec_pyg.testing import tiny_data
            >>> data = tiny_data()
            >>> engine = Engine(*Newcomers(EASE.from_data(data), data).add_users(["ann"], [["item 3", "item 5"]]))
            >>> engine.recommend(["ann"], k=2)["user"].tolist()
            ['ann', 'ann']
        """
        return join_users(self, ids, histories, texts)

    def add_items(
        self,
        texts: Sequence[str | None] | None,
        ids: Sequence[Any] | None = None,
        interactions: Sequence[Sequence[Any]] | None = None,
        titles: Sequence[str] | None = None,
    ) -> Enlarged:
        """Lets items join.

        Args:
            texts: Description of each item; :obj:`None` where there is none.
            ids: Original ids of the items. (default: they are numbered, where the data have no original ids)
            interactions: Original ids of the known users who took each item, a handful at most. (default: none)
            titles: Title of each item. (default: its id)

        Returns:
            The ranker and the data with the items; ``Engine(*result)`` recommends them.

        Raises:
            ValueError: An id is known already, an item has neither a text nor interactions, a user is unknown, or see
                :meth:`recommend`.

        Examples:
            >>> from irllrec_pyg import Engine
            >>> from irllrec_pyg.models import EASE
            >>> from irllrec_pyg.testing import tiny_data
            >>> data = tiny_data()
            >>> newcomers = Newcomers(EASE.from_data(data), data)
            >>> engine = Engine(*newcomers.add_items(None, ["a new one"], [["user 0", "user 2"]]))
            >>> engine.data["item"].num_nodes, engine.ranker.num_items
            (21, 21)
        """
        return join_items(self, texts, ids, interactions, titles)

"""Recommendations in original ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import find_nodes
from ..ranking import Ranker, UserItemIndex, device_of, score_tiles
from .among import Among
from .best_items import BestItems
from .check import check_fits
from .exclude import Exclude, excluded_items
from .table import node_names, ranked_table

if TYPE_CHECKING:
    import pandas as pd


def recommend(
    ranker: Ranker,
    data: HeteroData,
    users: Sequence[Any] | None = None,
    k: int = 10,
    exclude: str | Sequence[Any] | Tensor | Mapping[Any, Sequence[Any]] | None = "all",
    among: Sequence[Any] | Tensor | Mapping[str, Any] | None = None,
    diversity: float = 0.0,
    popularity_discount: float = 0.0,
) -> pd.DataFrame:
    r"""The best items for some users, as a table in original ids.

    Users are scored a tile at a time, so that no matrix of all users and all items is held.

    With ``diversity`` :math:`\delta` the list is chosen by maximal marginal relevance (`"The Use of MMR,
    Diversity-Based Reranking" <https://doi.org/10.1145/290941.291025>`_): of the :math:`10 k` best items, the one
    joins next for which

    .. math::
        (1 - \delta) \, r_{ui} - \delta \, \max_{j \in \mathcal{L}_u} \cos(\mathbf{x}_i, \mathbf{x}_j)

    is largest, where :math:`r_{ui}` is the score, scaled to the range from 0 to 1 over these items,
    :math:`\mathcal{L}_u` is the list so far, and :math:`\mathbf{x}_i` holds the users who took an item in training.

    With ``popularity_discount`` :math:`\beta` items are ranked by :math:`\tilde{s}_{ui} - \beta \, \tilde{p}_i`, where
    :math:`p_i = \log(1 + n_i)`, :math:`n_i` is the number of users who took the item in training, and the tilde stands
    for a mean of zero and a deviation of one over the items that are left for the user. It comes before diversity.

    Args:
        ranker: Anything that scores, such as ``run.ranker`` or :class:`~irllrec_pyg.models.EASE`.
        data: The data object that it was trained on.
        users: Original ids of users; node ids where the data has no original ids. (default: all users)
        k: Number of items per user. (default: ``10``)
        exclude: Items that are left out: ``"all"`` for everything that the user is known to have taken; ``"history"``
            for the training split alone, so that held-out items can be found, as in a measurement; a list of item ids,
            which are left out for every user; a mapping from user ids to lists of item ids; or :obj:`None`. A list or a
            mapping replaces what the user took. (default: ``"all"``)
        among: Items that can be recommended: a list of item ids; a boolean mask with one entry per item; or a mapping
            from columns of the items to a value or a list of values, such as ``{"category": "books"}``. Columns are the
            attributes of ``data["item"]`` that have one value per item. An item must match every column; where an entry
            is a list itself, such as the genres of a film, one of its values is enough. (default: all items)
        diversity: :math:`\delta`, from 0 to below 1. With more of it, the items of a list are taken by different users.
            (default: ``0.0``)
        popularity_discount: :math:`\beta`. With more of it, less popular items rank higher. (default: ``0.0``)

    Returns:
        One row per recommendation, with the columns ``user``, ``item``, ``rank`` (from 1) and ``score``, and ``title``
        where the data has titles. A user with fewer than ``k`` items left gets fewer rows. ``score`` is the ranker's
        own score, also where ``diversity`` or ``popularity_discount`` changes the order.

    Raises:
        TypeError: ``ranker`` does not score, such as a model that is no ranker yet.
        ValueError: A user, an item, a column or a value is unknown, ``among`` leaves no item, an argument is out of
            range, a score is NaN or infinity, or the ranker has other numbers of users and items.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> popularity = Popularity.from_data(data)
        >>> recommend(popularity, data, ["user 3"], k=2)[["user", "rank"]].values.tolist()
        [['user 3', 1], ['user 3', 2]]
        >>> data["item"].category = ["book"] * 2 + ["film"] * 18
        >>> recommend(popularity, data, ["user 3"], among={"category": "book"})["item"].tolist()
        ['item 1', 'item 0']
    """
    nodes = user_nodes(ranker, data, users)
    return UserLists(ranker, data, k, exclude, among, diversity, popularity_discount).table(nodes)


def user_nodes(ranker: Ranker, data: HeteroData, users: Sequence[Any] | None) -> Tensor:
    """Nodes of the users to recommend to, after a check that the ranker fits the data.

    Args:
        ranker: The ranker.
        data: The data object.
        users: Original ids; all users if :obj:`None`.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> user_nodes(Popularity.from_data(tiny_data()), tiny_data(), ["user 3"])
        tensor([3])
    """
    check_fits(ranker, data)
    return torch.arange(data["user"].num_nodes) if users is None else find_nodes(data, "user", users, "users")


class UserLists:
    """Makes tables of recommendations, with options that are checked once.

    Args:
        ranker: The ranker.
        data: The data object.
        k: Number of items per user. (default: ``10``)
        exclude: Items that are left out. (default: ``"all"``)
        among: Items that can be recommended. (default: all items)
        diversity: Weight of the difference between the items of a list. (default: ``0.0``)
        popularity_discount: Weight of a discount for popular items. (default: ``0.0``)

    Raises:
        ValueError: As :func:`~irllrec_pyg.recommender.recommend`.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> len(UserLists(Popularity.from_data(data), data, k=2).table(torch.tensor([3, 5])))
        4
    """

    def __init__(
        self,
        ranker: Ranker,
        data: HeteroData,
        k: int = 10,
        exclude: Exclude | None = "all",
        among: Among | None = None,
        diversity: float = 0.0,
        popularity_discount: float = 0.0,
    ) -> None:
        pairs, never = excluded_items(data, exclude)
        self.ranker, self.data = ranker, data
        self.best_items = BestItems(data, k, among, diversity, popularity_discount, never)
        self.excluded: UserItemIndex | None = None
        if pairs is not None:
            pairs = pairs.to(device_of(ranker))
            self.excluded = UserItemIndex(pairs, ranker.num_users, ranker.num_items, "exclude")

    def table(self, nodes: Tensor) -> pd.DataFrame:
        """The recommendations for some users.

        Args:
            nodes: The users, as node ids.
        """
        items = torch.empty(nodes.numel(), self.best_items.k, dtype=torch.long)
        scores = torch.empty(nodes.numel(), self.best_items.k)
        for rows, tile in score_tiles(self.ranker, nodes.to(device_of(self.ranker)), self.excluded):
            best, values = self.best_items(tile)
            items[rows.cpu()], scores[rows.cpu()] = best.cpu(), values.to(scores)
        return ranked_table(self.data, node_names(self.data, "user", nodes.tolist()), items, scores)

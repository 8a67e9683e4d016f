"""Checks of what is recommended from."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from ..ranking import Ranker


def check_fits(ranker: Ranker, data: HeteroData) -> None:
    """Checks that a ranker scores, and that it was made from data of this size.

    Args:
        ranker: The ranker.
        data: The data object.

    Raises:
        TypeError: ``ranker`` does not score, such as a model that is no ranker yet.
        ValueError: The ranker has other numbers of users and items.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> check_fits(Popularity.from_data(tiny_data()), tiny_data())
    """
    if not hasattr(ranker, "score"):
        raise TypeError(
            f"'ranker' is a {type(ranker).__name__}, which does not score; give "
            "'model.ranker(JointGraph.from_data(data))'"
        )
    sizes, expected = (ranker.num_users, ranker.num_items), (data["user"].num_nodes, data["item"].num_nodes)
    if sizes != expected:
        raise ValueError(f"'ranker' has {sizes} users and items, but 'data' has {expected}; give its own data")

"""Leaving out users and items with few interactions."""

from __future__ import annotations

import pandas as pd


def k_core(reviews: pd.DataFrame, k: int = 5, user: str = "user", item: str = "item") -> pd.DataFrame:
    """The largest part of a table in which every user has at least ``k`` items and every item at least ``k`` users.

    Removing an item can bring a user below ``k``, so both steps are repeated until nothing changes. The result does not
    depend on the order of the rows.

    Args:
        reviews: Table with one row per interaction; repeated ones count once, and are all kept or all removed.
        k: Number of interactions that every user and item has at least. (default: ``5``)
        user: Column of users. (default: ``"user"``)
        item: Column of items. (default: ``"item"``)

    Raises:
        ValueError: ``k`` is below one, or nothing is left.

    Examples:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"user": ["a", "a", "b", "b", "c"], "item": [1, 2, 1, 2, 1]})
        >>> sorted(k_core(table, k=2)["user"].unique())
        ['a', 'b']
    """
    if k < 1:
        raise ValueError(f"'k' must be at least 1 (got {k}); 5 and 10 are usual")
    left, before = reviews, -1
    while len(left) not in (0, before):
        before = len(left)
        for side, other in ((user, item), (item, user)):
            count = left.groupby(side, observed=True)[other].transform("nunique")
            left = left[count >= k]
    if left.empty:
        raise ValueError(f"no {k}-core: of {len(reviews)} interactions none is left; lower 'k'")
    return left

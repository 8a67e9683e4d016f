"""Item features permuted, and user features computed from them."""

from __future__ import annotations

from collections.abc import Sequence

from torch_geometric.data import HeteroData

from ..features import mean_of_items
from .registry import CONTROLS
from .shuffled import shuffled


@CONTROLS.register("shuffled-items")
def shuffled_items(data: HeteroData, names: Sequence[str], seed: int) -> HeteroData:
    """Permutes the features of items, and makes each user's feature the mean over their training items again.

    It is the stricter control where user features are such means: what the features say about the interactions stays,
    what they say in words is gone.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features.
        seed: Seed of the permutation.

    Raises:
        ValueError: Users have texts of their own.
    """
    if "text" in data["user"]:
        raise ValueError(
            "control 'shuffled-items' does not apply, because users have texts of their own; use 'shuffled'"
        )
    result = shuffled(data, names, seed)
    for name in names:
        result["user"][name] = mean_of_items(result, result["item"][name])
    return result

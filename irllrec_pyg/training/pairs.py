"""The (user, item) pairs that a trainer reads."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import INTERACTS, SPLIT_NAMES, check_pairs


def checked_pairs(data: HeteroData, num_users: int, num_items: int) -> dict[str, Tensor]:
    """Pairs of every split of a data object, by the name that they have there.

    Args:
        data: The data object.
        num_users: Number of users of the model.
        num_items: Number of items of the model.

    Raises:
        ValueError: Model and data have different sizes, or a split has no interactions.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> list(checked_pairs(tiny_data(), 24, 20))
        ['edge_index', 'val_label_index', 'test_label_index']
    """
    found = data["user"].num_nodes, data["item"].num_nodes
    if (num_users, num_items) != found:
        raise ValueError(
            f"the model has {num_users} users and {num_items} items, the data {found[0]} and {found[1]}; build the "
            "model for this data"
        )
    pairs = {name: check_pairs(data[INTERACTS][name], num_users, num_items, name) for name in SPLIT_NAMES.values()}
    if empty := [name for name, split in pairs.items() if split.size(1) == 0]:
        raise ValueError(f"'{empty[0]}' is empty: there is nothing to train or evaluate on; check the split")
    return pairs

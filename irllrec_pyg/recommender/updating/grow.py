"""Weights of a model with rows for more users and items."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import scatter

from ...data import INTERACTS


def grow(
    state: Mapping[str, Tensor], target: Mapping[str, Tensor], before: HeteroData, after: HeteroData
) -> dict[str, Tensor]:
    r"""Continues trained weights in a larger model. Tensors with one row per user, per item, or per node of the joint
    numbering get rows for those that joined; all others, and the rows of known nodes, stay as they are.

    The row of a new item is the mean over its users, each by the mean of the known items that they took,

    .. math::
        \mathbf{w}_i = \frac{1}{|\mathcal{N}_i|} \sum_{u \in \mathcal{N}_i} \frac{1}{|\mathcal{N}_u|}
        \sum_{j \in \mathcal{N}_u} \mathbf{w}_j ,

    or the mean of all items if there are no such items; that of a new user likewise.

    Args:
        state: The trained weights, by name.
        target: Weights of the larger model, which has the same names.
        before: The data object that they were trained on.
        after: The data object of the larger model.

    Raises:
        ValueError: A name is missing, or a shape differs in something else than the number of nodes.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.recommender.updating.enlarge import NewInteractions, enlarge
        >>> new = NewInteractions(torch.tensor([[24], [3]]), users=["ann"], items=[])
        >>> before, after = tiny_data(), enlarge(tiny_data(), new)
        >>> grow({"embedding": torch.ones(44, 2)}, {"embedding": torch.zeros(45, 2)}, before, after)["embedding"].shape
        torch.Size([45, 2])
    """
    sizes = [(data["user"].num_nodes, data["item"].num_nodes) for data in (before, after)]
    grown = {}
    for name, wanted in target.items():
        known = state.get(name)
        if known is None or known.shape[1:] != wanted.shape[1:] or known.dim() != wanted.dim():
            found = "missing" if known is None else f"of shape {list(known.shape)}"
            raise ValueError(f"the weight {name!r} is {found}, but the larger model needs {list(wanted.shape)}")
        if known.shape == wanted.shape:
            grown[name] = known.to(wanted)
            continue
        rows = known.size(0), wanted.size(0)
        sides = [side for side, change in _changes(sizes).items() if change == rows]
        if not sides:
            raise ValueError(
                f"the weight {name!r} has {rows[0]} rows, and {rows[1]} in the larger model, which are no numbers of "
                "users and items"
            )
        grown[name] = _with_rows(known.to(wanted), sides[0], sizes[0], after)
    return grown


def _changes(sizes: list[tuple[int, int]]) -> dict[str, tuple[int, int]]:
    (users, items), (more_users, more_items) = sizes
    return {
        "joint": (users + items, more_users + more_items),
        "user": (users, more_users),
        "item": (items, more_items),
    }


def _with_rows(known: Tensor, side: str, sizes: tuple[int, int], after: HeteroData) -> Tensor:
    if side == "joint":
        parts = zip(known.split(sizes), ("user", "item"), strict=True)
        return torch.cat([_side_with_rows(part, name, after) for part, name in parts])
    return _side_with_rows(known, side, after)


def _side_with_rows(known: Tensor, side: str, after: HeteroData) -> Tensor:
    """Rows of the known nodes of one side, followed by those of the new ones."""
    count, num_known = after[side].num_nodes - known.size(0), known.size(0)
    if not count:
        return known
    flat = known.flatten(1)
    user, item = after[INTERACTS].edge_index
    own, other = (user, item) if side == "user" else (item, user)
    num_other = after["item" if side == "user" else "user"].num_nodes
    is_known = own < num_known
    middle = scatter(flat[own[is_known]], other[is_known], dim_size=num_other, reduce="mean")
    is_reached = other[is_known].bincount(minlength=num_other) > 0
    use = ~is_known & is_reached[other]
    rows = scatter(middle[other[use]], own[use] - num_known, dim_size=count, reduce="mean")
    alone = (own[use] - num_known).bincount(minlength=count) == 0
    rows[alone] = flat.mean(dim=0)
    return torch.cat([known, rows.view(count, *known.shape[1:])])

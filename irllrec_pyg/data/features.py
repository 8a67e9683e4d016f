"""Text features of users and items, and the mask of those that have a text."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from .._checks import check_at_least
from .interactions import INTERACTS

_ROWS = 2048  # rows that are read at once, so that wide features are never copied whole


def check_features(name: str, user: Tensor, item: Tensor, num_users: int, num_items: int) -> None:
    """Checks a pair of feature matrices.

    Args:
        name: Name of the features, for error messages.
        user: Features of users.
        item: Features of items.
        num_users: Number of rows that ``user`` must have.
        num_items: Number of rows that ``item`` must have.

    Raises:
        ValueError: The rows do not match the nodes, a value is NaN or infinite, or the widths differ.

    Examples:
        >>> check_features("intent", torch.ones(2, 8), torch.ones(3, 4), num_users=2, num_items=3)
        Traceback (most recent call last):
        ValueError: 'intent' features are 8 wide for users and 4 for items; use one encoder
    """
    for side, feature, rows in (("user", user, num_users), ("item", item, num_items)):
        if feature.dim() != 2 or feature.size(0) != rows:
            raise ValueError(
                f"'{name}' features of {side}s are {list(feature.shape)}, but there are {rows} {side}s; give one row "
                "per node in the order of the ids, and pass users before items"
            )
        finite = torch.cat([part.isfinite().all(dim=1) for part in feature.split(_ROWS)])
        if not finite.all():
            row = int((~finite).nonzero()[0])
            raise ValueError(f"'{name}' features of {side}s hold NaN or infinity, first in row {row}; encode it again")
    if user.size(1) != item.size(1):
        raise ValueError(
            f"'{name}' features are {user.size(1)} wide for users and {item.size(1)} for items; use one encoder"
        )


def text_mask(feature: Tensor) -> Tensor:
    """Mask of the nodes that have a text, ``[n]``. A row of zeros means that the text is missing; no encoder returns
    such a row for a text.

    Args:
        feature: Text features, ``[n, d_t]``.

    Examples:
        >>> text_mask(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        tensor([ True, False])
    """
    return feature.ne(0).any(dim=-1)


def unit_features(feature: Tensor, center: bool = False) -> Tensor:
    """Text features scaled to unit length, in single precision. Rows of zeros, which have no text, stay zeros.

    Args:
        feature: Text features, ``[n, d_t]``.
        center: Whether to subtract the mean over the rows that have a text first. (default: ``False``)

    Examples:
        >>> unit_features(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    ids = text_mask(feature).nonzero().squeeze(1)
    rows = feature.index_select(0, ids).float()
    if center and rows.size(0) > 1:
        rows = rows - rows.mean(dim=0)
    return rows.new_zeros(feature.shape).index_copy_(0, ids, torch.nn.functional.normalize(rows, dim=-1))


class ReducedFeatures(NamedTuple):
    """Features on fewer directions, see :func:`reduce_features`.

    Args:
        user: Features of users, ``[M, d_r]``.
        item: Features of items, ``[N, d_r]``.
        axes: The directions, ``[d_t, d_r]``. Further features ``x`` are reduced by ``x @ axes``.
        share: Share of the sum of squares that the directions keep, from 0 to 1.

    Examples:
        >>> ReducedFeatures(torch.ones(2, 1), torch.ones(3, 1), torch.ones(1, 1), share=1.0).share
        1.0
    """

    user: Tensor
    item: Tensor
    axes: Tensor
    share: float


@torch.no_grad()
def reduce_features(
    user: Tensor, item: Tensor, width: int | None = 256, variance: float | None = None
) -> ReducedFeatures:
    r"""Reduces wide text features once, so that training does not pay for their width in every step. Features
    :math:`\mathbf{X}` of users and items together are expressed in their first principal directions
    :math:`\mathbf{V}_{d_r}`, the right singular vectors with the largest singular values :math:`\sigma_k`,

    .. math::
        \mathbf{x}' = \mathbf{V}_{d_r}^{\top} \mathbf{x}, \qquad
        \text{share} = \frac{\sum_{k \le d_r} \sigma_k^2}{\sum_k \sigma_k^2} .

    No mean is subtracted: rows of zeros, which have no text, stay zeros. Where the features have no more directions
    than ``width``, for example because fewer nodes have a text, nothing is lost: inner products stay the same. Any
    other reduction is a cut, and ``share`` says how much is left. Texts of a language model usually keep almost all
    on a few hundred directions; random features do not.

    Use it before any model that reads texts, with :func:`set_features`. :class:`~irllrec_pyg.models.IRLLRec` calls it
    itself.

    Args:
        user: Features of users, ``[M, d_t]``.
        item: Features of items, ``[N, d_t]``.
        width: Largest number of directions :math:`d_r`; :obj:`None` for all that there are. (default: ``256``)
        variance: Share to keep. If fewer directions than ``width`` reach it, only these are kept. (default: no fewer)

    Returns:
        The reduced features in the type of the given ones. Features that are narrow already are returned as they are.

    Raises:
        ValueError: See :func:`check_features`; ``width`` is below one, or ``variance`` is not in (0, 1].

    Examples:
        >>> wide = torch.randn(5, 2, dtype=torch.double) @ torch.randn(2, 40, dtype=torch.double)
        >>> reduced = reduce_features(wide[:3], wide[3:], variance=0.999999)
        >>> reduced.item.shape[1] <= 2, round(reduced.share, 4)
        (True, 1.0)
        >>> torch.allclose(reduced.user @ reduced.item.t(), wide[:3] @ wide[3:].t(), atol=1e-2)
        True
    """
    check_features("text", user, item, user.size(0), item.size(0))
    if width is not None:
        check_at_least("width", width, 1, "None keeps all directions")
    if variance is not None and not 0.0 < variance <= 1.0:
        raise ValueError(f"'variance' must lie in (0, 1] (got {variance}); it is the share to keep, such as 0.99")
    channels = user.size(1)
    rows = int(sum(text_mask(side).sum() for side in (user, item)))
    width = max(1, min(rows, channels if width is None else min(width, channels)))
    if width == channels and variance is None:
        return ReducedFeatures(user, item, torch.eye(channels, dtype=user.dtype, device=user.device), 1.0)
    gram = user.new_zeros(channels, channels, dtype=torch.double)
    for part in (*user.split(_ROWS), *item.split(_ROWS)):
        gram.addmm_(part.double().t(), part.double())
    values, axes = torch.linalg.eigh(gram)
    values, axes = values.flip(0).clamp_(min=0.0), axes.flip(1)
    kept = values.cumsum(0) / values.sum().clamp(min=torch.finfo(values.dtype).tiny)
    if variance is not None:
        width = min(width, int((kept < variance).sum()) + 1)
    axes = axes[:, :width]
    # The sign of a direction is arbitrary: its largest entry is made positive, so that every machine finds the same.
    axes = axes * axes.gather(0, axes.abs().argmax(dim=0, keepdim=True)).sign()
    share = min(1.0, float(kept[width - 1])) if rows else 1.0
    return ReducedFeatures(_project(user, axes), _project(item, axes), axes.to(user.dtype), share)


def _project(feature: Tensor, axes: Tensor) -> Tensor:
    axes = axes.to(torch.promote_types(feature.dtype, torch.float32))
    return torch.cat([(part.to(axes.dtype) @ axes).to(feature.dtype) for part in feature.split(_ROWS)])


def set_features(data: HeteroData, name: str, user: Tensor, item: Tensor) -> HeteroData:
    """Sets features of all nodes, as ``data["user"][name]`` and ``data["item"][name]``, and returns the data object.

    A row of zeros means that a node has no text (:func:`text_mask`). Such a node takes no part in the loss terms that
    read texts, and is recommended all the same.

    Args:
        data: The data object; it is changed.
        name: Name of the features, such as ``"intent"``.
        user: Features of users, ``[M, d_t]``.
        item: Features of items, ``[N, d_t]``.

    Raises:
        ValueError: See :func:`check_features`.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = set_features(tiny_data(), "review", torch.ones(24, 8), torch.ones(20, 8))
        >>> data["item"].review.shape
        torch.Size([20, 8])
    """
    check_features(name, user, item, data["user"].num_nodes, data["item"].num_nodes)
    data["user"][name], data["item"][name] = user, item
    return data


def get_features(data: HeteroData, name: str) -> tuple[Tensor, Tensor]:
    """Features of users and of items, such as ``data["user"].intent`` and ``data["item"].intent``.

    Args:
        data: The data object.
        name: Name of the features.

    Raises:
        ValueError: A side has no such features.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> [feature.shape for feature in get_features(tiny_data(), "intent")]
        [torch.Size([24, 12]), torch.Size([20, 12])]
    """
    for side in ("user", "item"):
        if name not in data[side]:
            raise ValueError(
                f"data['{side}'] has no '{name}' features; give the dataset feature files, or make them with "
                "irllrec_pyg.text.text_features and set_features"
            )
    return data["user"][name], data["item"][name]


def mean_of_items(data: HeteroData, item: Tensor) -> Tensor:
    """User features for users without texts of their own: the mean over their training items, at unit length.

    Items without text do not count. A user who has only such items gets a row of zeros.

    Args:
        data: The data object; only its training interactions are read.
        item: Item features, ``[N, d_t]``.

    Returns:
        ``[M, d_t]``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> mean_of_items(data, data["item"].intent).norm(dim=1)[:2]
        tensor([1., 1.])
    """
    user, train_item = data[INTERACTS].edge_index
    total = item.new_zeros(data["user"].num_nodes, item.size(1)).index_add_(0, user, item[train_item])
    return torch.nn.functional.normalize(total, dim=-1)

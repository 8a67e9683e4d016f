"""Steps that encode the graph once, and compute the loss one tile of the batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DynamoBackend
from torch import Tensor

from .._checks import check_at_least
from ..data import JointGraph
from ..models import Batch, Recommender
from ..ops.precision import single


def tiled_backward(
    model: Recommender, graph: JointGraph, batch: Batch, tile_size: int, accelerator: Accelerator
) -> dict[str, Tensor]:
    r"""Computes the gradient of a step, and adds it to that of the parameters, with the memory of one tile.

    The encoding :math:`\mathbf{E}(\theta)` does not depend on the batch, so its derivative is the same for all tiles
    :math:`\mathcal{T}` of a batch :math:`\mathcal{B}`,

    .. math::
        \frac{\partial \mathcal{L}}{\partial \theta} =
        \Big( \sum_{\mathcal{T}} \frac{|\mathcal{T}|}{|\mathcal{B}|}
        \frac{\partial \mathcal{L}_{\mathcal{T}}}{\partial \mathbf{E}} \Big)
        \frac{\partial \mathbf{E}}{\partial \theta} .

    The sum in brackets is collected tile by tile, and one backward pass takes it through the graph. This is the
    gradient of the whole batch for every term that is a mean over its triplets, and for every term that does not depend
    on the batch. A term that contrasts the nodes of the batch contrasts those of each tile instead.

    Args:
        model: The model.
        graph: The graph of the training interactions.
        batch: The triplets of the step.
        tile_size: Largest number of triplets per tile.
        accelerator: Scales the loss, and sets the precision.

    Returns:
        The terms of the loss, as means over the triplets.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data, model = tiny_data(), LightGCN(24, 20)
        >>> step = JointGraph.from_data(data), tiny_batch(data)
        >>> terms = tiled_backward(model, *step, tile_size=2, accelerator=Accelerator())
        >>> torch.allclose(terms["bpr"], model(*step)["bpr"])
        True
    """
    with accelerator.autocast():
        encoding = model.encode(graph)
    leaves: dict[Tensor, Tensor] = {}
    detached = _detach(encoding, leaves)
    sums: dict[str, Tensor] = {}
    for tile in split_batch(batch, tile_size):
        with accelerator.autocast():
            terms = model.loss(detached, tile)
        share = tile.user.numel() / batch.user.numel()
        terms = {name: share * single(value) for name, value in terms.items()}
        accelerator.backward(torch.stack(list(terms.values())).sum())
        sums |= {name: sums.get(name, 0.0) + value.detach() for name, value in terms.items()}
    reached = [(tensor, leaf.grad) for tensor, leaf in leaves.items() if leaf.grad is not None]
    del encoding, detached, leaves  # the graph keeps what the backward pass reads, which is little
    if reached:  # not by accelerate, which would scale the gradient again
        torch.autograd.backward([tensor for tensor, _ in reached], [grad for _, grad in reached])
    return sums


def check_tile_size(tile_size: int | None, accelerator: Accelerator) -> None:
    """Checks the size of tiles.

    Args:
        tile_size: Largest number of triplets per tile; :obj:`None` for no tiles.
        accelerator: The accelerator of the run.

    Raises:
        ValueError: The size is below one, or the accelerator compiles the model. It compiles ``forward`` alone, which a
            step of tiles does not call.

    Examples:
        >>> check_tile_size(0, Accelerator())
        Traceback (most recent call last):
        ValueError: 'tile_size' must be at least 1 (got 0); use None for the whole batch
    """
    if tile_size is None:
        return
    check_at_least("tile_size", tile_size, 1, "use None for the whole batch")
    backend = accelerator.state.dynamo_plugin.backend
    if backend != DynamoBackend.NO:
        raise ValueError(
            f"'tile_size' is {tile_size}, but the accelerator compiles the model with dynamo_backend="
            f"'{backend.value.lower()}'; leave out one of them"
        )


def split_batch(batch: Batch, size: int) -> Iterator[Batch]:
    """Splits a batch into tiles.

    Args:
        batch: The triplets.
        size: Largest number of triplets per tile.

    Examples:
        >>> batch = Batch(*torch.arange(15).view(3, 5))
        >>> [tile.user.tolist() for tile in split_batch(batch, 2)]
        [[0, 1], [2, 3], [4]]
    """
    yield from map(Batch._make, zip(*(ids.split(size) for ids in batch), strict=True))


def _detach(value: Any, leaves: dict[Tensor, Tensor]) -> Any:
    """A copy of an encoding whose tensors are leaves. A tensor that occurs twice becomes one leaf."""
    if isinstance(value, Tensor):
        if not value.requires_grad:
            return value
        if value not in leaves:
            leaves[value] = value.detach().requires_grad_()
        return leaves[value]
    if isinstance(value, list):
        return [_detach(part, leaves) for part in value]
    if isinstance(value, tuple):
        parts = [_detach(part, leaves) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {name: _detach(part, leaves) for name, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type | JointGraph):  # a graph is constant
        result = copy(value)
        for field in fields(value):
            setattr(result, field.name, _detach(getattr(value, field.name), leaves))
        return result
    return value

"""Random features."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch_geometric.data import HeteroData

from ...seeding import stream_seed
from ..features import get_features
from .registry import CONTROLS


@CONTROLS.register("random")
def random(data: HeteroData, names: Sequence[str], seed: int) -> HeteroData:
    """Draws features from a normal distribution, of the same width and with the norms of the given ones.

    It shows what a model gains from having features at all. Nodes without text stay without.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features.
        seed: Seed of the draw.
    """
    return drawn_features(data, names, stream_seed(seed, 0, "random features"))


def drawn_features(data: HeteroData, names: Sequence[str], seed: int) -> HeteroData:
    """Copy of the data in which the named features have random directions and the norms of the given ones.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features; all get the same draw.
        seed: Seed of the draw.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> drawn = drawn_features(data, ("intent",), seed=0)["item"].intent
        >>> torch.allclose(drawn.norm(dim=1), data["item"].intent.norm(dim=1))
        True
    """
    result = copy(data)
    for name in names:
        generator = torch.Generator().manual_seed(seed)
        for side, feature in zip(("user", "item"), get_features(data, name), strict=True):
            drawn = torch.randn(feature.shape, generator=generator).to(feature)
            result[side][name] = F.normalize(drawn, dim=-1) * feature.norm(dim=-1, keepdim=True)
    return result

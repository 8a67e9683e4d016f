"""Features that are free parameters."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.data import HeteroData

from ...seeding import stream_seed
from ..features import get_features
from .registry import CONTROLS


@CONTROLS.register("learned")
def learned(data: HeteroData, names: Sequence[str], seed: int) -> HeteroData:
    """Draws features as ``"random"`` does, and lets the model train them.

    Features that are :class:`torch.nn.Parameter` are trained by every model of this library that reads texts. This
    control shows what a model gains from more free parameters: with it, a text ranker is a second ranker over ids.
    Nodes without text stay without. Closed forms train nothing and do not accept such features.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features.
        seed: Seed of the draw.
    """
    result = copy(data)
    for name in names:
        generator = torch.Generator().manual_seed(stream_seed(seed, 0, "learned features"))
        for side, feature in zip(("user", "item"), get_features(data, name), strict=True):
            drawn = torch.randn(feature.shape, generator=generator).to(feature)
            result[side][name] = nn.Parameter(F.normalize(drawn, dim=-1) * feature.norm(dim=-1, keepdim=True))
    return result

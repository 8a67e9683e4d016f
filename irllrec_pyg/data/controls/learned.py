"""Features that are free parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from torch import nn
from torch_geometric.data import HeteroData

from ...seeding import stream_seed
from .random import drawn_features
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
    result = drawn_features(data, names, stream_seed(seed, 0, "learned features"))
    for name, side in product(names, ("user", "item")):
        result[side][name] = nn.Parameter(result[side][name])
    return result

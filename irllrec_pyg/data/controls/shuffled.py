"""Features permuted across the nodes of each side."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
from torch_geometric.data import HeteroData

from ..features import get_features, text_mask
from .registry import CONTROLS


@CONTROLS.register("shuffled")
def shuffled(data: HeteroData, names: Sequence[str], seed: int) -> HeteroData:
    """Permutes the features of users across users, and those of items across items.

    Widths, norms and distribution stay. Nodes without text stay without. All names are permuted alike.

    Args:
        data: The data object; it is left as it is.
        names: Names of the features.
        seed: Seed of the permutations.
    """
    result = copy(data)
    for name in names:
        generator = torch.Generator().manual_seed(seed)
        for side, feature in zip(("user", "item"), get_features(data, name), strict=True):
            feature = feature.clone()
            rows = text_mask(feature).nonzero().squeeze(1)
            order = torch.randperm(rows.numel(), generator=generator).to(rows.device)
            feature[rows] = feature[rows[order]]
            result[side][name] = feature
    return result

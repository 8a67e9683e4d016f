"""What a text feature matrix must be."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.data import HeteroData

from .base import Backbone


def check_features(backbone: Backbone, **features: Tensor) -> None:
    """Checks feature matrices named ``user_*`` and ``item_*`` against a backbone.

    Raises:
        ValueError: A matrix has not one row a node of its side, holds NaN or infinity, or widths differ.
    """
    for name, feature in features.items():
        rows = backbone.num_users if name.startswith("user") else backbone.num_items
        if feature.dim() != 2 or feature.size(0) != rows:
            side = "user" if name.startswith("user") else "item"
            raise ValueError(
                f"'{name}' must have one row for each of the {rows} {side}s, [{rows}, d_t] (got "
                f"{list(feature.shape)}); encode the texts in the order of the ids"
            )
        if not feature.isfinite().all():
            row = int((~feature.isfinite()).any(dim=1).nonzero()[0])
            raise ValueError(f"'{name}' holds NaN or infinity, first in row {row}; encode that text again")
    if len({feature.size(1) for feature in features.values()}) > 1:
        widths = {name: feature.size(1) for name, feature in features.items()}
        raise ValueError(f"features must share one width (got {widths}); encode users and items with the same model")


def features_of(data: HeteroData, name: str) -> tuple[Tensor, Tensor]:
    """Features of users and of items, such as ``data["user"].intent``.

    Raises:
        ValueError: A side lacks them.
    """
    for side in ("user", "item"):
        if name not in data[side]:
            raise ValueError(
                f"data['{side}'] has no '{name}' features; give the dataset feature files, or encode texts with "
                f"irllrec_pyg.text.TextEncoder and assign data['{side}'].{name}"
            )
    return data["user"][name], data["item"][name]

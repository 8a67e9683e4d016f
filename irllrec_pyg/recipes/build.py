"""From tables to models and rankers: the only place where a recipe becomes objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch_geometric.data import HeteroData

from ..models import (
    BACKBONES,
    Recommender,
    create_backbone,
    create_closed_form,
    create_enhancer,
    create_standalone,
)
from ..ranking import Blend, Ranker
from ..seeding import seeded
from .tables import arguments

Table = Mapping[str, Any]


def build_model(
    model: Table, enhancers: Sequence[Table], data: HeteroData, seed: int, start: Recommender | None = None
) -> Recommender:
    """Builds a model with seeded initial weights.

    Args:
        model: Name and arguments of a backbone or a stand-alone model.
        enhancers: Name and arguments of each enhancer, the innermost first.
        data: The data object with the features that they read.
        seed: Seed of the initial weights.
        start: A trained backbone to enhance. (default: a new one)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> type(build_model({"name": "lightgcn"}, [{"name": "text-ranking"}], tiny_data(), seed=0)).__name__
        'TextRanking'
    """
    with seeded(seed, torch.device("cpu")):
        if start is not None:
            built = start
        elif model["name"] in BACKBONES:
            built = create_backbone(model["name"], data, **arguments(model))
        else:
            built = create_standalone(model["name"], data, **arguments(model))
        for enhancer in enhancers:
            built = create_enhancer(enhancer["name"], built, data, **arguments(enhancer))
    return built


def build_parts(blend: Sequence[Table], data: HeteroData) -> list[tuple[Ranker, float]]:
    """Computes the closed forms of a blend, each with its weight.

    Args:
        blend: Name, weight (default: 1) and arguments of each.
        data: The data object with the features that they read.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> build_parts([{"name": "popularity", "weight": 0.5}], tiny_data())
        [(Popularity(24, 20), 0.5)]
    """
    parts: list[tuple[Ranker, float]] = []
    for table in blend:
        given = arguments(table)
        weight = given.pop("weight", 1.0)
        parts.append((create_closed_form(table["name"], data, **given), weight))
    return parts


def blend_of(blend: Sequence[Table], data: HeteroData) -> Ranker:
    """The blend of closed forms; a single one as it is.

    Args:
        blend: As for :func:`build_parts`, one at least.
        data: The data object with the features that they read.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> blend_of([{"name": "popularity"}], tiny_data())
        Popularity(24, 20)
    """
    rankers, weights = zip(*build_parts(blend, data), strict=True)
    return rankers[0] if len(rankers) == 1 else Blend(rankers, weights)

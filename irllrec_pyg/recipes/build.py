"""Models and rankers from the tables of a recipe."""

from __future__ import annotations

from collections.abc import Sequence

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
from .tables import Table, arguments


def build_model(
    model: Table, enhancers: Sequence[Table], data: HeteroData, seed: int, start: Recommender | None = None
) -> Recommender:
    """Builds a model with seeded initial weights.

    Args:
        model: Name and arguments of a backbone or a stand-alone model.
        enhancers: Name and arguments of each enhancer, the innermost first.
        data: The data object with the features that they read.
        seed: Seed of the initial weights.
        start: A trained model to enhance. (default: a new one)

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> type(build_model({"name": "lightgcn"}, [{"name": "text-ranking"}], tiny_data(), seed=0)).__name__
        'TextRanking'
    """
    with seeded(seed, torch.device("cpu")):
        if start is None:
            create = create_backbone if model["name"] in BACKBONES else create_standalone
            start = create(model["name"], data, **arguments(model))
        for enhancer in enhancers:
            start = create_enhancer(enhancer["name"], start, data, **arguments(enhancer))
    return start


def build_parts(blend: Sequence[Table], data: HeteroData) -> list[tuple[Ranker, float]]:
    """Computes the closed forms of a blend, each with its weight.

    Args:
        blend: Name, weight (default: 1) and arguments of each closed form.
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


def build_closed_form(blend: Sequence[Table], data: HeteroData) -> Ranker:
    """Computes a blend of closed forms; a single one stays as it is.

    Args:
        blend: Tables as for :func:`build_parts`, at least one.
        data: The data object with the features that they read.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> build_closed_form([{"name": "popularity"}], tiny_data())
        Popularity(24, 20)
    """
    rankers, weights = zip(*build_parts(blend, data), strict=True)
    return rankers[0] if len(rankers) == 1 else Blend(rankers, weights)

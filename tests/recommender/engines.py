"""Rankers of every kind, for the tests of saved engines."""

import torch

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import CLOSED_FORMS, AlphaRec, LightGCN, TextRanking, create_closed_form
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.search import FittedRanker
from irllrec_pyg.testing import tiny_data

USERS = torch.arange(24)
SMALL = {
    "ease": {"l2_weight": 5.0, "feature_weight": 2.0},
    "item-knn": {"k": 3},
    "rp3-beta": {"k": 3},
    "gf-cf": {"num_factors": 4},
    "l3ae": {"text_l2_weight": 1.0},
}


def closed_form(name):
    return lambda data: create_closed_form(name, data, **SMALL.get(name, {}))


def lightgcn():
    return LightGCN(24, 20, embedding_dim=8, num_layers=2)


def blend_of_all(data):
    parts = [Standardized(closed_form(name)(data)) for name in CLOSED_FORMS]
    return FittedRanker(parts, [0.1 * (row + 1) for row in range(len(parts))])


RANKERS = {
    **{name: closed_form(name) for name in CLOSED_FORMS},
    "embeddings": lambda data: EmbeddingRanker(torch.randn(24, 3), torch.randn(20, 3)),
    "LightGCN": lambda data: lightgcn().ranker(JointGraph.from_data(data)),
    "texts": lambda data: TextRanking.from_data(lightgcn(), data).ranker(JointGraph.from_data(data)),
    "AlphaRec": lambda data: AlphaRec.from_data(data, embedding_dim=8).ranker(JointGraph.from_data(data)),
    "a nested blend": lambda data: Blend(
        [Blend([closed_form("ease")(data)], [2.0]), lightgcn_ranker(data)], [1.0, 0.5]
    ),
    "the result of fit": blend_of_all,
}


def lightgcn_ranker(data):
    return lightgcn().ranker(JointGraph.from_data(data))


def data_with_texts():
    """Tiny data with titles, texts, and a column of lists."""
    data = tiny_data()
    data["item"].title = [f"title {item}" if item else None for item in range(20)]
    data["item"].text = [f"a book about {'love' if item < 10 else 'war'}, number {item}" for item in range(20)]
    data["user"].text = [f"likes books about {'war' if user % 2 else 'love'}" for user in range(24)]
    data["item"].genres = [["novel"] if item % 3 else [] for item in range(20)]
    data["item"].price = [1.5 * item for item in range(20)]
    data["item"].year = torch.arange(20)
    data.source = "a test"
    return data

"""The planted taste: splits are sound, popularity is skewed, and both interactions and texts tell what users like."""

import torch
import torch.nn.functional as F

from benchmarks.planted import planted_interactions
from irllrec_pyg.models import ItemKNN, Popularity
from irllrec_pyg.ranking import evaluate

SIZES = {"num_users": 600, "num_items": 4000, "count": 12_000, "text": 32, "evaluated": 100}


def test_planted_interactions():
    data = planted_interactions(**SIZES)
    edges = data["user", "interacts", "item"]
    splits = [edges.edge_index, edges.val_label_index, edges.test_label_index]
    keys = torch.cat([pairs[0] * 4000 + pairs[1] for pairs in splits])
    assert keys.numel() == keys.unique().numel() and 9_000 < keys.numel() < 13_000
    assert edges.edge_index[0].unique().numel() == 600, "every user has a training interaction"
    val, test = (pairs[0].unique() for pairs in splits[1:])
    assert max(val.numel(), test.numel()) <= 100 and not torch.isin(val, test).any()
    degree = edges.edge_index[1].bincount(minlength=4000).sort(descending=True).values
    assert degree[:400].sum() > degree.sum() / 3, "a tenth of the items has a third of the interactions"

    popular, near = (
        evaluate(model.from_data(data), edges.test_label_index, edges.edge_index, k=(20,))["recall@20"]
        for model in (Popularity, ItemKNN)
    )
    assert near > 1.1 * popular, "what a user took tells what else the user likes"
    user, item = (F.normalize(data[side].intent.float(), dim=1) for side in ("user", "item"))
    cosine = user @ item.t()
    assert cosine[edges.edge_index[0], edges.edge_index[1]].mean() > cosine.mean() + 0.05


def test_the_seed_decides():
    first, again, other = (planted_interactions(**SIZES, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first["item"].intent, again["item"].intent)
    edges = [data["user", "interacts", "item"].edge_index for data in (first, again, other)]
    assert torch.equal(edges[0], edges[1]) and not torch.equal(edges[0][:, :100], edges[2][:, :100])

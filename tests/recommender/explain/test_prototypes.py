"""Prototypes group items, and name what carries a pair."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import BIGCF, DCCF, EASE, IRLLRec, LightGCN
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.recommender import Prototypes
from irllrec_pyg.recommender.explain.k_means import spherical_k_means
from irllrec_pyg.testing import tiny_data


def test_k_means_finds_groups_that_lie_apart():
    generator = torch.Generator().manual_seed(0)
    truth = F.normalize(torch.randn(4, 16, generator=generator), dim=1)
    group = torch.arange(80) % 4
    x = truth[group] + 0.05 * torch.randn(80, 16, generator=generator)
    found = (x @ spherical_k_means(x, 4).t()).argmax(dim=1)
    for number in range(4):
        assert found[group == number].unique().numel() == 1
    assert found.unique().numel() == 4


def test_k_means_is_seeded_and_ignores_empty_rows():
    x = torch.randn(30, 5)
    assert torch.equal(spherical_k_means(x, 3, seed=1), spherical_k_means(x, 3, seed=1))
    assert torch.equal(spherical_k_means(torch.cat([x, torch.zeros(9, 5)]), 3), spherical_k_means(x, 3))
    assert spherical_k_means(x, 3).norm(dim=1) == pytest.approx([1.0] * 3, abs=1e-5)
    with pytest.raises(ValueError, match="'count' must not exceed the number of items that have a vector, 30"):
        spherical_k_means(x, 31)


def test_shares_agree_with_a_loop():
    data = tiny_data()
    generator = torch.Generator().manual_seed(0)
    direction, user, item = (torch.randn(n, 6, generator=generator) for n in (5, 24, 20))
    prototypes = Prototypes(data, direction, user, item)
    cosines = [[max(0.0, float(F.cosine_similarity(x, c, dim=0))) for c in direction] for x in (user[3], item[7])]
    products = [a * b for a, b in zip(*cosines, strict=True)]
    expected = {k: value / sum(products) for k, value in enumerate(products) if value > 0}
    assert dict(prototypes.carrying("user 3", "item 7", most=5)) == pytest.approx(expected, abs=1e-5)
    own = {k: value / sum(cosines[0]) for k, value in enumerate(cosines[0]) if value > 0}
    found = prototypes.of_user("user 3", most=5)
    assert dict(found) == pytest.approx(own, abs=1e-5)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)


def test_groups_of_the_data_are_found():
    data = tiny_data()
    data["item"].title = [f"Title {item}" for item in range(20)]
    data["item"].text = ["trains and bridges" if item < 10 else "quiet islands" for item in range(20)]
    prototypes = Prototypes.from_features(data, count=2)
    for user in range(24):
        (number, _), *_ = prototypes.of_user(f"user {user}", most=1)
        assert all((int(title.split()[1]) >= 10) == bool(user % 2) for title in prototypes.titles(number))
        word = prototypes.words(number)[0]
        assert word in (("quiet islands",) if user % 2 else ("bridges", "trains"))
        assert word in prototypes.name(number) and prototypes.titles(number)[0] in prototypes.name(number)


def test_items_without_features_describe_nothing():
    data = tiny_data()
    data["item"].intent[:17] = 0.0
    prototypes = Prototypes.from_features(data, count=1, most=5)
    assert sorted(prototypes.titles(0)) == ["item 17", "item 18", "item 19"]
    assert prototypes.carrying("user 1", "item 3") == []


def test_rankers_with_embeddings():
    data = tiny_data()
    ranker = LightGCN(24, 20).ranker(JointGraph.from_data(data))
    alone = Prototypes.from_ranker(ranker, data, count=3)
    inside = Prototypes.from_ranker(Blend([Standardized(EASE.from_data(data)), Standardized(ranker)]), data, count=3)
    assert torch.equal(alone.direction, inside.direction) and len(alone) == 3
    with pytest.raises(ValueError, match=r"'ranker' is a EASE, of which no part has item embeddings"):
        Prototypes.from_ranker(EASE.from_data(data), data)


@pytest.mark.parametrize("backbone", [BIGCF, DCCF])
def test_learned_prototypes_are_those_of_items(backbone):
    data = tiny_data()
    model = backbone(24, 20, num_intents=5)
    found = Prototypes.from_model(model, data)
    assert torch.equal(found.direction, F.normalize(model.item_intent.prototype.detach(), dim=-1))
    assert model.training  # as it was


def test_prototypes_of_irllrec_come_before_those_of_its_backbone():
    data = tiny_data()
    model = IRLLRec.from_data(DCCF(24, 20, num_intents=5), data, num_intents=7)
    found = Prototypes.from_model(model, data)
    tower = model.interaction_tower.item.prototype.detach()
    assert torch.equal(found.direction, F.normalize(tower, dim=-1)) and len(found) == 7


def test_models_without_prototypes():
    with pytest.raises(ValueError, match=r"a LightGCN has no prototypes; use Prototypes.from_ranker"):
        Prototypes.from_model(LightGCN(24, 20), tiny_data())


def test_bad_arguments():
    data = tiny_data()
    with pytest.raises(ValueError, match="must be matrices of one width with rows for 24 users and 20 items"):
        Prototypes(data, torch.ones(2, 3), torch.ones(24, 3), torch.ones(20, 4))
    with pytest.raises(ValueError, match="must be matrices of one width with rows for 24 users and 20 items"):
        Prototypes(data, torch.ones(2, 3), torch.ones(23, 3), torch.ones(20, 3))
    with pytest.raises(ValueError, match="there is no such item"):
        Prototypes.from_ranker(EmbeddingRanker(torch.randn(24, 3), torch.randn(20, 3)), data).carrying("user 1", "x")

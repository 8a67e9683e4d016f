"""Texts that rank together with a model."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.models import Batch, create_backbone, create_enhancer
from irllrec_pyg.ranking import Blend

BATCH = Batch(torch.tensor([0, 3, 3, 7]), torch.tensor([1, 2, 5, 2]), torch.tensor([4, 4, 0, 9]))


def build(data, **arguments):
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2)
    return create_enhancer("text-ranking", backbone, data, **arguments)


def test_loss_and_scores(data, graph):
    model = build(data, weight=0.5, temperature=0.3, score_weight=2.0)
    encoding, base = model.encode(graph), model.backbone.encode(graph)
    torch.testing.assert_close(encoding.user, base.user)  # the backbone's loss does not read the texts

    adj = torch.zeros(50, 50).index_put(tuple(graph.edge_index.as_tensor()), graph.edge_weight)
    z = torch.cat([model.projector(data["user"].intent), model.projector(data["item"].intent)])
    user_text, item_text = F.normalize(z + adj @ z + adj @ adj @ z, dim=1).split([30, 20])
    logits = user_text[BATCH.user] @ item_text.t() / 0.3
    terms = model.loss(encoding, BATCH)
    torch.testing.assert_close(terms["text_ranking"], 0.5 * F.cross_entropy(logits, BATCH.positive))
    torch.testing.assert_close(terms["bpr"], model.backbone.loss(base, BATCH)["bpr"])

    ranker = model.ranker(graph)
    length = base.item.norm(dim=1).mean()
    expected = base.user @ base.item.t() + 2.0 * length * (user_text @ item_text.t())
    torch.testing.assert_close(ranker.score(torch.arange(30)), expected.detach())
    assert isinstance(ranker, Blend) and ranker.user_embedding.shape == (30, 16)


def test_an_item_without_text_is_ranked_by_the_texts_of_its_neighbors(data, graph):
    data["item"].intent[4] = 0.0
    model = build(data, train_missing=False).eval()
    projected = model.projector(torch.cat([data["user"].intent, data["item"].intent]))
    projected[34] = 0.0
    torch.testing.assert_close(model._project(model.projector), projected)
    assert model.encode(graph).item_text[4].any()


def test_without_score_weight_the_model_ranks_alone(data, graph):
    model, users = build(data, score_weight=0.0), torch.arange(30)
    torch.testing.assert_close(model.ranker(graph).score(users), model.backbone.ranker(graph).score(users))


def test_it_wraps_other_enhancers_and_itself(data, graph):
    inner = create_enhancer("irllrec", create_backbone("lightgcn", data, embedding_dim=8), data, num_intents=4)
    model = create_enhancer("text-ranking", create_enhancer("text-ranking", inner, data), data)
    assert {"bpr", "l2", "pairwise", "translation", "matching", "text_ranking"} == set(model(graph, BATCH))
    assert model.ranker(graph).user_embedding.shape == (30, 3 * 8)
    model.after_step()
    before = inner.teacher["text_tower"].module.lin2.weight.clone()
    with torch.no_grad():
        inner.text_tower.lin2.weight.add_(1.0)
    model.after_step()
    assert not torch.equal(inner.teacher["text_tower"].module.lin2.weight, before), "inner teachers follow"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight": -1.0}, "'weight' must not be negative"),
        ({"score_weight": -1.0}, "'score_weight' must not be negative"),
        ({"temperature": 0.0}, "'temperature' must be above"),
        ({"num_layers": -1}, "'num_layers' must be at least 0"),
        ({"features": "words"}, r"data\['user'\] has no 'words' features"),
    ],
)
def test_bad_arguments(data, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(data, **arguments)

"""IRLLRec: terms written out densely, ablation by weights, teachers, and the numbers of the published code."""

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.models import Batch, IRLLRec, PublishedIRLLRec, create_backbone, create_enhancer

BATCH = Batch(torch.tensor([0, 3, 3, 7]), torch.tensor([1, 2, 5, 2]), torch.tensor([4, 4, 0, 9]))


def build(data, **arguments):
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2)
    return create_enhancer("irllrec", backbone, data, num_intents=4, **arguments)


def dense_contrast(rows, columns):
    logits = rows @ columns.t()
    return (logits.logsumexp(1) - logits.diag()).mean()


def test_terms_of_the_paper(data, graph):
    weights = {"pairwise_weight": 0.5, "translation_weight": 0.3, "matching_weight": 0.2}
    model = build(data, noise=0.0, matching_alpha=0.4, **weights)
    with torch.no_grad():  # a teacher that differs from its student
        for parameter in model.teacher.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    encoding = model.encode(graph)
    terms = model.loss(encoding, BATCH)

    r_user, r_item = encoding.intent.split([30, 20])
    z_user, z_item = model.text_tower(data["user"].intent), model.text_tower(data["item"].intent)
    pairs = ((r_user, z_user, BATCH.user), (r_item, z_item, BATCH.positive), (r_item, z_item, BATCH.negative))
    expected = 0.0
    for r, z, rows in pairs:
        rows = rows.unique()
        expected += dense_contrast(F.normalize(r[rows]) / 0.2, F.normalize(z[rows]))
    torch.testing.assert_close(terms["pairwise"], 0.5 * expected)

    copy = model.teacher
    layers = copy["backbone"].module.encode(graph).layers
    taught = copy["interaction_tower"](layers, graph.edge_index, 30).split([30, 20])
    taught_text = [copy["text_tower"](data[side].intent) for side in ("user", "item")]
    groups = (BATCH.user.unique(), torch.cat([BATCH.positive, BATCH.negative]).unique())
    translation = matching = 0.0
    for side, rows in enumerate(groups):
        r, z = (r_user, r_item)[side][rows], (z_user, z_item)[side][rows]
        rt, zt = taught[side][rows], taught_text[side][rows]
        tran = dense_contrast(r, z) + dense_contrast(z, r)
        kl = F.kl_div((r @ z.t()).log_softmax(1), (rt @ zt.t()).softmax(1), reduction="batchmean")
        kl = kl + F.kl_div((z @ r.t()).log_softmax(1), (zt @ rt.t()).softmax(1), reduction="batchmean")
        translation += tran
        matching += 0.6 * tran + 0.4 * kl
    torch.testing.assert_close(terms["translation"], 0.3 * translation)
    torch.testing.assert_close(terms["matching"], 0.2 * matching)

    own = [model.text_tower, model.interaction_tower]
    squares = sum(p.square().sum() for module in (model.backbone, *own) for p in module.parameters())
    torch.testing.assert_close(terms["l2"], 1e-6 * squares)


@pytest.mark.parametrize(("scope", "nodes"), [("batch", [3, 6]), ("side", [30, 20]), ("all", [50])])
def test_scope(data, graph, scope, nodes):
    model = build(data, scope=scope)
    seen = []
    model.translation.register_forward_hook(lambda _, inputs, out: seen.append(inputs[0].size(0)))
    model(graph, BATCH)
    assert seen == nodes


@pytest.mark.parametrize("name", ["pairwise", "translation", "matching"])
def test_a_weight_of_zero_removes_the_term(data, graph, name):
    weights = {f"{term}_weight": 0.1 for term in ("pairwise", "translation", "matching")}
    terms = build(data, **{**weights, f"{name}_weight": 0.0})(graph, BATCH)
    assert set(terms) == {"bpr", "l2", "pairwise", "translation", "matching"} - {name}


def test_no_matching_no_teacher(data):
    model = build(data, matching_weight=0.0)
    assert len(model.teacher) == 0
    model.after_step()


def test_teachers_follow_slowly(data, graph):
    model = build(data, momentum=0.9)
    before = model.teacher["text_tower"].module.lin2.weight.clone()
    with torch.no_grad():
        model.text_tower.lin2.weight.add_(1.0)
    model.after_step()
    torch.testing.assert_close(model.teacher["text_tower"].module.lin2.weight, before + 0.1)


def test_without_graph_encoder(data, graph):
    model = build(data, graph_encoder="none")
    encoding = model.encode(graph)
    torch.testing.assert_close(encoding.intent, torch.cat([encoding.user, encoding.item]))
    assert set(model.teacher) == {"backbone", "text_tower"}
    torch.testing.assert_close(encoding.teacher_intent, encoding.intent.detach())
    assert set(model.loss(encoding, BATCH)) == {"bpr", "l2", "pairwise", "translation", "matching"}


def test_without_text_encoder(data, graph):
    model = build(data, text_encoder="none")
    assert set(model.teacher) == {"backbone", "interaction_tower"} and not list(model.text_tower.parameters())
    terms = model.loss(model.encode(graph), BATCH)
    assert set(terms) == {"bpr", "l2", "pairwise", "translation", "matching"}
    sum(terms.values()).backward()
    model.after_step()
    with pytest.raises(ValueError, match="'text_encoder' must be 'mlp' in the published form"):
        create_enhancer(
            "irllrec-published", create_backbone("lightgcn", data, embedding_dim=8), data, text_encoder="none"
        )


def test_residual_adds_the_final_embeddings(data, graph):
    model = build(data, residual=True)
    encoding = model.encode(graph)
    final = torch.cat([encoding.user, encoding.item])
    torch.testing.assert_close(
        encoding.intent, final + model.interaction_tower(encoding.layers, graph.edge_index, model.num_users)
    )
    torch.testing.assert_close(encoding.teacher_intent, encoding.intent.detach())


def test_evaluation_is_the_backbone_s(data, graph):
    model = build(data).eval()
    encoding, base = model.encode(graph), model.backbone.encode(graph)
    torch.testing.assert_close(encoding.user, base.user)
    assert encoding.teacher_intent is None


def test_weights_do_not_carry_the_texts(data):
    assert not any(name.endswith("_intent") for name in build(data).state_dict())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pairwise_weight": -1.0}, "'pairwise_weight' must not be negative"),
        ({"pairwise_temperature": -0.2}, "'temperature' must be above 0"),
        ({"matching_alpha": 1.5}, "'matching_alpha' must lie in"),
        ({"scope": "world"}, "'scope' must be one of"),
        ({"graph_encoder": "gcn"}, "'graph_encoder' must be one of"),
        ({"text_encoder": "bert"}, "'text_encoder' must be one of"),
        ({"num_intents": 0}, "'num_intents' must be at least 1"),
        ({"momentum": 1.0}, "'decay' must lie in"),
    ],
)
def test_arguments_out_of_range(data, arguments, message):
    backbone = create_backbone("lightgcn", data)
    with pytest.raises(ValueError, match=message):
        create_enhancer("irllrec", backbone, data, **{"num_intents": 4, **arguments})


def test_features_that_do_not_fit(data):
    backbone, user, item = create_backbone("lightgcn", data), data["user"].intent, data["item"].intent
    with pytest.raises(ValueError, match=r"'intent' features of users are \[20, 12\], but there are 30 users"):
        IRLLRec(backbone, item, item)
    with pytest.raises(ValueError, match="'intent' features of items hold NaN or infinity, first in row 2"):
        IRLLRec(backbone, user, item.index_fill(0, torch.tensor([2]), float("nan")))
    with pytest.raises(ValueError, match="12 wide for users and 5 for items"):
        IRLLRec(backbone, user, item[:, :5])
    with pytest.raises(ValueError, match="go together"):
        PublishedIRLLRec(backbone, user, item, user_profile=user)
    del data["item"].intent
    with pytest.raises(ValueError, match=r"data\['item'\] has no 'intent' features"):
        create_enhancer("irllrec", backbone, data)


def test_texts_rank_beside_embeddings(data, graph):
    model = build(data, ranking_weight=0.5, ranking_temperature=0.3, ranking_share=2.0)
    data["item"].intent[4] = 0.0
    untold = build(data, ranking_weight=0.5).eval()
    encoding = model.encode(graph)
    plain = model.backbone.encode(graph)
    torch.testing.assert_close(encoding.user, plain.user)  # in training the backbone's loss sees embeddings alone

    adj = torch.zeros(50, 50).index_put(tuple(graph.edge_index.as_tensor()), graph.edge_weight)
    z = torch.cat([model.text_tower(model.user_intent), model.text_tower(model.item_intent)])
    told_user, told_item = F.normalize(z + adj @ z + adj @ adj @ z, dim=1).split([30, 20])
    logits = told_user[BATCH.user] @ told_item.t() / 0.3
    expected = 0.5 * F.cross_entropy(logits, BATCH.positive)
    torch.testing.assert_close(model.loss(encoding, BATCH)["ranking"], expected)

    model.eval()
    score = model.encode(graph).score(torch.arange(30))
    cosine = told_user @ told_item.t()
    torch.testing.assert_close(score, plain.user @ plain.item.t() + 2.0 * plain.item.norm(dim=1).mean() * cosine)
    # An item without text is ranked by its neighbours' texts; those of all others are where they belong.
    projected = untold.text_tower(torch.cat([data["user"].intent, data["item"].intent]))
    projected[34] = 0.0
    torch.testing.assert_close(untold._texts(), projected)
    assert untold.encode(graph).item[4, 8:].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ranking_weight": -1.0}, "'ranking_weight' must not be negative"),
        ({"ranking_weight": 1.0, "ranking_share": -1.0}, "'ranking_share' must not be negative"),
        ({"ranking_weight": 1.0, "ranking_temperature": 0.0}, "'temperature' must be above"),
    ],
)
def test_ranking_by_text_checks_its_arguments(data, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(data, **arguments)

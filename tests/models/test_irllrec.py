"""IRLLRec: terms written out densely, ablation by weights, teachers, copies, and the published form."""

import pickle
from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F

from irllrec_pyg.models import BACKBONES, Batch, IRLLRec, PublishedIRLLRec, create_backbone, create_enhancer

BATCH = Batch(torch.tensor([0, 3, 3, 7]), torch.tensor([1, 2, 5, 2]), torch.tensor([4, 4, 0, 9]))


def build(data, **arguments):
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2)
    return create_enhancer("irllrec", backbone, data, num_intents=4, **arguments)


def dense_contrast(rows, columns):
    logits = rows @ columns.t()
    return (logits.logsumexp(1) - logits.diag()).mean()


def test_terms_of_the_paper(data, graph):
    weights = {"pairwise_weight": 0.5, "translation_weight": 0.3, "matching_weight": 0.2}
    model = build(data, noise=0.0, matching_alpha=0.4, every=1, **weights)
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

    layers = model.teacher["backbone"].module.encode(graph).layers
    teacher_intent = model.teacher["interaction_tower"](layers, graph.edge_index, 30).split([30, 20])
    teacher_text = [model.teacher["text_tower"](data[side].intent) for side in ("user", "item")]
    groups = (BATCH.user.unique(), torch.cat([BATCH.positive, BATCH.negative]).unique())
    translation = matching = 0.0
    for side, rows in enumerate(groups):
        r, z = (r_user, r_item)[side][rows], (z_user, z_item)[side][rows]
        rt, zt = teacher_intent[side][rows], teacher_text[side][rows]
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


@pytest.mark.parametrize("name", ["irllrec", "irllrec-published"])
def test_with_all_weights_at_zero_it_is_the_backbone(data, graph, name):
    torch.manual_seed(0)
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2, edge_keep_rate=0.8)
    weights = {"pairwise_weight": 0.0, "translation_weight": 0.0, "matching_weight": 0.0}
    weights |= {"profile_weight": 0.0} if name == "irllrec-published" else {}
    model = create_enhancer(name, backbone, data, **weights)
    assert {f"backbone.{name}" for name in backbone.state_dict()} == set(model.state_dict())
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in backbone.parameters())
    assert not any(buffer.size(-1) == 12 for buffer in model.buffers() if buffer.dim() == 2), "no text is held"
    torch.manual_seed(1)
    expected = backbone(graph, BATCH)
    torch.manual_seed(1)
    terms = model(graph, BATCH)
    assert terms.keys() == expected.keys() == {"bpr", "l2"}
    assert all(torch.equal(terms[term], value) for term, value in expected.items())
    model.after_step()
    model.reset_parameters()


def test_what_one_term_needs_is_not_built_for_another(data, graph):
    pairwise = build(data, translation_weight=0.0, matching_weight=0.0)
    pairwise.translation.register_forward_hook(lambda *_: pytest.fail("translation was computed"))
    assert set(pairwise(graph, BATCH)) == {"bpr", "l2", "pairwise"} and not pairwise.teacher
    matching = build(data, translation_weight=0.0, pairwise_weight=0.0)
    matching.pairwise.register_forward_hook(lambda *_: pytest.fail("the pairwise term was computed"))
    assert set(matching(graph, BATCH)) == {"bpr", "l2", "matching"}
    matching.eval().translation.register_forward_hook(lambda *_: pytest.fail("translation was computed"))
    assert set(matching(graph, BATCH)) == {"bpr", "l2"}


def test_without_graph_and_text_encoder(data, graph):
    model = build(data, graph_encoder="none", text_encoder="none")
    assert set(model.teacher) == {"backbone"}
    terms = model(graph, BATCH)
    assert set(terms) == {"bpr", "l2", "pairwise", "translation", "matching"}
    sum(terms.values()).backward()
    assert model.backbone.embedding.grad.isfinite().all()
    model.after_step()
    assert all(value.isfinite() for value in model.eval()(graph, BATCH).values())


@pytest.mark.parametrize("name", ["irllrec", "irllrec-published"])
def test_the_loss_in_evaluation_draws_nothing(data, graph, name):
    backbone = create_backbone("bigcf", data, embedding_dim=8, num_layers=2, num_intents=4)
    model = create_enhancer(name, backbone, data).eval()
    before = torch.get_rng_state()
    first, second = model(graph, BATCH), model(graph, BATCH)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[term], second[term]) for term in first)


@pytest.mark.parametrize("backbone", ["dccf", "bigcf"])
def test_the_published_form_uses_the_prototypes_of_the_backbone(data, backbone):
    inner = create_backbone(backbone, data, embedding_dim=8, num_intents=5)
    with pytest.raises(ValueError, match="'num_intents' is 4, but this form uses the 5 prototypes of the"):
        create_enhancer("irllrec-published", inner, data, num_intents=4)
    for arguments in ({}, {"num_intents": 5}):
        model = create_enhancer("irllrec-published", inner, data, **arguments)
        assert model.interaction_tower.attend(torch.ones(50, 8), 30).shape == (50, 8)
        assert not list(model.interaction_tower.parameters())
    with torch.no_grad():
        inner.item_intent.prototype.fill_(3.0)
    torch.testing.assert_close(model.interaction_tower.attend(torch.ones(50, 8), 30)[30:], torch.full((20, 8), 3.0))


@pytest.mark.parametrize("name", ["irllrec", "irllrec-published"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_pickle_and_deepcopy(data, graph, name, backbone):
    model = create_enhancer(name, create_backbone(backbone, data, embedding_dim=8, num_layers=2), data)
    for duplicate in (deepcopy, lambda model: pickle.loads(pickle.dumps(model))):
        copy = duplicate(model)
        terms = []
        for each in (model, copy):
            torch.manual_seed(1)
            terms.append(each.train()(graph, BATCH))
            sum(terms[-1].values()).backward()
        assert all(torch.equal(terms[0][term], terms[1][term]) for term in terms[0])
        weights = {id(parameter) for parameter in model.parameters()}
        assert not any(id(parameter) in weights for parameter in copy.parameters())
        copy.after_step()
        assert copy.config() == model.config()


def test_reset_makes_teachers_equal_to_their_students(data):
    model = build(data)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    model.reset_parameters()
    for name, student in model.students().items():
        for parameter, copied in zip(student.parameters(), model.teacher[name].module.parameters(), strict=True):
            assert torch.equal(parameter, copied)
    published = create_enhancer("irllrec-published", create_backbone("lightgcn", data, embedding_dim=8), data)
    published.reset_parameters()
    teacher = published.teacher["text_tower"].module
    assert not torch.equal(teacher.lin1.weight, published.text_tower.lin1.weight), "it has weights of its own"


@pytest.mark.parametrize("name", ["irllrec", "rlmrec-con"])
def test_ranking_is_that_of_the_wrapped_model(data, graph, name):
    inner = create_enhancer("text-ranking", create_backbone("lightgcn", data, embedding_dim=8), data)
    model, users = create_enhancer(name, inner, data), torch.arange(30)
    torch.testing.assert_close(model.ranker(graph).score(users), inner.ranker(graph).score(users))
    assert "text_ranking" in model(graph, BATCH)


@pytest.mark.parametrize("name", ["kar", "rlmrec-gen"])
def test_an_enhancer_of_input_embeddings_needs_a_backbone(data, name):
    inner = create_enhancer("rlmrec-con", create_backbone("lightgcn", data, embedding_dim=8), data)
    with pytest.raises(ValueError, match=r"must be a Backbone, whose input embeddings it changes \(got RLMRecCon\)"):
        create_enhancer(name, inner, data)


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

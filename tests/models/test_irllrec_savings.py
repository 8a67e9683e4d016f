"""What makes IRLLRec cheaper: reduced features, nodes drawn from the batch, terms in every n-th step."""

import pickle

import pytest
import torch

from irllrec_pyg._config import from_config
from irllrec_pyg.data import JointGraph, reduce_features, set_features
from irllrec_pyg.models import Batch, IRLLRec, PublishedIRLLRec, create_backbone
from irllrec_pyg.training import Trainer

BATCH = Batch(torch.tensor([0, 3, 3, 7]), torch.tensor([1, 2, 5, 2]), torch.tensor([4, 4, 0, 9]))


@pytest.fixture
def wide(data):
    """Data with features of 100 columns, for two users and one item none."""
    user, item = torch.randn(30, 100), torch.randn(20, 100)
    user[[2, 7]], item[4] = 0.0, 0.0
    return set_features(data, "intent", user, item)


def build(data, cls=IRLLRec, **arguments):
    torch.manual_seed(0)
    backbone = create_backbone("lightgcn", data, embedding_dim=8, num_layers=2)
    return cls.from_data(backbone, data, num_intents=4, **arguments)


def test_features_are_reduced_once(wide):
    model = build(wide, feature_dim=16)
    expected = reduce_features(wide["user"].intent, wide["item"].intent, 16)
    assert torch.equal(model.user_intent, expected.user) and torch.equal(model.item_intent, expected.item)
    assert model.feature_share == expected.share < 1.0
    assert model.text_tower.lin1.in_features == 16
    assert not model.user_intent[[2, 7]].any() and torch.equal(
        model.rows.item, torch.tensor([*range(4), *range(5, 20)])
    )


def test_what_is_not_reduced(wide):
    for model in (build(wide, feature_dim=None), build(wide, PublishedIRLLRec), build(wide, text_encoder="none")):
        assert torch.equal(model.user_intent, wide["user"].intent) and model.feature_share == 1.0
    assert build(wide, PublishedIRLLRec, feature_dim=16).user_intent.size(1) == 16
    assert build(wide).user_intent.size(1) == 47, "one direction for each of 28 users and 19 items with a text"


def test_copies_of_a_model_with_reduced_features(wide, graph):
    model = build(wide, feature_dim=16, contrast_size=5, every=2)
    model.after_step()
    copy = pickle.loads(pickle.dumps(model))
    tensors = {}
    again = from_config(model.config(tensors), tensors)
    again.load_state_dict(model.state_dict())
    assert again.config() == model.config() == copy.config() and again.description() == model.description()
    for other in (copy, again):
        assert not other.interval.due() and other.feature_share == model.feature_share
        terms = [each.eval()(graph, BATCH) for each in (model, other)]
        assert all(torch.equal(terms[0][name], terms[1][name]) for name in terms[0])


def test_training_with_reduced_features(wide):
    model = build(wide, feature_dim=16, contrast_size=8, every=2)
    before = model.text_tower.lin1.weight.detach().clone()
    trainer = Trainer(model, wide, batch_size=16, lr=0.01, progress=False)
    losses = [trainer.train_epoch(epoch)["loss"] for epoch in range(1, 9)]
    assert losses[-1] < losses[0] and not torch.equal(model.text_tower.lin1.weight, before)


def test_terms_are_computed_in_every_nth_step(data, graph):
    model, names = build(data, every=3), {"pairwise", "translation", "matching"}
    model.interaction_tower.register_forward_hook(lambda *_: calls.append("student"))
    for step in range(6):
        calls = []
        due = step % 3 == 0
        assert (names <= set(model(graph, BATCH))) == due == bool(calls), f"step {step}"
        assert (model.encode(graph).teacher_intent is None) != due
        model.after_step()
    model.after_step()
    assert names - {"matching"} <= set(model.eval()(graph, BATCH)), "evaluation has them always"


def test_the_mean_over_steps_is_that_of_every_step(data, graph):
    often, seldom = build(data, every=1, noise=0.0), build(data, every=5, noise=0.0)
    for name, value in often(graph, BATCH).items():
        factor = 1.0 if name in ("bpr", "l2") else 5.0
        torch.testing.assert_close(seldom(graph, BATCH)[name], factor * value)
    for name, value in often.eval()(graph, BATCH).items():
        torch.testing.assert_close(seldom.eval()(graph, BATCH)[name], value)


def test_nodes_of_a_step_are_drawn_from_its_batch(data, graph):
    model, seen = build(data, contrast_size=2), []
    model.translation.register_forward_hook(lambda _, inputs, out: seen.append(inputs))
    torch.manual_seed(3)
    intent = model.encode(graph).intent.split([30, 20])
    for _ in range(20):
        model(graph, BATCH)
    batch = BATCH.user.unique(), torch.cat([BATCH.positive, BATCH.negative]).unique()
    found = [set(), set()]
    for k, (node, _) in enumerate(seen):
        rows = [int((row == intent[k % 2]).all(dim=1).nonzero()[0]) for row in node]
        assert rows == sorted(rows) and len(set(rows)) == 2 and set(rows) <= set(batch[k % 2].tolist())
        found[k % 2] |= set(rows)
    assert [sorted(rows) for rows in found] == [ids.tolist() for ids in batch], "every node has its turn"
    seen.clear()
    model.eval()(graph, BATCH)
    assert [inputs[0].size(0) for inputs in seen] == [3, 6], "evaluation reads the whole batch"


def test_an_interrupted_run_goes_on_with_the_same_steps(wide, tmp_path):
    arguments = {"batch_size": 16, "max_epochs": 4, "eval_every": 1, "progress": False}
    whole, part = build(wide, every=3), build(wide, every=3)
    Trainer(whole, wide, **arguments).fit()
    file = tmp_path / "run.safetensors"
    Trainer(part, wide, **{**arguments, "max_epochs": 2}, checkpoint=file).fit()
    resumed = build(wide, every=3)
    Trainer(resumed, wide, **arguments, checkpoint=file).fit()
    users, graph = torch.arange(30), JointGraph.from_data(wide)
    assert torch.equal(resumed.ranker(graph).score(users), whole.ranker(graph).score(users))


@pytest.mark.parametrize("name", ["feature_dim", "contrast_size", "every"])
@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_arguments_out_of_range(data, name, weight):
    weights = {f"{term}_weight": weight for term in ("pairwise", "translation", "matching")}
    with pytest.raises(ValueError, match=f"'{name}' must be at least 1"):
        build(data, **weights, **{name: 0})

"""What a checkpoint belongs to: a changed run never finds old work, an unchanged one always does."""

import subprocess
import sys
from textwrap import dedent

import pytest
import torch

from irllrec_pyg.data import INTERACTS, apply_control
from irllrec_pyg.models import (
    ENHANCERS,
    SGL,
    AlphaRec,
    IRLLRec,
    LightGCN,
    create_backbone,
    create_closed_form,
    create_enhancer,
)
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer

SETTINGS = {"batch_size": 32, "max_epochs": 2, "eval_every": 2, "k": (5,), "metric": "recall@5", "progress": False}


def identity(model, data, **settings):
    return Trainer(model, data, **{**SETTINGS, **settings}).identity


def fit(model, data, file):
    return Trainer(model, data, checkpoint=file, **SETTINGS).fit()


def test_a_run_on_shuffled_features_does_not_find_the_run_on_the_given_ones(tmp_path):
    data, file = tiny_data(), tmp_path / "run.safetensors"
    fit(IRLLRec.from_data(LightGCN(24, 20, 8), data, num_intents=4), data, file)
    shuffled = apply_control(data, "shuffled")
    model = IRLLRec.from_data(LightGCN(24, 20, 8), shuffled, num_intents=4)
    with pytest.raises(ValueError, match=r"belongs to another run \(model.*user_intent"):
        fit(model, shuffled, file)


def test_a_model_by_hand_with_other_arguments_is_another_run(tmp_path):
    data, file = tiny_data(), tmp_path / "run.safetensors"
    fit(SGL(24, 20, embedding_dim=8, contrast_weight=0.1), data, file)
    with pytest.raises(ValueError, match=r"contrast_weight was 0.1, is 5.0"):
        fit(SGL(24, 20, embedding_dim=8, contrast_weight=5.0, l2_weight=1.0, keep_rate=0.3), data, file)
    with pytest.raises(ValueError, match=r"l2_weight was 1e-06, is 1.0"):  # an argument of a base class
        fit(SGL(24, 20, embedding_dim=8, contrast_weight=0.1, l2_weight=1.0), data, file)
    assert fit(SGL(24, 20, embedding_dim=8), data, file).epoch == 2, "a default that is written out changes nothing"


@pytest.mark.parametrize("name", ENHANCERS)
def test_all_enhancers_are_described_by_their_features(name, data):
    def build(data):
        return create_enhancer(name, create_backbone("lightgcn", data, embedding_dim=8), data)

    expected = identity(build(data), data)
    assert identity(build(data), data) == expected
    names = ENHANCERS[name].features_read()
    for feature in names:
        for side in ("user", "item"):
            changed = data.clone()
            changed[side][feature] = data[side][feature] + 1e-3
            assert identity(build(changed), changed) != expected, (feature, side)
    assert identity(build(apply_control(data, "random", names)), data) != expected


def test_what_changes_a_run_changes_its_identity(data):
    model = LightGCN(30, 20, 8)
    ease, other = create_closed_form("ease", data), create_closed_form("ease", data, l2_weight=7.0)
    texts = create_closed_form("ease", data, feature_weight=1.0)
    shuffled = create_closed_form("ease", apply_control(data, "shuffled"), feature_weight=1.0)
    found = {
        "base": identity(model, data),
        "lr": identity(model, data, lr=0.5),
        "batch_size": identity(model, data, batch_size=31),
        "by_user": identity(model, data, by_user=True),
        "eval_every": identity(model, data, eval_every=1),
        "k": identity(model, data, k=(5, 10)),
        "metric": identity(model, data, metric="ndcg@5"),
        "seed": identity(model, data, seed=1),
        "blend": identity(model, data, blend_with=[(ease, 1.0)]),
        "weight of the blend": identity(model, data, blend_with=[(ease, 2.0)]),
        "arguments of the blend": identity(model, data, blend_with=[(other, 1.0)]),
        "texts of the blend": identity(model, data, blend_with=[(texts, 1.0)]),
        "shuffled texts of the blend": identity(model, data, blend_with=[(shuffled, 1.0)]),
        "parts of the blend": identity(model, data, blend_with=[(ease, 1.0), (ease, 1.0)]),
        "width": identity(LightGCN(30, 20, 9), data),
        "objective": identity(LightGCN(30, 20, 8, objective="softmax"), data),
        "temperature": identity(LightGCN(30, 20, 8, objective={"name": "softmax", "temperature": 0.2}), data),
        "l2 scope": identity(LightGCN(30, 20, 8, l2_scope="batch"), data),
        "class": identity(SGL(30, 20, embedding_dim=8), data),
        "standalone": identity(AlphaRec.from_data(data), data),
    }
    for split in ("edge_index", "val_label_index", "test_label_index"):
        changed = data.clone()
        changed[INTERACTS][split] = changed[INTERACTS][split][:, 1:]
        found[split] = identity(model, changed)
    assert len(set(found.values())) == len(found), sorted(found.items(), key=lambda pair: pair[1])


def test_what_does_not_change_a_run_does_not_change_its_identity(data):
    expected = identity(LightGCN(30, 20, 8), data)
    reordered = data.clone()
    reordered[INTERACTS].edge_index = data[INTERACTS].edge_index.flip(1).to(torch.int32)
    assert identity(LightGCN(30, 20, 8), reordered) == expected
    data["item"].intent = data["item"].intent + 1.0  # which LightGCN does not read
    assert identity(LightGCN(30, 20, embedding_dim=8, num_layers=3), data, max_epochs=9, patience=2) == expected
    half = data.clone()
    model = IRLLRec.from_data(LightGCN(30, 20, 8), half)
    before = identity(model, half)
    assert identity(model.to(torch.float64), half) == before, "features are those that the constructor was given"


def test_another_process_finds_the_run():
    code = """
        from irllrec_pyg.models import IRLLRec, LightGCN, create_closed_form
        from irllrec_pyg.testing import tiny_data
        from irllrec_pyg.training import Trainer

        data = tiny_data()
        model = IRLLRec.from_data(LightGCN(24, 20, 8, objective={"temperature": 0.2, "name": "softmax"}), data)
        blend = [(create_closed_form("semantic-only", data), 0.5)]
        print(Trainer(model, data, k=(5,), metric="recall@5", blend_with=blend).identity)
    """
    run = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=True)
    data = tiny_data()
    model = IRLLRec.from_data(LightGCN(24, 20, 8, objective={"name": "softmax", "temperature": 0.2}), data)
    blend = [(create_closed_form("semantic-only", data), 0.5)]
    trainer = Trainer(model, data, k=(5,), metric="recall@5", blend_with=blend)
    assert run.stdout.split()[-1] == trainer.identity


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_another_device_finds_the_run(data):
    device = torch.accelerator.current_accelerator()
    on_device = data.clone().to(device)
    models = [IRLLRec.from_data(LightGCN(30, 20, 8), each) for each in (data, on_device)]
    assert models[0].identity() == models[1].identity()


class Undescribed:
    """A ranker that says nothing of its arguments."""

    num_users, num_items = 30, 20

    def score(self, user):
        return torch.zeros(user.numel(), 20)


def test_what_cannot_be_described_is_refused_before_training(data, tmp_path):
    settings = {**SETTINGS, "blend_with": [(Undescribed(), 1.0)]}
    with pytest.raises(TypeError, match="Undescribed in 'blend_with' cannot be described"):
        Trainer(LightGCN(30, 20, 8), data, checkpoint=tmp_path / "run.safetensors", **settings)
    assert Trainer(LightGCN(30, 20, 8), data, **settings).fit().epoch == 2, "without a checkpoint it trains"


def test_a_checkpoint_of_an_older_version_is_refused(data, tmp_path):
    from irllrec_pyg.training import write_checkpoint

    write_checkpoint(tmp_path / "run.safetensors", {"model.embedding": torch.ones(50, 8)}, {"recipe": {"lr": 0.1}})
    with pytest.raises(ValueError, match="belongs to another run"):
        fit(LightGCN(30, 20, 8), data, tmp_path / "run.safetensors")

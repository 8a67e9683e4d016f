"""Saved models and rankers."""

import json
import os
import uuid

import pytest
import torch

from irllrec_pyg import recommender
from irllrec_pyg.data import JointGraph, apply_control, get_features
from irllrec_pyg.models import DCCF, EASE, SGL, AlphaRec, IRLLRec, LightGCN, Popularity, PublishedIRLLRec, TextRanking
from irllrec_pyg.ranking import Blend, EmbeddingRanker
from irllrec_pyg.recommender import load_ids, load_model, save_model
from irllrec_pyg.testing import tiny_data

USERS = torch.arange(24)


def lightgcn():
    return LightGCN(24, 20, embedding_dim=8, num_layers=2)


def ease(data):
    return EASE.from_data(data, l2_weight=5.0, feature_weight=2.0)


MODELS = {
    "a backbone by hand": lambda data: SGL(24, 20, contrast_weight=0.3, embedding_dim=8),
    "the published form over DCCF": lambda data: PublishedIRLLRec.from_data(DCCF(24, 20, num_intents=4), data),
    "an enhancer by hand": lambda data: IRLLRec(lightgcn(), *get_features(data, "intent"), num_intents=4),
    "two enhancers": lambda data: TextRanking.from_data(IRLLRec.from_data(lightgcn(), data, num_intents=4), data),
    "a stand-alone model": lambda data: AlphaRec.from_data(data),
}
RANKERS = {
    "a closed form": ease,
    "embeddings": lambda data: EmbeddingRanker(torch.randn(24, 3), torch.randn(20, 3)),
    "a nested blend": lambda data: Blend([Blend([ease(data), Popularity.from_data(data)], [1.0, 0.1]), ease(data)]),
    "a trained model's": lambda data: TextRanking.from_data(lightgcn(), data).ranker(JointGraph.from_data(data)),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_models_come_back_without_data(make, tmp_path):
    data = tiny_data()
    model, graph = make(data), JointGraph.from_data(data)
    loaded = load_model(save_model(tmp_path, model, data))
    assert type(loaded) is type(model) and not loaded.training
    # Features that were read from a file lie elsewhere in memory, on which the last bit of a product can depend.
    torch.testing.assert_close(loaded.ranker(graph).score(USERS), model.ranker(graph).score(USERS), rtol=0, atol=1e-6)
    assert all(torch.equal(loaded.state_dict()[name], value) for name, value in model.state_dict().items())
    assert loaded.identity() == model.identity()


@pytest.mark.parametrize("make", RANKERS.values(), ids=RANKERS)
def test_rankers_come_back_without_data(make, tmp_path):
    ranker = make(tiny_data())
    loaded = load_model(save_model(tmp_path, ranker))
    torch.testing.assert_close(loaded.score(USERS), ranker.score(USERS))


def test_other_data_are_refused(tmp_path):
    data = tiny_data()
    save_model(tmp_path, lightgcn(), data)
    load_model(tmp_path, tiny_data())
    for other in (tiny_data(seed=1), apply_control(data, "shuffled"), apply_control(data, "random", ["profile"])):
        with pytest.raises(ValueError, match="was saved with other data"):
            load_model(tmp_path, other)


def test_ids_of_other_types_are_kept(tmp_path):
    data = tiny_data()
    data["user"].original_id = [uuid.UUID(int=number) for number in range(24)]
    data["item"].original_id = [bytes([number]) for number in range(20)]
    ids = load_ids(save_model(tmp_path, lightgcn(), data))
    assert ids == {"user": data["user"].original_id, "item": data["item"].original_id}


class Odd(LightGCN):
    def __init__(self, *args, odd=None, **kwargs):
        super().__init__(*args, **kwargs)


@pytest.mark.parametrize("wrong", ["id", "argument", "info"])
def test_what_cannot_be_saved_is_refused_before_anything_is_written(tmp_path, wrong):
    data, model, info = tiny_data(), lightgcn(), {}
    save_model(tmp_path, model, data)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    if wrong == "id":
        data["user"].original_id = [(number,) for number in range(24)]
    elif wrong == "argument":
        model = Odd(24, 20, odd=object())
    else:
        info = {"metrics": object()}
    with pytest.raises(TypeError):
        save_model(tmp_path, model, data, **info)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("failing", ["save_tensors", "write_manifest"])
def test_a_failed_save_leaves_the_old_model(tmp_path, monkeypatch, failing):
    first, second = lightgcn(), LightGCN(24, 20, embedding_dim=4)
    save_model(tmp_path, first)

    def fail(*args):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(recommender.saving, failing, fail)
        with pytest.raises(OSError, match="No space left"):
            save_model(tmp_path, second)
    assert load_model(tmp_path).embedding_dim == first.embedding_dim
    save_model(tmp_path, second)
    assert load_model(tmp_path).embedding_dim == 4
    assert len([*tmp_path.glob("tensors-*")]) == 1, "files of earlier saves are removed"


def test_damaged_folders_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no saved model"):
        load_model(tmp_path)
    save_model(tmp_path, lightgcn())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "format": 99}))
    with pytest.raises(ValueError, match=r"config.json' has the format 99, but this version reads"):
        load_model(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config.json' is damaged"):
        load_model(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / config["tensors"]).write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"safetensors' is missing or damaged"):
        load_model(tmp_path)
    (tmp_path / config["tensors"]).unlink()
    with pytest.raises(ValueError, match=r"safetensors' is missing or damaged"):
        load_model(tmp_path)


def test_files_are_readable_as_the_umask_says(tmp_path):
    before = os.umask(0o022)
    try:
        save_model(tmp_path, lightgcn())
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o644}

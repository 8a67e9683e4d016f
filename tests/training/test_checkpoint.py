"""Files of checkpoints and saved models."""

import json

import pytest
import torch

from irllrec_pyg.corpus import from_dataframe
from irllrec_pyg.models import LightGCN, create_backbone, create_enhancer
from irllrec_pyg.training import checkpoint, load_model, read_checkpoint, save_model, write_checkpoint


def test_round_trip(tmp_path):
    tensors = {"a.b": torch.randn(3, 2).t(), "rows": torch.arange(4), "none": torch.empty(0)}
    meta = {"epoch": 3, "best": 0.5, "history": [{"loss": 1.0}]}
    write_checkpoint(tmp_path / "deep" / "run.safetensors", tensors, meta)
    read, read_meta = read_checkpoint(tmp_path / "deep" / "run.safetensors")
    assert read_meta == meta
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items()) and set(read) == set(tensors)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "run.safetensors"
    write_checkpoint(file, {"x": torch.ones(2)}, {"epoch": 1})

    def fail(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint, "save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(file, {"x": torch.zeros(2)}, {"epoch": 2})
    assert read_checkpoint(file)[1] == {"epoch": 1}


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04K\x01."])
def test_damaged_files(tmp_path, content):
    file = tmp_path / "run.safetensors"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or no checkpoint"):
        read_checkpoint(file)
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        read_checkpoint(tmp_path / "other.safetensors")


@pytest.mark.parametrize("enhancer", [None, "irllrec"])
def test_a_saved_model_loads_again(data, graph, tmp_path, enhancer):
    model = create_backbone("lightgcn", data, embedding_dim=8)
    if enhancer:
        model = create_enhancer(enhancer, model, data, num_intents=4)
    save_model(tmp_path, model, data, metrics={"recall@20": 0.5})
    loaded = load_model(tmp_path, data)
    assert not loaded.training
    torch.testing.assert_close(loaded.encode(graph).user, model.eval().encode(graph).user)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["metrics"] == {"recall@20": 0.5} and "torch" in config["versions"]
    assert json.loads((tmp_path / "vocabulary.json").read_text())["user"][3] == "u3"


def test_what_cannot_be_saved_or_loaded(data, tmp_path):
    with pytest.raises(ValueError, match="has no 'config'"):
        save_model(tmp_path, LightGCN(30, 20), data)
    with pytest.raises(FileNotFoundError, match="holds no saved model"):
        load_model(tmp_path, data)
    save_model(tmp_path, create_backbone("lightgcn", data), data)
    import pandas as pd

    frame = pd.DataFrame(
        {"user": [0, 0, 0, 1, 1, 1], "item": [0, 1, 2, 0, 1, 2], "split": ["train", "val", "test"] * 2}
    )
    with pytest.raises(ValueError, match="was trained on data"):
        load_model(tmp_path, from_dataframe(frame, split="split"))

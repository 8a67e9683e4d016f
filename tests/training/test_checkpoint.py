"""Checkpoint files."""

import pytest
import torch

from irllrec_pyg import _tensors
from irllrec_pyg.training import read_checkpoint, write_checkpoint


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

    monkeypatch.setattr(_tensors, "save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(file, {"x": torch.zeros(2)}, {"epoch": 2})
    assert read_checkpoint(file)[1] == {"epoch": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"], "no half a file is left"


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04K\x01."])
def test_damaged_files(tmp_path, content):
    file = tmp_path / "run.safetensors"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged or no file of irllrec_pyg"):
        read_checkpoint(file)
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        read_checkpoint(tmp_path / "other.safetensors")

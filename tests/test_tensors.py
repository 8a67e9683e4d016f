"""Files of tensors: damage is found wherever it is."""

import pytest
import torch

from irllrec_pyg._tensors import read_tensors, write_tensors

TENSORS = {"a": torch.arange(6).view(2, 3), "half": torch.ones(3, dtype=torch.bfloat16), "none": torch.empty(0, 2)}


def test_every_changed_byte_is_found(tmp_path):
    file = tmp_path / "x.safetensors"
    write_tensors(file, TENSORS, {"epoch": 3}, 1)
    content = file.read_bytes()
    for place, byte in enumerate(content):
        file.write_bytes(content[:place] + bytes([byte ^ 1]) + content[place + 1 :])
        try:
            tensors, meta = read_tensors(file, 1, "delete it")
        except ValueError as error:
            assert "x.safetensors" in str(error)
        else:  # such as a space of the header
            assert meta == {"epoch": 3} and all(torch.equal(tensors[name], value) for name, value in TENSORS.items())


def test_other_versions_are_named(tmp_path):
    file = tmp_path / "x.safetensors"
    write_tensors(file, TENSORS, {}, 2)
    with pytest.raises(ValueError, match="has the format 2, but this version reads 1; install a newer irllrec_pyg, or"):
        read_tensors(file, 1, "delete it")

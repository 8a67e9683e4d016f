"""Features and interactions stay in their files while a model trains on them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from irllrec_pyg.corpus import write_feature_manifest
from irllrec_pyg.data import INTERACTS, set_features
from irllrec_pyg.datasets import ReviewDataset, load_features
from irllrec_pyg.models import ENHANCERS, LightGCN
from irllrec_pyg.testing import tiny_corpus, tiny_data
from irllrec_pyg.training import Trainer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc/self/maps")

#: Those that join the features of users and items into one matrix, which is a copy.
COPIES = {"rlmrec-gen"}


def file_of(tensor):
    """Name of the file that holds the values of a tensor, as the system says."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, *about = line.split(maxsplit=5)
        first, end = (int(place, 16) for place in span.split("-"))
        if first <= tensor.data_ptr() < end:
            return Path(about[4]).name if len(about) > 4 else None
    return None


@pytest.fixture
def data(tmp_path):
    data = tiny_data()
    for side in ("user", "item"):
        np.save(tmp_path / f"{side}.npy", data[side].intent.numpy())
    for name in ("intent", "profile"):
        set_features(data, name, *load_features([tmp_path / "user.npy", tmp_path / "item.npy"]))
    return data


def test_a_tensor_in_memory_is_in_no_file():
    assert not (file_of(torch.ones(1000)) or "").endswith(".npy")


@pytest.mark.parametrize("name", [name for name in ENHANCERS if name not in COPIES])
def test_an_enhancer_reads_features_from_their_file(name, data):
    torch.manual_seed(0)
    trainer = Trainer(ENHANCERS[name].from_data(LightGCN(24, 20), data), data, max_epochs=1, progress=False)
    trainer.fit()
    wide = [
        buffer
        for buffer in trainer.model.buffers()
        if buffer.dim() == 2 and buffer.size(1) == data["item"].intent.size(1)
    ]
    assert wide and {file_of(buffer) for buffer in wide} == {"user.npy", "item.npy"}


def test_what_is_written_to_mapped_features_stays_in_memory(data, tmp_path):
    before = np.load(tmp_path / "user.npy")
    data["user"].intent.zero_()
    assert (np.load(tmp_path / "user.npy") == before).all() and before.any()


def test_a_folder_of_reviews_is_mapped(tmp_path):
    corpus = tiny_corpus(tmp_path)
    files = {side: tmp_path / "features" / f"{side}.npy" for side in ("user", "item")}
    (tmp_path / "features").mkdir()
    for side, file in files.items():
        np.save(file, np.ones((corpus.data[side].num_nodes, 4), dtype="float32"))
    write_feature_manifest(tmp_path, corpus, files, {"encoder": "none"})
    data = ReviewDataset(tmp_path)[0]
    assert file_of(data["user"].intent) == "user.npy" and file_of(data["item"].intent) == "item.npy"
    assert file_of(data[INTERACTS].edge_index) == "data.safetensors"
    assert torch.equal(data[INTERACTS].edge_index, corpus.data[INTERACTS].edge_index)

"""Every writer on a disk that is full: one error that names a path, the old content stays, the same call goes on."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from irllrec_pyg import Engine
from irllrec_pyg.corpus import build_corpus, large_corpus, read_amazon_2023
from irllrec_pyg.datasets import write_reviews
from irllrec_pyg.models import EASE, LightGCN, Popularity
from irllrec_pyg.ranking import EmbeddingRanker
from irllrec_pyg.recommender import ItemIndex, export_recommendations, export_vectors, save_model
from irllrec_pyg.testing import save_tiny_llm, tiny_corpus, tiny_data
from irllrec_pyg.text import IntentAnswer, IntentStore, Record, TextEncoder, encode_intents, text_features
from irllrec_pyg.training import write_checkpoint
from tests.hardening.jobs import contents, names

resource = pytest.importorskip("resource", reason="files can be limited on Unix only")


def vectors(seed):
    generator = torch.Generator().manual_seed(seed)
    return EmbeddingRanker(*(torch.randn(number, 4, generator=generator) for number in (24, 20)))


def checkpoint(folder, seed):
    write_checkpoint(folder / "run.safetensors", {"x": torch.full((100,), float(seed))}, {"epoch": seed})


def model(folder, seed):
    torch.manual_seed(seed)
    save_model(folder, LightGCN(24, 20, embedding_dim=4), tiny_data())


def engine(folder, seed):
    data = tiny_data()
    Engine(EASE.from_data(data) if seed else Popularity.from_data(data), data).save_pretrained(folder)


def index(folder, seed):
    pytest.importorskip("usearch")
    ItemIndex.from_ranker(vectors(seed), threads=1).save(folder)


def corpus(folder, seed):
    if seed:  # a folder holds one corpus, so that there is none before
        raw = folder.parent / "raw"
        if not raw.is_dir():
            write_reviews(raw, 8, 40)
        build_corpus(read_amazon_2023(raw / "reviews.jsonl", raw / "meta.jsonl"), folder, k=2)


def answers(folder, seed):
    store = IntentStore(folder)
    store.add([Record(f"item/{seed}", "k", "valid", 1, "text", IntentAnswer((), (), "Wants wit."))])
    store.set_current({f"item/{seed}": "k"})


def reviews(folder, seed):
    write_reviews(folder, 2 + seed, 40)


def texts(folder, seed):
    data = tiny_data()
    data["item"].text = [f"film {number}" for number in range(20)]
    text_features(data, lambda listed: torch.full((len(listed), 3), 1.0 + seed), folder)


def table(folder, seed):
    export_recommendations(folder / "best.csv.gz", vectors(seed), tiny_data(), progress=False)


def exported(folder, seed):
    export_vectors(folder, vectors(seed), tiny_data())


#: Writers whose folder holds what it held before, byte by byte, and those of several files that are begun anew.
KEEPING, ANEW = [checkpoint, model, engine, index, texts, table], [corpus, answers, reviews, exported]


@contextmanager
def limited(size):
    """Lets no file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def failing(owner, name):
    """Lets a function fail as on a full disk."""

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fail)
        yield


def full(place, size):
    """A disk that is full at some place of a write; ``size`` is that of the largest file."""
    if place == "fsync":
        return failing(os, "fsync")
    if place == "rename":
        return failing(Path, "replace")
    return limited({"the first byte": 0, "some bytes": 70, "the last byte": size - 1}[place])


PLACES = ["the first byte", "some bytes", "the last byte", "fsync", "rename"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("write", [*KEEPING, *ANEW], ids=lambda write: write.__name__)
def test_nothing_is_lost_on_a_full_disk(write, place, tmp_path):
    folder, alone = tmp_path / "folder", tmp_path / "alone"
    for path in (folder, alone):
        path.mkdir()
        write(path, 0)
    write(alone, 1)
    largest = max((alone / name).stat().st_size for name in names(alone))
    before = contents(folder)
    with full(place, largest):
        assert str(folder) in failure(lambda: write(folder, 1)), "the error names a path"
    assert write in ANEW or contents(folder) == before
    assert not any(".part" in name or name.endswith(".lock") for name in names(folder))
    write(folder, 1)
    assert same(folder) == same(alone)


def failure(write):
    """What an error of the system says. The error itself, which keeps what was open, is not kept."""
    try:
        write()
    except OSError as error:
        assert error.errno
        return str(error)
    return "no error"


def same(folder):
    """What does not depend on the time."""
    found = contents(folder)
    if "reviews.jsonl.gz" in found:
        del found["manifest.json"]
    return found


@pytest.fixture
def encoding(tmp_path):
    """Encodes the intents of a corpus, 16 texts in a batch."""
    corpus, store = tiny_corpus(tmp_path / "corpus"), IntentStore(tmp_path / "store")
    listed = [f"{side}/{id_}" for side in ("user", "item") for id_ in corpus.data[side].original_id]
    store.add([Record(name, "k", "valid", 1, "", IntentAnswer((), (), f"Wants {name}.")) for name in listed])
    store.set_current(dict.fromkeys(listed, "k"))
    encoder = TextEncoder(save_tiny_llm(tmp_path / "model"))
    return lambda folder: encode_intents(corpus, store, encoder, folder, progress=False)


@pytest.mark.parametrize("place", [*PLACES, "no space for the map"])
def test_encoding_on_a_full_disk(encoding, place, tmp_path, monkeypatch):
    folder, alone = tmp_path / "folder", tmp_path / "alone"
    encoding(alone)
    largest = max((alone / name).stat().st_size for name in names(alone))
    disk = failing(os, "posix_fallocate") if place == "no space for the map" else full(place, largest)
    with disk:
        assert str(folder) in failure(lambda: encoding(folder)), "the error names a path"
    encoding(folder)
    assert contents(folder) == contents(alone)


@pytest.mark.parametrize("size", [0, 3_000, 10_000, 20_000, 50_000])
def test_a_large_corpus_on_a_full_disk(size, tmp_path):
    pytest.importorskip("duckdb")
    raw, folder = tmp_path / "raw", tmp_path / "folder"
    write_reviews(raw, 30, 200)
    files = "amazon-2023", raw / "reviews.jsonl", raw / "meta.jsonl"

    def write():
        large_corpus(*files, folder, k=2, progress=False)

    with limited(size):
        assert str(folder) in failure(write), "the error names a path"
    write()
    large_corpus(*files, tmp_path / "alone", k=2, progress=False)
    assert same(folder) == same(tmp_path / "alone")

"""Engines in a folder."""

import json
import shutil
import socket
import uuid
from datetime import date
from pathlib import Path

import huggingface_hub
import numpy as np
import pandas as pd
import pytest
import torch

from irllrec_pyg import Engine
from irllrec_pyg.data import find_nodes
from irllrec_pyg.models import EASE, LightGCN
from irllrec_pyg.ranking import Blend, EmbeddingRanker
from irllrec_pyg.recommender import Source, folder, hashed_files, load_model, save_model
from irllrec_pyg.recommender.columns import Column
from irllrec_pyg.testing import tiny_data

from .engines import RANKERS, USERS, closed_form, data_with_texts


def engine_of(name="ease", **info):
    data = data_with_texts()
    return Engine(RANKERS[name](data), data, info)


def contents(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def assert_same_data(first, second):
    assert first.node_types == second.node_types and first.edge_types == second.edge_types
    assert first.source == second.source
    for kind in [*first.node_types, *first.edge_types]:
        assert set(first[kind].keys()) == set(second[kind].keys())
        for name, value in first[kind].items():
            same = torch.equal(value, second[kind][name]) if torch.is_tensor(value) else value == second[kind][name]
            assert same, (kind, name)


@pytest.mark.parametrize("lazy", [False, True], ids=["lists", "lazy columns"])
@pytest.mark.parametrize("name", RANKERS)
def test_round_trip(name, lazy, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_LAZY", 0 if lazy else 100)
    engine = engine_of(name, note="first")
    again = Engine.from_pretrained(engine.save_pretrained(tmp_path / "one"))
    assert isinstance(again.data["item"].title, Column) == lazy
    assert_same_data(again.data, engine.data)
    assert again.info == {"note": "first"}
    assert torch.equal(again.ranker.score(USERS), engine.ranker.score(USERS))
    pd.testing.assert_frame_equal(again.recommend(k=3), engine.recommend(k=3), check_exact=True)
    assert again.explain("user 3", "item 11") == engine.explain("user 3", "item 11")
    twice = Engine.from_pretrained(again.save_pretrained(tmp_path / "two"))
    assert contents(tmp_path / "one").keys() == contents(tmp_path / "two").keys(), "names hold hashes of the content"
    assert torch.equal(twice.ranker.score(USERS), engine.ranker.score(USERS))


def test_mapped_tensors_give_the_same_scores(tmp_path, monkeypatch):
    engine = engine_of("LightGCN")
    engine.save_pretrained(tmp_path)
    monkeypatch.setattr(folder, "SMALL", 0)
    again = Engine.from_pretrained(tmp_path)
    # Mapped tensors lie elsewhere in memory, on which the last bit of a product can depend.
    torch.testing.assert_close(again.ranker.score(USERS), engine.ranker.score(USERS), rtol=0, atol=1e-6)
    engine_of("ease").save_pretrained(tmp_path)
    torch.testing.assert_close(again.ranker.score(USERS), engine.ranker.score(USERS), rtol=0, atol=1e-6)


def test_values_are_not_checked_again(tmp_path, monkeypatch):
    engine_of("LightGCN").save_pretrained(tmp_path)

    def fail(tensor):
        raise AssertionError("all values were read")

    with monkeypatch.context() as patch:
        patch.setattr(torch.Tensor, "isfinite", fail)
        Engine.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="'user_embedding' holds NaN"):
        EmbeddingRanker(torch.tensor([[float("nan")]]), torch.ones(1, 1))


def test_names_of_parts_come_back(tmp_path):
    data = data_with_texts()
    parts = [closed_form("ease")(data), closed_form("gf-cf")(data)]
    engine = Engine(Blend(parts), data, {"weights": {"ease (l2_weight 5)": 1.0, "gf-cf": 1.0}})
    again = Engine.from_pretrained(engine.save_pretrained(tmp_path))
    found = again.explain("user 3", "item 11")
    assert found == engine.explain("user 3", "item 11") and set(found.parts) == set(
        engine.explain("user 3", "item 11", names=["EASE", "GF-CF"]).parts
    )


@pytest.mark.parametrize("name", ["ease", "gf-cf", "rp3-beta", "the result of fit"])
def test_a_loaded_engine_is_updated_as_the_first_one_was(name, tmp_path):
    engine = engine_of(name)
    again = Engine.from_pretrained(engine.save_pretrained(tmp_path))
    new = pd.DataFrame({"user": ["ann", "ann", "user 3"], "item": ["item 3", "item 4", "item 2"]})
    users = torch.arange(25)
    torch.testing.assert_close(again.update(new).ranker.score(users), engine.update(new).ranker.score(users))


def test_lazy_columns_are_updated(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_LAZY", 0)
    again = Engine.from_pretrained(engine_of().save_pretrained(tmp_path))
    new = pd.DataFrame({"user": ["ann", "ann"], "item": ["item 3", "item 4"]})
    assert len(again.update(new).data["user"].original_id) == 25
    assert again.recommend(["user 3"], k=2, among={"genres": "novel"})["item"].nunique() == 2


def test_sources_come_back(tmp_path):
    model = LightGCN(24, 20, embedding_dim=4)
    sources = [Source({"model": {"name": "lightgcn"}}, 3, 7, dict(model.state_dict())), Source({"model": {}})]
    engine = engine_of("LightGCN")
    engine.sources = sources
    again = Engine.from_pretrained(engine.save_pretrained(tmp_path)).sources
    assert [(one.recipe, one.seed, one.epochs) for one in again] == [
        (one.recipe, one.seed, one.epochs) for one in sources
    ]
    assert torch.equal(again[0].state["embedding"], sources[0].state["embedding"]) and again[1].state is None


@pytest.mark.parametrize(
    "ids",
    [
        [uuid.UUID(int=number) for number in range(24)],
        [bytes([number]) for number in range(24)],
        [date(2024, 5, 1 + number) for number in range(24)],
        [10**30 + number for number in range(24)],
        [f"\ud800{number}" for number in range(24)],
        [True, "a", 2.5, *range(3, 24)],
        np.arange(24),
    ],
    ids=["uuid", "bytes", "date", "large", "surrogate", "mixed", "array"],
)
def test_ids_of_any_type(ids, tmp_path):
    engine = engine_of()
    engine.data["user"].original_id = list(ids)
    again = Engine.from_pretrained(engine.save_pretrained(tmp_path))
    assert [*again.data["user"].original_id] == [*ids]
    values = ids.tolist() if hasattr(ids, "tolist") else ids
    assert [*map(type, again.data["user"].original_id)] == [*map(type, values)]
    node = find_nodes(again.data, "user", [ids[3]])
    assert node.tolist() == [3] and torch.equal(again.ranker.score(node), engine.ranker.score(node))


@pytest.mark.parametrize("wrong", ["id", "attribute", "sparse", "info", "ranker"])
def test_what_cannot_be_saved_is_refused_before_anything_is_written(wrong, tmp_path):
    engine = engine_of()
    engine.save_pretrained(tmp_path)
    before = contents(tmp_path)
    if wrong == "id":
        engine.data["user"].original_id = [(number,) for number in range(24)]
    elif wrong == "attribute":
        engine.data["item"].model = object()
    elif wrong == "sparse":
        engine.data["item"].matrix = torch.eye(20).to_sparse()
    elif wrong == "info":
        engine.info["model"] = object()
    else:
        engine.ranker = type("Odd", (), {"num_users": 24, "num_items": 20, "score": lambda self, user: user})()
    with pytest.raises(TypeError):
        engine.save_pretrained(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("failing", ["_save_tensors", "write_table", "write_manifest"])
def test_a_save_that_fails_leaves_the_old_engine(failing, tmp_path, monkeypatch):
    first, second = engine_of("ease"), engine_of("gf-cf")
    first.save_pretrained(tmp_path)

    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder, failing, fail)
        with pytest.raises(OSError, match="No space left"):
            second.save_pretrained(tmp_path)
    assert torch.equal(Engine.from_pretrained(tmp_path).ranker.score(USERS), first.ranker.score(USERS))
    (tmp_path / ".model.safetensors.0123abcd.part").mkdir()  # of a save that was killed
    (tmp_path / "items-of-mine.parquet").touch()
    second.save_pretrained(tmp_path)
    assert torch.equal(Engine.from_pretrained(tmp_path).ranker.score(USERS), second.ranker.score(USERS))
    assert len(contents(tmp_path)) == 6, "files of earlier saves are removed, and other files are kept"


def test_damaged_files_are_named(tmp_path):
    engine_of().save_pretrained(tmp_path / "good")
    for file in (tmp_path / "good").iterdir():
        if file.name == "README.md":
            continue
        for damage in ("missing", "shorter", "changed"):
            shutil.rmtree(tmp_path / "bad", ignore_errors=True)
            shutil.copytree(tmp_path / "good", tmp_path / "bad")
            bad, content = tmp_path / "bad" / file.name, file.read_bytes()
            if damage == "missing":
                bad.unlink()
            else:
                bad.write_bytes(content[:-9] if damage == "shorter" else b"\0" + content[1:])
            kind = FileNotFoundError if damage == "missing" and file.suffix == ".json" else ValueError
            with pytest.raises(kind, match=file.name):
                Engine.from_pretrained(tmp_path / "bad")


def test_large_files_are_verified_on_request(tmp_path, monkeypatch):
    engine_of("LightGCN").save_pretrained(tmp_path)
    monkeypatch.setattr(hashed_files, "SMALL", 0)
    (file,) = tmp_path.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    Engine.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match=f"{file.name}' is damaged: its content has another hash"):
        Engine.from_pretrained(tmp_path, verify=True)


def test_other_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no saved engine"):
        Engine.from_pretrained(tmp_path)
    save_model(tmp_path, EASE.from_data(tiny_data()))
    with pytest.raises(ValueError, match="a model of 'save_model' is opened with 'load_model'"):
        Engine.from_pretrained(tmp_path)
    engine_of().save_pretrained(tmp_path / "engine")
    with pytest.raises(ValueError, match="holds an engine, not a model"):
        load_model(tmp_path / "engine")
    config = tmp_path / "engine" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "format": 99}))
    with pytest.raises(ValueError, match=r"config.json' has the format 99, but this version reads 1"):
        Engine.from_pretrained(tmp_path / "engine")


def test_a_folder_is_opened_without_a_connection(tmp_path, monkeypatch):
    engine_of().save_pretrained(tmp_path / "owner" / "name")

    def fail(*args, **kwargs):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.chdir(tmp_path)
    Engine.from_pretrained("owner/name")
    for name in ("owner/name/missing", "./missing", "missing", Path("missing")):
        with pytest.raises(FileNotFoundError, match="there is no folder '.*missing'; give a folder"):
            Engine.from_pretrained(name)


def test_repositories_of_the_hub(tmp_path, monkeypatch):
    engine = engine_of()
    pushed = {}

    class Api:
        def __init__(self, token=None):
            pushed["token"] = token

        def create_repo(self, repo_id, private, exist_ok):
            pushed["private"] = private
            return type("Repo", (), {"repo_id": repo_id})

        def upload_folder(self, folder_path, **options):
            shutil.copytree(folder_path, tmp_path / "hub")
            return "address"

    monkeypatch.setattr(huggingface_hub.hub_mixin, "HfApi", Api)
    assert engine.push_to_hub("owner/name", token="secret") == "address"
    assert pushed == {"token": "secret", "private": True}

    def download(name, revision, **options):
        if name != "owner/name":
            raise huggingface_hub.errors.LocalEntryNotFoundError("offline")
        assert revision == "v1"
        return str(tmp_path / "hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    again = Engine.from_pretrained("owner/name", revision="v1")
    assert torch.equal(again.ranker.score(USERS), engine.ranker.score(USERS))
    with pytest.raises(FileNotFoundError, match="no such repository could be fetched"):
        Engine.from_pretrained("owner/other")


REPORT = {
    "weights": {"ease": 0.75, "lightgcn": 0.25},
    "settings": {"texts": "texts of the data, encoded by MiniLM"},
    "test": {"blend": {"ndcg@20": {"value": 0.25, "low": 0.24, "high": 0.26}}},
    "differences": [
        {"other": "EASE alone", "metric": "ndcg@20", "value": 0.01, "low": 0.0, "high": 0.02, "p": 0.01},
        {"other": "best blend without text", "metric": "ndcg@20", "value": 0.02, "low": 0.01, "high": 0.03, "p": 0.001},
    ],
    "notes": ["A remark."],
    "license": "cc-by-4.0",
}


def test_model_card(tmp_path):
    card = engine_of("ease", **REPORT).save_pretrained(tmp_path) / "README.md"
    text = card.read_text()
    metadata = huggingface_hub.ModelCard(text).data
    assert metadata.license == "cc-by-4.0" and metadata.library_name == "irllrec-pyg"
    for expected in (
        "| users | 24 |",
        "| interactions, train | 120 |",
        "| blend | ndcg@20 | 0.2500 [0.2400, 0.2600] |",
        "| 0.75 | ease |",
        "encoded by MiniLM",
        "- A remark.",
    ):
        assert expected in text
    before, _, gains = text.partition("## What texts add")
    assert "best blend without text | ndcg@20 | +0.0200 [+0.0100, +0.0300] | 0.0010" in gains
    assert "EASE alone" in before and "EASE alone" not in gains
    code = text.partition("```python\n")[2].partition("```")[0].replace("path/to/this/folder", str(tmp_path))
    exec(code, {})


def test_a_model_card_of_ones_own_is_kept(tmp_path):
    card = engine_of().save_pretrained(tmp_path) / "README.md"
    assert "No license was stated" in card.read_text() and "No metrics were stated" in card.read_text()
    engine_of("ease", license="mit", metrics={"ndcg@20": 0.125}).save_pretrained(tmp_path)
    assert "license: mit" in card.read_text() and "| this engine | ndcg@20 | 0.1250 |" in card.read_text()
    card.write_text("# My own")
    engine_of().save_pretrained(tmp_path)
    assert card.read_text() == "# My own"

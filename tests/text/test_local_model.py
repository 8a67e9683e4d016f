"""Finding models on the disk, whatever they come as."""

import importlib
import json

import pytest

from irllrec_pyg.text import find_model, local_model, model_revision


def test_a_folder_a_package_and_a_package_with_a_folder(tiny_llama, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, place in (("flat_model", "flat_model"), ("nested_model", "nested_model/model")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('a package is found, not run')")
        for file in tiny_llama.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        importlib.invalidate_caches()
        assert find_model(name) == folder
    assert find_model(str(tiny_llama)) == find_model(tiny_llama) == tiny_llama


def test_a_gguf_file_is_read_once(tmp_path, monkeypatch):
    calls = []

    def convert(file, folder):
        calls.append(file.name)
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(local_model, "_convert", convert)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "tiny.gguf").write_bytes(b"GGUF")
    folder = find_model(tmp_path / "m")
    assert find_model(tmp_path / "m" / "tiny.gguf") == folder and calls == ["tiny.gguf"]
    assert json.loads((folder / "source.json").read_text())["sha256"].startswith(model_revision(folder))
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing unfinished is left"
    (tmp_path / "m" / "tiny.gguf").write_bytes(b"GGUF2")
    assert find_model(tmp_path / "m") != folder and len(calls) == 2
    (tmp_path / "m" / "other.gguf").write_bytes(b"GGUF")
    with pytest.raises(ValueError, match="has 2 GGUF files, first other.gguf; name one"):
        find_model(tmp_path / "m")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="needs the package 'gguf'"):
        find_model(tmp_path / "m" / "other.gguf")


def test_an_interrupted_conversion_leaves_nothing(tmp_path, monkeypatch):
    def convert(file, folder):
        (folder / "half").write_text("")
        raise KeyboardInterrupt

    monkeypatch.setattr(local_model, "_convert", convert)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    with pytest.raises(KeyboardInterrupt):
        find_model(tmp_path / "tiny.gguf")
    assert not list((tmp_path / "cache" / "irllrec_pyg" / "models").iterdir())


def test_revisions(tiny_llama, tmp_path):
    snapshot = tmp_path / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    assert model_revision(snapshot) == "0123abc"
    assert len(model_revision(tiny_llama)) == 16

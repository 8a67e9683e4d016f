"""Files that are complete, or as they were before."""

import os

import pytest

from irllrec_pyg import _io


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "note.txt"
    _io.write_text(file, "old")
    with pytest.raises(KeyboardInterrupt), _io.replacing(file) as part:
        part.write_text("new")
        raise KeyboardInterrupt
    assert file.read_text() == "old" and [*tmp_path.iterdir()] == [file]


def test_a_failed_rename_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "note.txt"
    _io.write_text(file, "old")

    def fail(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        _io.write_text(file, "new")
    assert file.read_text() == "old" and [*tmp_path.iterdir()] == [file]


def test_files_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        _io.write_text(tmp_path / "note.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "note.txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_damaged_files_are_named(tmp_path, suffix):
    file = tmp_path / f"x.{suffix}"
    content = {"a": 1, "b": {"c": [1.5, "ü"]}}
    getattr(_io, f"write_{suffix}")(file, content)
    assert getattr(_io, f"read_{suffix}")(file) == content
    file.write_bytes(b"{\xff")
    with pytest.raises(ValueError, match=rf"x.{suffix}' is damaged"):
        getattr(_io, f"read_{suffix}")(file)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_the_same_records_give_the_same_bytes(tmp_path, name):
    digests = set()
    for folder in ("a", "b"):
        _io.write_json_lines(tmp_path / folder / name, [{"x": 1}, {"x": 2}])
        digests.add(_io.file_digest(tmp_path / folder / name))
    assert len(digests) == 1


def test_what_a_killed_writer_left_is_removed_and_what_another_one_writes_is_not(tmp_path):
    file = tmp_path / "note.txt"
    with _io.replacing(file) as part:
        left = tmp_path / ".note.txt.0123abcd.part"
        left.mkdir()
        (left / "note.txt").write_text("half")
        (left / "of-a-library.tmp").write_text("half")
        other = tmp_path / ".other.txt.0123abcd.part"
        other.mkdir()
        _io.write_text(file, "from another one")
        assert part.is_file() and not left.exists() and other.exists()
        part.write_text("done")
    assert file.read_text() == "done"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.txt.0123abcd.part", "note.txt"]

"""The store when a write fails: nothing confirmed is lost, nothing torn stays, and the next batch can be added."""

import errno
import os

import pytest

from irllrec_pyg.text import IntentAnswer, IntentStore, Record
from irllrec_pyg.text.answers import store as module


def record(number):
    return Record(f"item/{number}", "k", "valid", 1, "text", IntentAnswer(("a",), (), "wants it"))


class Disk:
    """The functions of ``os`` that the store calls, which fail on demand."""

    def __init__(self):
        self.fail = {}  # names of functions: number of calls, or bytes for write, that still succeed
        self.most = 1 << 30  # bytes that one write takes

    def __getattr__(self, name):
        return getattr(os, name)

    def _spend(self, name, amount=1):
        if name in self.fail:
            if self.fail[name] < amount:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.fail[name] -= amount

    def write(self, handle, content):
        content = content[: self.most]
        room = self.fail.get("write", len(content))
        if 0 < room < len(content):  # a disk that fills up takes what it can
            content = content[:room]
        self._spend("write", len(content))
        return os.write(handle, content)

    def fsync(self, handle):
        self._spend("fsync")
        os.fsync(handle)

    def ftruncate(self, handle, size):
        self._spend("ftruncate")
        os.ftruncate(handle, size)


@pytest.fixture
def disk(monkeypatch):
    disk = Disk()
    monkeypatch.setattr(module, "os", disk)
    return disk


@pytest.fixture
def store(tmp_path, disk):
    store = IntentStore(tmp_path)
    store.add([record(0)])
    yield store
    store._lock.release()


FAILURES = [{"write": 0}, {"write": 1}, {"write": 40}, {"write": 150}, {"fsync": 0}]


@pytest.mark.parametrize("truncate", [{}, {"ftruncate": 0}], ids=["set back", "not set back"])
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_after_a_failure(failure, truncate, store, disk):
    before = store.file.read_bytes()
    disk.fail = {**failure, **truncate}
    with pytest.raises(
        OSError, match="No space left on device: the batch is not stored, all earlier ones are"
    ) as error:
        store.add([record(1), record(2)])
    assert error.value.errno == errno.ENOSPC and str(store.file) in str(error.value)
    assert list(store) == [record(0)] and store.missing({"item/1": "k"}) == ["item/1"]
    assert store.file.read_bytes().startswith(before)
    if not truncate:
        assert store.file.read_bytes() == before
    assert IntentStore(store.folder).get("item/0", "k") == record(0), "it can be read meanwhile"

    disk.fail = {}
    store.add([record(1), record(2)])
    assert list(IntentStore(store.folder)) == [record(0), record(1), record(2)]
    content = store.file.read_bytes()
    assert content.startswith(before) and content.count(b"item/1") == 1, "no torn part is left"


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_opened_again_after_a_failure(failure, store, disk):
    disk.fail = {**failure, "ftruncate": 0}
    with pytest.raises(OSError, match="No space left"):
        store.add([record(1)])
    store._lock.release()  # as when the process ends
    disk.fail = {}
    again = IntentStore(store.folder)
    again.add([record(1), record(2)])
    again._lock.release()
    assert list(IntentStore(store.folder)) == [record(0), record(1), record(2)]


def test_while_the_file_cannot_be_set_back_nothing_is_written(store, disk):
    disk.fail = {"write": 30, "ftruncate": 0}
    with pytest.raises(OSError, match="No space left"):
        store.add([record(1)])
    torn = store.file.read_bytes()
    disk.fail = {"ftruncate": 0}
    with pytest.raises(OSError, match="No space left"):
        store.add([record(2)])
    assert store.file.read_bytes() == torn and list(store) == [record(0)]


def test_failures_in_a_row(store, disk):
    before = store.file.read_bytes()
    for room in range(0, 200, 7):
        disk.fail = {"write": room, "ftruncate": room % 2}
        with pytest.raises(OSError, match="No space left"):
            store.add([record(1), record(2)])
    disk.fail = {}
    store.add([record(3)])
    assert list(IntentStore(store.folder)) == [record(0), record(3)]
    assert store.file.read_bytes().startswith(before)


def test_the_first_batch_fails(tmp_path, disk):
    store = IntentStore(tmp_path)
    disk.fail = {"write": 20}
    with pytest.raises(OSError, match="No space left"):
        store.add([record(0)])
    assert store.file.read_bytes() == b"" and list(IntentStore(tmp_path)) == []
    disk.fail = {}
    store.add([record(0)])
    assert list(IntentStore(tmp_path)) == [record(0)]


@pytest.mark.parametrize("most", [1, 7, 100])
def test_short_writes_are_continued(most, store, disk):
    disk.most = most
    store.add([record(1), record(2)])
    assert list(IntentStore(store.folder)) == [record(0), record(1), record(2)]


def test_an_interrupt_sets_the_file_back(store, disk, monkeypatch):
    before = store.file.read_bytes()

    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.add([record(1)])
    monkeypatch.undo()
    assert store.file.read_bytes() == before


def test_a_file_that_was_removed_is_begun_anew(store, disk):
    store.file.unlink()
    store.add([record(1)])
    assert list(IntentStore(store.folder)) == [record(1)]

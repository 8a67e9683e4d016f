"""One process at a time writes."""

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from irllrec_pyg._locks import file_lock, folder_lock
from irllrec_pyg._replacing import replacing

fork = multiprocessing.get_context("fork")


def hold(folder, ready):
    with folder_lock(folder):
        ready.set()
        signal.pause()


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    ready = fork.Event()
    child = fork.Process(target=hold, args=(tmp_path, ready))
    child.start()
    assert ready.wait(60)
    yield child
    child.kill()
    child.join()


def test_the_second_one_says_who_holds_it_and_since_when(holder, tmp_path):
    with (
        pytest.raises(
            RuntimeError,
            match=rf"another process writes to '{tmp_path}' \(process {holder.pid} on \S+, since 2\d\d\d-.*\)",
        ),
        folder_lock(tmp_path),
    ):
        pass


def test_a_lock_ends_with_its_process(holder, tmp_path):
    holder.kill()
    holder.join()
    with folder_lock(tmp_path):
        assert [file.name for file in tmp_path.iterdir()] == [".lock"]
    assert [*tmp_path.iterdir()] == []


def write(folder, ready):
    with replacing(folder / "note.txt"):
        ready.set()
        signal.pause()


def test_whoever_takes_the_lock_removes_what_killed_writers_left(tmp_path):
    ready = fork.Event()
    child = fork.Process(target=write, args=(tmp_path, ready))
    child.start()
    assert ready.wait(60)
    with folder_lock(tmp_path):
        assert len([*tmp_path.glob(".note.txt.*.part")]) == 1  # its writer lives
    child.kill()
    child.join()
    with folder_lock(tmp_path):
        assert [file.name for file in tmp_path.iterdir()] == [".lock"]


def test_one_thread_takes_the_lock_of_a_folder_again_and_another_one_does_not(tmp_path):
    def take():
        with folder_lock(tmp_path):
            return True

    with folder_lock(tmp_path), ThreadPoolExecutor(1) as pool:
        assert take()
        with pytest.raises(RuntimeError, match=f"process {os.getpid()} "):
            pool.submit(take).result()
        assert (tmp_path / ".lock").is_file(), "the inner one does not give it back"
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(take).result()


def test_a_lock_that_nobody_refers_to_is_given_back(tmp_path):
    lock = file_lock(tmp_path / "note.txt")
    lock.acquire()
    child = fork.Process(target=lock.__del__)  # what a forked process forgets is still held
    child.start()
    child.join()
    with pytest.raises(RuntimeError, match="note.txt"):
        file_lock(tmp_path / "note.txt").acquire()
    del lock
    with file_lock(tmp_path / "note.txt"):
        pass
    assert [*tmp_path.iterdir()] == []


def test_a_folder_in_which_nothing_was_written_is_removed(tmp_path):
    with folder_lock(tmp_path / "new"):
        pass
    with folder_lock(tmp_path / "used"):
        (tmp_path / "used" / "file").touch()
    assert [file.name for file in tmp_path.iterdir()] == ["used"]

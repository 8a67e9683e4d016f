"""Locks, so that one process at a time writes to a folder or a file."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ._replacing import remove_abandoned


class WriteLock:
    """Lets one process at a time write. The lock ends with the process, however that ends.

    It is a file ``.lock`` in the folder, or ``.NAME.lock`` beside the file, which says who holds it. It is removed when
    the lock is released.

    Args:
        target: The folder or file. It is locked by those who ask, and nobody else.
        lock_file: The file of the lock.
        again: Whether the thread that holds the lock may take it again, such as a command and the functions that it
            calls. (default: ``False``)
        wait: Seconds to wait for the lock, for what every process makes alike. (default: ``0``)

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with folder_lock(folder):
        ...     [file.name for file in folder.iterdir()]
        ['.lock']
        >>> [*folder.iterdir()]
        []
    """

    def __init__(self, target: Path, lock_file: Path, again: bool = False, wait: float = 0) -> None:
        self.target, self.lock_file, self.wait = target, lock_file, wait
        self._lock = FileLock(lock_file, is_singleton=again)
        self._made_folder, self._process = False, 0

    @property
    def is_locked(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock.is_locked

    def acquire(self) -> None:
        """Takes the lock.

        Raises:
            RuntimeError: Another process, or another part of this one, holds it. The message says who, and since when.
        """
        folder = self.lock_file.parent
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self.wait)
        except Timeout:
            raise RuntimeError(
                f"another process writes to '{self.target}'{self._holder()}; wait until it ends, or stop it"
            ) from None
        if self._lock.lock_counter == 1:
            self._made_folder, self._process = is_new, os.getpid()
            since = datetime.now(timezone.utc).isoformat(sep=" ", timespec="seconds")
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
            with suppress(OSError):  # such as on a full disk; whoever holds the lock will see it
                self.lock_file.write_text(json.dumps(holder), encoding="utf-8")
            remove_abandoned(folder)  # a process can be killed between its last rename and its end

    def release(self) -> None:
        """Gives the lock back, and removes its file."""
        last = self._lock.lock_counter == 1
        if last:
            with suppress(OSError):  # some systems cannot remove a file that is open
                self.lock_file.unlink()
        self._process = 0
        self._lock.release()
        if last and self._made_folder:
            with suppress(OSError):  # only where nothing was written
                self.lock_file.parent.rmdir()

    def __del__(self) -> None:
        if self._process == os.getpid() and self.is_locked:  # a forked process does not hold it
            self.release()

    def __enter__(self) -> WriteLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _holder(self) -> str:
        try:
            holder = json.loads(self.lock_file.read_text(encoding="utf-8"))
            return f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
        except (OSError, ValueError, KeyError, TypeError):  # it has just begun, or has just ended
            return ""


def folder_lock(folder: str | Path, wait: float = 0) -> WriteLock:
    """Lock of a folder. The thread that holds it may take it again.

    Args:
        folder: The folder; created if it is missing.
        wait: Seconds to wait for the lock. (default: ``0``)

    Examples:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with folder_lock(folder), folder_lock(folder):
        ...     pass
    """
    folder = Path(folder)
    return WriteLock(folder, folder.absolute() / ".lock", again=True, wait=wait)


def file_lock(file: str | Path) -> WriteLock:
    """Lock of a file.

    Args:
        file: The file; its folder is created if it is missing.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "run.safetensors"
        >>> with file_lock(file), file_lock(file):  # doctest: +ELLIPSIS
        ...     pass
        Traceback (most recent call last):
        RuntimeError: another process writes to '...run.safetensors' (process ...); wait until it ends, or stop it
    """
    file = Path(file)
    return WriteLock(file, file.with_name(f".{file.name}.lock"))

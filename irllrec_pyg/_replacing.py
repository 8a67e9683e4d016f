"""The one way to write a file: it is complete, or it is as it was before."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def replacing(file: str | Path) -> Iterator[Path]:
    """Gives a temporary path. When the block ends, what was written there replaces ``file``.

    The content is on the disk before the file is renamed. Where the block raises, ``file`` stays as it was and nothing
    else is left. What a killed process left is removed by the next one that writes the same file. The file mode
    follows the umask. The folder is created if it is missing.

    Args:
        file: The file to write.

    Raises:
        OSError: The file cannot be written, such as on a full disk. The message names it.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "note.txt") as part:
        ...     _ = part.write_text("done")
        >>> [file.name for file in folder.iterdir()]
        ['note.txt']
    """
    file = Path(file)
    with staging(file) as part:
        yield part
        put(part, file)


@contextmanager
def staging(file: str | Path) -> Iterator[Path]:
    """As :func:`replacing`, for a file whose final name depends on its content: the block itself calls :func:`put`.

    Args:
        file: The file, or a name that stands for all that the caller may choose. What killed writers of the same
            ``file`` left is removed.

    Raises:
        OSError: The file cannot be written, such as on a full disk. The message names it.
    """
    file = Path(file)
    with naming(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(file.parent, file.name)
        # A folder, because some writers make further files beside the one that they write.
        folder, lock = _locked_folder(file)
        try:
            (folder / file.name).touch()
            yield folder / file.name
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()


def put(part: Path, file: Path) -> None:
    """Moves what was written at a path of :func:`staging` to its final name.

    Args:
        part: The path.
        file: The file that it replaces.
    """
    part.chmod(_default_mode(part.parent))  # some writers replace the file by a private one
    rename(part, file)


def rename(part: Path, file: Path) -> None:
    """Moves a complete file to its final name in the same folder, once its content is on the disk.

    Args:
        part: The complete file.
        file: The file that it replaces.

    Raises:
        OSError: The content cannot be written to the disk. The message names the file; both files stay.
    """
    with naming(file):
        _sync(part)
        part.replace(file)
    with suppress(OSError):  # not every file system can do it for a folder
        _sync(file.parent)


def reserve(file: Path) -> None:
    """Reserves the disk space of a file that has its full length, but not its content, such as a new memory map.

    Without it, a write into the map ends the process (``SIGBUS``) when the disk is full. Systems that cannot reserve
    space leave the file as it is.

    Args:
        file: The file.

    Raises:
        OSError: There is not enough space. The message names the file.
    """
    with naming(file), file.open("r+b") as stream:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, os.fstat(stream.fileno()).st_size)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Names a file in errors of the system that name none, or only a temporary one.

    Args:
        file: The file.

    Examples:
        >>> with naming(Path("note.txt")):
        ...     raise OSError(errno.ENOSPC, "No space left on device")
        Traceback (most recent call last):
        OSError: [Errno 28] No space left on device: 'note.txt'
    """
    try:
        yield
    except OSError as error:
        name = error.filename
        if isinstance(name, str | bytes | os.PathLike) and not _is_temporary(Path(os.fsdecode(name)), file):
            raise
        raise OSError(error.errno or errno.EIO, error.strerror or str(error), str(file)) from error


def _locked_folder(file: Path) -> tuple[Path, FileLock]:
    """A new folder beside a file, and the lock that says that its writer lives."""
    while True:
        folder = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.part")
        folder.mkdir()
        lock = FileLock(folder / ".lock")
        with suppress(Timeout, FileNotFoundError):  # another process took the new folder for an abandoned one
            lock.acquire(timeout=0)
            return folder, lock


def remove_abandoned(folder: Path, name: str | None = None) -> None:
    """Removes temporary folders whose writers live no longer.

    Args:
        folder: The folder in which they wrote.
        name: Name of the file that they wrote. (default: any)
    """
    for left in folder.glob(".*.part" if name is None else f".{glob.escape(name)}.*.part"):
        with suppress(Timeout, OSError), FileLock(left / ".lock", timeout=0):
            shutil.rmtree(left, ignore_errors=True)


def _default_mode(folder: Path) -> int:
    """The mode of a new file, as the umask says."""
    (folder / ".mode").touch()
    return (folder / ".mode").stat().st_mode & 0o777


def _is_temporary(path: Path, file: Path) -> bool:
    """Whether a path is a temporary folder of a file, or in it."""
    return any(
        part.parent == file.parent and part.name.startswith(f".{file.name}.") and part.suffix == ".part"
        for part in (path, *path.parents)
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

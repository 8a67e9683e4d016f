"""Answers on disk: written once, never changed, and found by a hash of what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..._io import read_json
from ..._locks import file_lock
from ..._manifest import check_manifest, write_manifest
from .record import Record as Record
from .record import read_record, record_line

FORMAT = 2  # of what is current; the first format, which is read as well, had neither a version nor a hash
_CURRENT = "current.json"
_REMEDY = "delete it and generate again: no answer is asked for twice"


def answer_key(digest: str, model: str, decoding: Mapping[str, Any]) -> str:
    """Hash of everything that an answer depends on.

    Args:
        digest: Hash of the prompt, see :attr:`Prompt.digest <irllrec_pyg.text.Prompt.digest>`.
        model: Revision of the weights, see :func:`~irllrec_pyg.text.model_revision`.
        decoding: Arguments of the generation. Their order does not count.

    Returns:
        32 hexadecimal digits.

    Examples:
        >>> key = answer_key("a prompt", "a model", {"max_new_tokens": 64})
        >>> key == answer_key("a prompt", "a model", {"max_new_tokens": 65})
        False
    """
    content = json.dumps([digest, model, dict(decoding)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class IntentStore:
    """Records in a folder. They are appended, and never rewritten.

    Every process appends to a file of its own, ``answers-00000.jsonl``, ``answers-00001.jsonl`` and so on, one batch at
    a time: one record per line with a hash of itself, and an empty line that marks the batch as complete. The batch is
    on the disk when :meth:`add` returns. If a process is killed while it writes, readers ignore the incomplete batch,
    and the next writer removes it. A resumed run therefore sees the batches as they were planned, and ends with the
    same records as an undisturbed run. If a batch cannot be written, for example because the disk is full, the file is
    set back to where it was, at once or before the next batch is written.

    Args:
        folder: Folder of the store; it is created if it is missing.
        process: Number of the writing process. (default: ``0``)

    Raises:
        ValueError: A line of a complete batch is damaged, or the store has another format. The message names it.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.text import IntentAnswer
        >>> folder = tempfile.mkdtemp()
        >>> store = IntentStore(folder)
        >>> store.add([Record("item/1", "k", "valid", 1, "", IntentAnswer((), (), "Wants wit."))])
        >>> IntentStore(folder).get("item/1", "k").answer.intent
        'Wants wit.'
        >>> store.missing({"item/1": "k", "item/2": "k"})
        ['item/2']
    """

    def __init__(self, folder: str | Path, process: int = 0) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / f"answers-{process:05d}.jsonl"
        self._lock = file_lock(self.file)  # taken by the first write, and held until this process ends
        self._records: dict[tuple[str, str], Record] = {}
        self._size: int | None = None  # length of the file up to the last batch that was confirmed
        self.current()  # before anything is read, because another format may have other records
        self.refresh()

    def refresh(self) -> None:
        """Reads the records that other processes have added."""
        for file in sorted(self.folder.glob("answers-*.jsonl")):
            for record in _read_records(file):
                self._records.setdefault((record.entity, record.key), record)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, entity: str, key: str) -> Record | None:
        """Record of an entity with the given key, or :obj:`None`."""
        return self._records.get((entity, key))

    def missing(self, keys: Mapping[str, str]) -> list[str]:
        """Entities that have no record with the given key, in their order.

        Args:
            keys: Key of each entity.
        """
        return [entity for entity, key in keys.items() if (entity, key) not in self._records]

    def add(self, records: Iterable[Record]) -> None:
        """Appends a batch, and returns when it is on the disk. Records that the store has already are left out.

        Args:
            records: The batch.

        Raises:
            RuntimeError: Another process writes to the same file.
            OSError: The batch could not be written. None of it is stored, and all that was stored before still is.
        """
        batch = {(record.entity, record.key): record for record in records}
        batch = {place: record for place, record in batch.items() if place not in self._records}
        if not batch:
            return
        self._lock_file()
        lines = [*(record_line(record) for record in batch.values()), "\n"]
        try:
            self._append("".join(lines).encode())
        except OSError as error:
            reason = error.strerror or str(error)
            raise OSError(
                error.errno,
                f"{reason}: the batch is not stored, all earlier ones are; free the disk, and start again",
                str(self.file),
            ) from error
        self._records |= batch

    def _lock_file(self) -> None:
        if not self._lock.is_locked:
            self._lock.acquire()
            _remove_incomplete_batch(self.file)
            self._size = None

    def _append(self, content: bytes) -> None:
        """Writes all of the content to the end of the file and to the disk, or leaves the file as it was.

        Where the file cannot be set back at once, the next call does so, before it writes.
        """
        handle = os.open(self.file, os.O_CREAT | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        try:
            end = os.fstat(handle).st_size
            self._size = end if self._size is None else min(self._size, end)
            if end > self._size:  # what is behind it was not confirmed
                os.ftruncate(handle, self._size)
            os.lseek(handle, self._size, os.SEEK_SET)
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(handle, self._size)
                    os.fsync(handle)
                raise
            self._size += len(content)
        finally:
            os.close(handle)

    def set_current(self, keys: Mapping[str, str]) -> None:
        """Sets which record of each entity is current. Records of earlier prompts or models stay in the store.

        Args:
            keys: Key of the current record of each entity. Entities that are not named keep theirs.

        Raises:
            RuntimeError: Another process writes to the same store.
        """
        self._lock_file()
        write_manifest(self.folder / _CURRENT, {"keys": {**self.current(), **keys}}, FORMAT)

    def current(self) -> dict[str, str]:
        """Key of the current record of each entity, whether the record exists yet or not.

        Raises:
            ValueError: The file is damaged or of another format.
        """
        file = self.folder / _CURRENT
        if not file.is_file():
            return {}
        content: dict[str, Any] = read_json(file)
        keys: Any = content  # of the first format: the keys alone
        if "format" in content:
            check_manifest(file, content, FORMAT, _REMEDY)
            keys = content.get("keys")
        if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
            raise ValueError(f"'{file}' is damaged: it holds no keys; {_REMEDY}")
        return keys

    def answers(self) -> dict[str, Record | None]:
        """Current record of each entity, or :obj:`None` where it does not exist yet."""
        return {entity: self.get(entity, key) for entity, key in self.current().items()}


def _complete_batches(file: Path) -> bytes:
    content = file.read_bytes()
    return content[: content.rfind(b"\n\n") + 2] if b"\n\n" in content else b""


def _read_records(file: Path) -> Iterator[Record]:
    for number, line in enumerate(_complete_batches(file).split(b"\n"), start=1):
        if line:
            yield read_record(line, f"line {number} of '{file}'")


def _remove_incomplete_batch(file: Path) -> None:
    if file.is_file():
        with file.open("r+b") as stream:
            stream.truncate(len(_complete_batches(file)))

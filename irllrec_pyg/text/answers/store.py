"""Answers on disk: written once, never changed, found again by what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .answer import IntentAnswer


@dataclass(frozen=True)
class Record:
    """One answer, or the failure to get one.

    Args:
        entity: Whom it is about, such as ``"item/0312367465"``.
        key: Of what it was made from, see :func:`answer_key`.
        state: ``"valid"`` as it came, ``"repaired"``, or ``"failed"``.
        attempts: How often the model was asked.
        text: What the model wrote, the last time.
        answer: What was read from it; none where it failed.
        reason: Why it failed.
    """

    entity: str
    key: str
    state: str
    attempts: int
    text: str
    answer: IntentAnswer | None = None
    reason: str = ""


def answer_key(digest: str, model: str, decoding: Mapping[str, Any]) -> str:
    """A hash of all that an answer depends on: another prompt, model or way of decoding is another answer.

    Args:
        digest: Of the prompt, see :attr:`Prompt.digest <irllrec_pyg.text.Prompt.digest>`.
        model: Names the weights: a revision, or a hash of their files.
        decoding: Arguments of the generation.
    """
    made_from = json.dumps([digest, model, dict(decoding)], sort_keys=True)
    return hashlib.sha256(made_from.encode()).hexdigest()[:32]


class IntentStore:
    """Records in a folder, appended to and never rewritten.

    Every process appends to a file of its own, ``answers-00000.jsonl`` and on, a batch at a time: a record a line, and
    an empty line that says that the batch is whole. It is on the disk when :meth:`add` returns. What a process leaves
    behind that was killed in between is no batch: readers ignore it, and it is cut off when the file is next written
    to. So a resumed run sees batches as they were planned, and ends where an undisturbed one does.

    Args:
        folder: Made where missing.
        process: Number of the writing process. (default: ``0``)

    Raises:
        ValueError: A line of a whole batch is damaged; the message says which.
    """

    def __init__(self, folder: str | Path, process: int = 0) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / f"answers-{process:05d}.jsonl"
        self._lock = FileLock(f"{self.file}.lock")
        self._records: dict[tuple[str, str], Record] = {}
        self.refresh()

    def refresh(self) -> None:
        """Reads what other processes have written since."""
        for file in sorted(self.folder.glob("answers-*.jsonl")):
            for record in _read(file):
                self._records.setdefault((record.entity, record.key), record)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, entity: str, key: str) -> Record | None:
        """The record of an entity that was made from the same, if there is one."""
        return self._records.get((entity, key))

    def missing(self, keys: Mapping[str, str]) -> list[str]:
        """The entities for which there is no record with the given key, in their order."""
        return [entity for entity, key in keys.items() if (entity, key) not in self._records]

    def add(self, records: Iterable[Record]) -> None:
        """Appends a batch, and returns when it is on the disk. What is there already is left out.

        Raises:
            RuntimeError: Another process writes to the same file.
        """
        new = {(record.entity, record.key): record for record in records}
        new = {place: record for place, record in new.items() if place not in self._records}
        if not new:
            return
        if not self._lock.is_locked:  # once: it is held until this process ends, however it ends
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                raise RuntimeError(f"another process writes to '{self.file}'; wait for it, or stop it") from None
            _cut_torn_batch(self.file)
        with self.file.open("ab") as stream:
            stream.write("".join([*(json.dumps(asdict(record)) + "\n" for record in new.values()), "\n"]).encode())
            stream.flush()
            os.fsync(stream.fileno())
        self._records |= new

    def set_current(self, keys: Mapping[str, str]) -> None:
        """Says which record of each entity counts: that with the given key. Others, of earlier prompts or models, stay.

        Keys of entities that are not named are kept.
        """
        file, keys = self.folder / "current.json", {**self.current(), **keys}
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(keys, indent=0))
        unfinished.replace(file)

    def current(self) -> dict[str, str]:
        """The key that counts of each entity, whether there is a record for it yet or not."""
        file = self.folder / "current.json"
        return json.loads(file.read_text()) if file.is_file() else {}

    def answers(self) -> dict[str, Record | None]:
        """The record that counts of each entity; none where it is yet to be made."""
        return {entity: self.get(entity, key) for entity, key in self.current().items()}


def _whole_batches(file: Path) -> bytes:
    content = file.read_bytes()
    return content[: content.rfind(b"\n\n") + 2] if b"\n\n" in content else b""


def _read(file: Path) -> Iterator[Record]:
    for number, line in enumerate(_whole_batches(file).split(b"\n"), start=1):
        if line:
            yield _parse(line, f"line {number} of '{file}'")


def _parse(line: bytes, where: str) -> Record:
    try:
        fields = json.loads(line)
        answer = fields.pop("answer")
        if answer is not None:
            answer = IntentAnswer(tuple(answer["likes"]), tuple(answer["dislikes"]), answer["intent"])
        return Record(**fields, answer=answer)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{where} is damaged ({error}); delete it, and it is made anew") from error


def _cut_torn_batch(file: Path) -> None:
    if file.is_file():
        with file.open("r+b") as stream:
            stream.truncate(len(_whole_batches(file)))

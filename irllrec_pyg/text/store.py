"""Answers on disk: written once, never changed, found again by what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .answer import IntentAnswer

STATES = ("valid", "repaired", "failed")


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

    Every process appends to a file of its own, ``answers-00000.jsonl`` and on, and flushes it to the disk after each
    batch: a process that is killed loses the batch in flight. A line that it left half-written is cut off when the file
    is opened for writing again, and ignored by readers.

    Args:
        folder: Made where missing.
        process: Number of the writing process. (default: ``0``)

    Raises:
        ValueError: A line that is not the last of its file is damaged; the message says which.
    """

    def __init__(self, folder: str | Path, process: int = 0) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / f"answers-{process:05d}.jsonl"
        self._writing = False
        self._records: dict[tuple[str, str], Record] = {}
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
        """Appends a batch, and returns when it is on the disk. What is there already is left out."""
        new = {(record.entity, record.key): record for record in records}
        new = {place: record for place, record in new.items() if place not in self._records}
        if not new:
            return
        if not self._writing:  # once: the file may be long
            _cut_torn_line(self.file)
            self._writing = True
        with self.file.open("ab") as stream:
            stream.write("".join(json.dumps(asdict(record)) + "\n" for record in new.values()).encode())
            stream.flush()
            os.fsync(stream.fileno())
        self._records |= new

    def counts(self) -> dict[str, int]:
        """How many records are in each state."""
        counts = dict.fromkeys(STATES, 0)
        for record in self:
            counts[record.state] += 1
        return counts


def _read(file: Path) -> Iterator[Record]:
    lines = file.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):  # what follows the last newline was not finished
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


def _cut_torn_line(file: Path) -> None:
    if not file.is_file():
        return
    content = file.read_bytes()
    if not content.endswith(b"\n") and content:
        with file.open("r+b") as stream:
            stream.truncate(content.rfind(b"\n") + 1)

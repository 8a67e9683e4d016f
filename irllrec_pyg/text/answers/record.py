"""An answer with what it was made from, and the line of a store that holds it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...corpus.clean import readable, shown
from .answer import IntentAnswer

_STATES = ("valid", "repaired", "failed")


@dataclass(frozen=True)
class Record:
    """One answer, or the failure to get one.

    Args:
        entity: The user or item that it describes, such as ``"item/0312367465"``.
        key: Hash of prompt, model and decoding, see :func:`answer_key`.
        state: ``"valid"``, ``"repaired"`` or ``"failed"``.
        attempts: How often the model was asked.
        text: The text that the model wrote at the last attempt. Control characters and half characters are removed.
        answer: What was read from the text. (default: :obj:`None`, for a failure)
        reason: Why it failed. (default: ``""``)

    Examples:
        >>> Record("item/1", "k", "failed", 2, "I cannot say.", reason="no JSON object in the answer").state
        'failed'
    """

    entity: str
    key: str
    state: str
    attempts: int
    text: str
    answer: IntentAnswer | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("text", "reason"):
            object.__setattr__(self, name, readable(getattr(self, name)))


def record_line(record: Record) -> str:
    """The line of a store that holds a record, with a hash of it.

    Args:
        record: The record.
    """
    fields = asdict(record)
    return json.dumps(fields | {"hash": _hash(fields)}) + "\n"


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:8]


def read_record(line: bytes, place: str) -> Record:
    """Reads a line of :func:`record_line`.

    Args:
        line: The line.
        place: Where it stands, for the error message.

    Raises:
        ValueError: The line is damaged.
    """
    try:
        fields = json.loads(line)
        found = fields.pop("hash", None)
        if found not in (None, _hash(fields)):
            raise ValueError("its content has another hash")
        answer = fields.pop("answer")
        if answer is not None:
            answer = IntentAnswer(tuple(answer["likes"]), tuple(answer["dislikes"]), answer["intent"])
        record = Record(**fields, answer=answer)
        if record.state not in _STATES or (answer is None) != (record.state == "failed"):
            raise ValueError("its state does not fit its answer")
        if not all(isinstance(text, str) for text in (record.entity, record.key)):
            raise ValueError("its entity or its key is no text")
        return record
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{place} is damaged ({shown(str(error), 200)}); delete the line, and the model is asked again"
        ) from error

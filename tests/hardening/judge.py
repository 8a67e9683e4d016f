"""What a case may end in: a right result, or an error of ours that names what is wrong and a remedy."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from .part import Case

#: Types of errors that a reader may raise. Subclasses, such as a decoding error, are those of libraries.
ALLOWED = (ValueError, TypeError, OSError, FileNotFoundError, FileExistsError, NotADirectoryError, PermissionError)

_MAX_LENGTH = 3000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_REMEDY = re.compile(
    r"\b(admitted|ask|build|check|choose|correct|delete|download|drop|encode|fetch|fit|fits?|get|give|keep|known|"
    r"leave|load|look|lower|make|must|name|need|needs|number|open|opened|or|pass|read|rename|repeat|save|see|set|take|"
    r"takes|unpack|upgrade|use|wait|whether|write)\b|is it another",
    re.IGNORECASE,
)


class Finding(Exception):  # noqa: N818 - it is what fuzzing calls it
    """A case that ended in something else."""


def outcome(case: Case) -> str:
    """Runs a case.

    Returns:
        ``"right"`` or ``"refused"``.

    Raises:
        Finding: The result is wrong, or the error is not one that helps.
    """
    try:
        result = case.call()
    except Exception as error:
        if fault := _fault(error, case):
            raise Finding(fault) from error
        return "refused"
    try:
        case.check(result)
    except AssertionError as error:
        raise Finding(f"wrong result: {error!s:.300} at line {_line(error)}") from error
    return "right"


def check_message(message: str, names: tuple[str, ...], remedy: bool = True) -> str:
    """What a message of an error lacks; empty where it is as it should be."""
    short = f"{message[:300]!r}"
    if _CONTROLS.search(message):
        return f"control characters in {short}"
    if len(message) > _MAX_LENGTH:
        return f"a message of {len(message)} characters, {short}"
    if names and not any(name in message for name in names):
        return f"no name of {names} in {short}"
    if remedy and not _REMEDY.search(message):
        return f"no remedy in {short}"
    return ""


def _fault(error: Exception, case: Case) -> str:
    """What is wrong with an error; empty where it is one of ours."""
    if isinstance(error, OSError) and any(name in str(error.filename) for name in case.names):
        return ""  # the system's own words with the file, such as "Is a directory"
    if type(error) not in ALLOWED:
        return f"{type(error).__name__} at {_place(error)}: {str(error)[:300]!r}"
    if lack := next((one for one in _chain(error) if isinstance(one, MemoryError) and not _of_parser(one)), None):
        return f"memory, at {_place(lack)}: {str(lack)[:300]!r}"
    if "irllrec_pyg" not in _place(error):
        return f"{type(error).__name__} of other code at {_place(error)}: {str(error)[:300]!r}"
    fault = check_message(str(error), case.names, case.remedy)
    return f"{fault}, raised at {_place(error)}" if fault else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_parser(error: BaseException) -> bool:
    """Whether Python's parser raised an error: its word for deep nesting is a lack of memory."""
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    return bool({"parse", "literal_eval", "safe_eval", "_read_array_header"} & {*frames})


def _last(error: BaseException) -> TracebackType | None:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place


def _place(error: BaseException) -> str:
    place = _last(error)
    if place is None:
        return "nowhere"
    return f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"


def _line(error: BaseException) -> Any:
    place: TracebackType | None = error.__traceback__
    return _place(error).rpartition("/")[2] if place else "?"

"""Values of raw records: ids, texts, numbers and times."""

from __future__ import annotations

import math
from typing import Any

from .clean import readable

_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999


def name(value: Any) -> str:
    """An id as text.

    Args:
        value: A text or a whole number.

    Raises:
        ValueError: It is neither, it is empty, or it holds control characters.

    Examples:
        >>> name("B000"), name(7)
        ('B000', '7')
    """
    if value is None or value == "":
        raise ValueError("an id is empty")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"an id is no text or whole number (got {value!r})")
    text = str(value)
    if text.isspace():
        raise ValueError("an id is empty")
    known = readable(text)
    if len(known) != len(text) or {"\n", "\t"} & set(text):  # without them, it might be the id of another
        raise ValueError(f"an id holds control characters (got {text!r})")
    return known


def prose(value: Any) -> str:
    """Readable text from what files hold for it.

    Args:
        value: A text, a number, a list of them, or nothing, as which NaN counts too.

    Examples:
        >>> prose(["Long.", None, "Slow."]), prose(1984), prose(float("nan"))
        ('Long. Slow.', '1984', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list):
        return " ".join(filter(None, map(prose, value)))
    return readable(str(value)).strip()


def number(value: Any, what: str) -> float:
    """A finite number.

    Args:
        value: A number, or a text that holds one.
        what: What it is, for the message.

    Raises:
        ValueError: It is missing, no number, or not finite.

    Examples:
        >>> number("4.5", "a rating")
        4.5
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{what} is no finite number (got {value!r})")
    return found


def seconds(value: Any, unit: int = 1) -> int:
    """Whole seconds since 1970.

    Args:
        value: A number, or a text that holds one.
        unit: How many of its units are one second, such as ``1000``. (default: ``1``)

    Raises:
        ValueError: It is missing, no number, not finite, or outside the years 1 to 9999.

    Examples:
        >>> seconds(1_600_000_000_123, unit=1000)
        1600000000
    """
    found = math.floor(number(value, "a time")) // unit
    if not _FIRST <= found <= _LAST:
        raise ValueError(f"a time is outside the years 1 to 9999 (got {value!r})")
    return found

"""Files that several datasets read. A published file is whole: a line that cannot be read is an error, not skipped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..corpus.clean import on_one_line
from ..corpus.lines import DEFAULT_LIMITS, numbered_lines
from ..corpus.values import prose

T = TypeVar("T")
_MAX_REASON = 300
_MAX_NODES = 1 << 31


def raw_files(dataset: str, root: str | Path, names: Sequence[str], hint: str = "Check the folder") -> list[Path]:
    """Paths of the files that a dataset needs.

    Args:
        dataset: Name of the dataset, for the message.
        root: Folder of the files.
        names: Names of the files.
        hint: What to do where one is missing. (default: ``"Check the folder"``)

    Raises:
        FileNotFoundError: A file is missing.

    Examples:
        >>> raw_files("Tiny", "no/folder", ["a.csv", "b.csv"])
        Traceback (most recent call last):
        FileNotFoundError: Tiny needs a.csv and b.csv in 'no/folder'; missing: a.csv, b.csv. Check the folder
    """
    folder = Path(root)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        needed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise FileNotFoundError(f"{dataset} needs {needed} in '{folder}'; missing: {', '.join(missing)}. {hint}")
    return [folder / name for name in names]


def read_lines(file: Path, parse: Callable[[str], T], needed: str) -> Iterator[T]:
    """What a function makes of each line that is not blank.

    Args:
        file: The file, see :func:`~irllrec_pyg.corpus.lines.numbered_lines`.
        parse: Makes something of a line, or raises an error.
        needed: What a line needs, for the message.

    Raises:
        ValueError: A line cannot be read. The message names it.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "numbers.txt")
        >>> _ = file.write_text("1\\n\\ntwo")
        >>> list(read_lines(file, int, "a number"))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: '...numbers.txt', line 3: need a number (invalid literal for int() with base 10: 'two'); download...
    """
    for number, line in numbered_lines(file, errors="strict"):
        if line.isspace():
            continue
        try:
            DEFAULT_LIMITS.check_line(line)
            value = parse(line)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise ValueError(
                f"'{file}', line {number}: need {needed} ({on_one_line(reason[:_MAX_REASON])}); download the file "
                "again, or correct the line"
            ) from error
        yield value


def json_object(line: str) -> dict[str, Any]:
    """The JSON object of a line.

    Args:
        line: The line.

    Raises:
        ValueError: The line holds no object.

    Examples:
        >>> json_object('{"item": 1}')
        {'item': 1}
    """
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError(f"a record is an object (got {type(record).__name__})")
    return record


def node_number(value: Any, num_nodes: int = _MAX_NODES) -> int:
    """The number of a user or an item.

    Args:
        value: A whole number, or a text that holds one.
        num_nodes: Number of users or items. (default: any number)

    Raises:
        ValueError: It is no whole number, or out of range.

    Examples:
        >>> node_number("7"), node_number(3.0)
        (7, 3)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value != value:
        raise ValueError(f"a number of a user or an item is a whole number (got {value!r})")
    number = int(value)
    if not isinstance(value, str) and number != value:
        raise ValueError(f"a number of a user or an item is a whole number (got {value!r})")
    if not 0 <= number < num_nodes:
        raise ValueError(f"{number} is not one of the {num_nodes}")
    return number


def read_item_texts(file: Path, num_items: int, body: str = "description") -> tuple[list[str], list[str]]:
    """Titles and texts of items from a JSON lines file with one line per item.

    Args:
        file: The file. A line has ``item``, the item's number, ``title``, and what ``body`` names where there is one.
            Both may be texts, numbers or lists of them.
        num_items: :math:`N`.
        body: Name of what follows the title in a text. (default: ``"description"``)

    Returns:
        Titles and texts, one of each per item. A text is the title and the body. Both are empty for items that are not
        in the file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line cannot be read, or its item is out of range.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "items.jsonl")
        >>> _ = file.write_text('{"item": 1, "title": "Emma", "description": "A matchmaker."}')
        >>> read_item_texts(file, 2)
        (['', 'Emma'], ['', 'Emma. A matchmaker.'])
    """

    def parse(line: str) -> tuple[int, list[str]]:
        record = json_object(line)
        return node_number(record["item"], num_items), [prose(record["title"]), prose(record.get(body))]

    titles, texts = [""] * num_items, [""] * num_items
    for item, parts in read_lines(file, parse, "'item' and 'title'"):
        titles[item], texts[item] = parts[0], ". ".join(filter(None, parts))
    return titles, texts

"""Files that several datasets read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path


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


def read_item_texts(file: Path, num_items: int, body: str = "description") -> tuple[list[str], list[str]]:
    """Titles and texts of items from a JSON lines file with one line per item.

    Args:
        file: The file. A line has ``item``, the item's number, ``title``, and what ``body`` names where there is one.
        num_items: :math:`N`.
        body: Name of what follows the title in a text. (default: ``"description"``)

    Returns:
        Titles and texts, one of each per item. A text is the title and the body. Both are empty for items that are not
        in the file.

    Raises:
        ValueError: A line cannot be read, or its item is out of range.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp(), "items.jsonl")
        >>> _ = file.write_text('{"item": 1, "title": "Emma", "description": "A matchmaker."}')
        >>> read_item_texts(file, 2)
        (['', 'Emma'], ['', 'Emma. A matchmaker.'])
    """
    titles, texts = [""] * num_items, [""] * num_items
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            item, parts = int(record["item"]), [record["title"].strip(), (record.get(body) or "").strip()]
            if not 0 <= item < num_items:
                raise ValueError(f"item {item} is not one of the {num_items}")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"'{file}', line {number}: {error!r}; need 'item' and 'title'") from error
        titles[item], texts[item] = parts[0], ". ".join(filter(None, parts))
    return titles, texts

"""Data for a search, from whatever people have."""

from __future__ import annotations

import codecs
import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import HeteroData

from ..corpus import interactions_from_table, load_corpus, training_texts
from ..datasets import ReviewDataset

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl")
_HEAD = 1 << 16  # bytes in which the header of a text file ends


def load_data(
    data: HeteroData | pd.DataFrame | str | Path,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    item_columns: Sequence[str] = (),
    min_rating: float | None = 3.0,
    split_by: str = "random",
    progress: Callable[[str], None] | None = None,
) -> HeteroData:
    """Makes a data object from a table of interactions, from its file, or from the folder of a corpus.

    Args:
        data: A data object, which is returned as it is; a data frame, or a ``.csv``, ``.tsv``, ``.parquet`` or
            ``.jsonl`` file (also gzipped), see :func:`~irllrec_pyg.corpus.interactions_from_table`; or a folder that
            :func:`~irllrec_pyg.corpus.build_corpus` wrote.
        seed: Seed of the split of a table. (default: ``0``)
        columns: Names of the columns of a table, ours to theirs. (default: usual names are recognised)
        item_columns: Further columns of a table that describe the item, such as ``("category", "brand")``, by which
            recommendations can be limited. (default: none)
        min_rating: Lowest rating of a table that counts as an interaction, if there are ratings; :obj:`None` takes all.
            (default: ``3.0``)
        split_by: How a table is split: ``"random"``, ``"last"`` or ``"time"``, see
            :func:`~irllrec_pyg.corpus.from_dataframe`. (default: ``"random"``)
        progress: Function that takes two lines about a table: which columns are read as what, and how many rows are
            left out. (default: none)

    Raises:
        FileNotFoundError: There is no such file or folder.
        ValueError: The file cannot be read, the table lacks a column, or ``item_columns`` is given without a table.

    Examples:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"user": ["a"] * 10 + ["b"] * 10, "item": [*range(10), *range(5, 15)]})
        >>> load_data(frame)["item"].num_nodes
        15
    """
    is_folder = isinstance(data, str | Path) and Path(data).is_dir()
    if item_columns and (is_folder or isinstance(data, HeteroData)):
        raise ValueError(
            f"'item_columns' names columns of a table, but there is none (got {list(item_columns)}); set "
            "data['item'][column] to a list with one value per item"
        )
    if isinstance(data, HeteroData):
        return data
    from_table = partial(
        interactions_from_table,
        columns=columns,
        min_rating=min_rating,
        seed=seed,
        item_columns=item_columns,
        split_by=split_by,
        progress=progress,
    )
    if not isinstance(data, str | Path):
        return from_table(data)
    path = Path(data)
    if is_folder:
        found: HeteroData = ReviewDataset(path)[0]
        if "intent" not in found["item"]:
            found["item"].text = training_texts(load_corpus(path), found)[1]
        return found
    return from_table(read_frame(path))


def read_frame(path: Path) -> pd.DataFrame:
    """Reads the file of a table. Values of text files stay texts.

    Text files are in UTF-8, or in UTF-16 with a byte order mark. Columns of a ``.csv`` or ``.txt`` file are separated
    by what the header has most of: commas, semicolons or tabs.

    Args:
        path: A ``.csv``, ``.tsv``, ``.txt``, ``.parquet``, ``.json`` or ``.jsonl`` file, also gzipped.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It cannot be read, or is empty.

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("user,item\\n007,a\\n")
        >>> read_frame(file).values.tolist()
        [['007', 'a']]
    """
    import pandas as pd

    if not path.is_file():
        raise FileNotFoundError(f"there is no file or folder '{path}'")
    suffix = next((suffix for suffix in map(str.lower, reversed(path.suffixes)) if suffix in _SUFFIXES), None)
    if suffix is None:
        raise ValueError(
            f"'{path}' must be a folder or a file that ends in {', '.join(_SUFFIXES)}, or in .gz after that"
        )
    try:
        if suffix == ".parquet":
            return pd.read_parquet(path)
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            head = stream.read(_HEAD)
        if not head.strip():
            raise ValueError("the file is empty")
        encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        if suffix in (".json", ".jsonl"):
            return pd.read_json(path, lines=suffix == ".jsonl", dtype=False, encoding=encoding)
        sep = "\t" if suffix == ".tsv" else _separator(head.decode(encoding, errors="ignore"))
        # Ids and texts as they stand: "007" is no number, and a text that says "NA" is not missing.
        return pd.read_csv(path, sep=sep, encoding=encoding, dtype=str, keep_default_na=False)
    except UnicodeError as error:
        raise ValueError(f"'{path}' is not in UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)") from error
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"'{path}' cannot be read: {error}") from error


def _separator(text: str) -> str:
    """What separates the columns of a text, by its header."""
    header = re.sub(r'"[^"]*"', "", text).lstrip("\r\n").partition("\n")[0]  # a quoted name may hold anything
    return max(",;\t", key=header.count)

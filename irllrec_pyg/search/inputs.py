"""Data for a search, from whatever people have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import HeteroData

from ..corpus import interactions_from_table, load_corpus, training_texts
from ..datasets import ReviewDataset
from .tables import read_frame

if TYPE_CHECKING:
    import pandas as pd


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
        progress: Function that takes lines about a table: which lines of the file are skipped, if any, which columns
            are read as what, and how many rows are left out. (default: none)

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
    return from_table(read_frame(path, progress))

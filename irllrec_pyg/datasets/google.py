"""Google local businesses, with texts for some of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch_geometric.data import InMemoryDataset

from ..corpus.csv_rows import Row, csv_rows
from ..data import make_data, set_features
from .feature_files import load_features
from .published import FeatureFiles
from .raw_files import node_number, raw_files, read_item_texts
from .registry import DATASETS

_FEW, _SPARSE = 1000, 100  # numbers of users and items may be so large, or so many times the number of visits


@DATASETS.register("google")
class Google(InMemoryDataset):
    """Visits to local businesses from Google reviews, as `"XRec: Large Language Models for Explainable Recommendation"
    <https://arxiv.org/abs/2406.02377>`_ splits them, with summaries of some businesses by a large language model.

    The folder holds ``train.csv``, ``val.csv`` and ``test.csv`` (``user,item``), and ``items.jsonl`` (``item``,
    ``title``, ``summary``). Title and summary are kept as ``data["item"].text``, which is empty for items that are not
    in that file, and titles as ``data["item"].title``, which is the item's number for these. Numbers of users and items
    are those of the files. Most items have no text: say so with results of models that read texts.

    The explanations of single visits that XRec has too are not read, because they were written from the users' own
    reviews, also of held-out visits.

    Args:
        root (str): The folder.
        intents (str or (str, str), optional): Files of intent features, see
            :func:`~irllrec_pyg.datasets.load_features`. (default: :obj:`None`)
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line cannot be read, or as :func:`~irllrec_pyg.data.make_data`.

    Examples:
        >>> Google("no/such/folder")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        FileNotFoundError: Google needs train.csv, val.csv, test.csv and items.jsonl in 'no/such/folder'; missing: ...
    """

    def __init__(
        self, root: str | Path, intents: FeatureFiles | None = None, transform: Callable[[Any], Any] | None = None
    ) -> None:
        *splits, items = raw_files("Google", root, ("train.csv", "val.csv", "test.csv", "items.jsonl"))
        super().__init__(None, transform)
        train, val, test = map(_read_pairs, splits)
        num_users, num_items = (torch.cat([train, val, test], dim=1).amax(dim=1) + 1).tolist()
        data = make_data(train, val, test, num_users, num_items, range(num_users), range(num_items))
        titles, data["item"].text = read_item_texts(items, num_items, "summary")
        data["item"].title = [title or str(item) for item, title in enumerate(titles)]
        if intents is not None:
            set_features(data, "intent", *load_features(intents))
        self.data, self.slices = self.collate([data])


def _read_pairs(file: Path) -> Tensor:
    header, rows, skipped = csv_rows(file, separators=(",",), errors="strict")
    if header != ["user", "item"]:
        raise ValueError(f"'{file}', line 1: the first line must be 'user,item'; download the file again")
    if skipped.bad:
        raise ValueError(f"'{file}', line {skipped.examples[0][0]}: {skipped}; download the file again, or correct it")
    most = max(_FEW, _SPARSE * len(rows))  # a digit too many must not make millions of users
    try:
        pairs = [(int(user), int(item)) for _, (user, item) in rows]
        is_right = all(0 <= user < most and 0 <= item < most for user, item in pairs)
    except ValueError:
        is_right = False
    if not is_right:
        _refuse(file, rows, most)
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).t().contiguous()


def _refuse(file: Path, rows: list[Row], most: int) -> NoReturn:
    """Raises the error for the first row that holds no pair of numbers."""
    for line, cells in rows:
        try:
            _ = [node_number(cell, most) for cell in cells]
        except ValueError as error:  # noqa: PERF203, the message names the line
            raise ValueError(
                f"'{file}', line {line}: need a user and an item as numbers ({error}); correct the line"
            ) from error
    raise AssertionError("all rows hold numbers")

"""Last.fm listening histories with a text for every user and artist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import InMemoryDataset
from torch_geometric.utils import coalesce

from ..corpus.values import prose
from ..data import make_data, set_features, split_per_user
from .feature_files import load_features
from .published import FeatureFiles
from .raw_files import json_object, node_number, raw_files, read_lines
from .registry import DATASETS


@DATASETS.register("lastfm")
class LastFM(InMemoryDataset):
    """HetRec 2011 Last.fm, with summaries of users and artists by a large language model.

    The folder holds ``train.txt`` and ``test.txt`` (one line per user: the user, then items), ``items.jsonl``
    (``item``, ``artist``, ``tags``, ``llm_summary``) and ``users.jsonl`` (``user``, ``llm_summary``). A tenth of each
    user's training items becomes the validation split. The artists' texts are kept as ``data["item"].text``, their
    tags as ``data["item"].tags``, their names as ``original_id``.

    The users' summaries are kept as ``data["user"].summary``, not as ``text``: they were written from *all* of
    ``train.txt`` and so have seen the validation items. Models that read them look better in validation than they are
    in the test; :func:`~irllrec_pyg.data.mean_of_items` computes user features from training items only.

    Args:
        root (str): The folder.
        intents (str or (str, str), optional): Files of intent features, see
            :func:`~irllrec_pyg.datasets.load_features`. (default: :obj:`None`)
        seed (int, optional): Seed of the validation split. (default: :obj:`0`)
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A line cannot be read, a user or item has no text, or as
            :func:`~irllrec_pyg.data.make_data`.

    Examples:
        >>> LastFM("no/such/folder")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        FileNotFoundError: LastFM needs train.txt, test.txt, items.jsonl and users.jsonl in 'no/such/folder'...
    """

    def __init__(
        self,
        root: str | Path,
        intents: FeatureFiles | None = None,
        seed: int = 0,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        train_file, test_file, item_file, user_file = raw_files(
            "LastFM", root, ("train.txt", "test.txt", "items.jsonl", "users.jsonl")
        )
        super().__init__(None, transform)
        users = _read_records(user_file, "user", ("llm_summary",))
        items = _read_records(item_file, "item", ("llm_summary", "artist", "tags"))
        kept, test = _read_pairs(train_file), _read_pairs(test_file)
        train, val = (kept[:, part] for part in split_per_user(kept[0], (9, 1), seed))
        names = [item["artist"] for item in items]
        data = make_data(train, val, test, len(users), len(items), range(len(users)), names)
        data["user"].summary = [user["llm_summary"] for user in users]
        data["item"].text = [item["llm_summary"] for item in items]
        data["item"].tags = [item["tags"] for item in items]
        if intents is not None:
            set_features(data, "intent", *load_features(intents))
        self.data, self.slices = self.collate([data])


def _read_pairs(file: Path) -> Tensor:
    """Pairs of a file with one line per user: the user, then items."""
    users: list[int] = []
    items: list[int] = []
    for user, *taken in read_lines(file, lambda line: [*map(node_number, line.split())], "a user and items as numbers"):
        users += [user] * len(taken)
        items += taken
    return coalesce(torch.tensor([users, items], dtype=torch.long))


def _read_records(file: Path, key: str, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """Records of a JSON lines file in the order of their ids, which must be 0, 1, 2, ..."""

    def parse(line: str) -> tuple[int, dict[str, Any]]:
        record = json_object(line)
        number, known = node_number(record[key]), {field: record[field] for field in fields}
        known |= {field: prose(known[field]) for field in fields if field != "tags"}
        if empty := [field for field in fields if not known[field]]:
            raise ValueError(f"'{empty[0]}' is empty")
        return number, known

    needed = f"{', '.join(map(repr, (key, *fields[:-1])))} and {fields[-1]!r}"
    found = sorted(read_lines(file, parse, needed), key=lambda pair: pair[0])
    for expected, (number, _) in enumerate(found):
        if number != expected:
            raise ValueError(
                f"'{file}' has no line of {key} {expected}, or two; every {key} needs one; download the file again"
            )
    return [record for _, record in found]

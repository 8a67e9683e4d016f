"""The three datasets of the paper, from the matrices that its authors published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch_geometric.data import InMemoryDataset

from ..data import make_data, set_features, statistics
from .feature_files import load_features
from .raw_files import raw_files, read_item_texts
from .registry import DATASETS
from .unpickle import load_matrix

ITEM_TEXTS = "item_text.jsonl"
FeatureFiles = str | Path | Sequence[str | Path]


class PublishedDataset(InMemoryDataset):
    """Interactions from ``{trn,val,tst}_mat.pkl``, and optional text features beside them.

    The files are read where they lie, by an unpickler that admits scipy's sparse matrices and numpy's arrays only.
    Nothing is written, so ``root`` may be read-only.

    Args:
        root (str): Folder of the three matrices.
        intents (str or (str, str), optional): Files of intent features, see
            :func:`~irllrec_pyg.datasets.load_features`. (default: :obj:`None`)
        profiles (str or (str, str), optional): Files of profile features. (default: :obj:`None`)
        texts (str, optional): JSON lines file with one line per item: ``item``, the number of its column in the
            matrices, ``title``, and ``description`` where there is one. They become ``data["item"].text``, empty for
            items that are not in the file. (default: ``item_text.jsonl`` in the folder, where it exists)
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        FileNotFoundError: The folder or a file is missing.
        ValueError: A file cannot be read, the counts are not those of the paper's Table 1, splits overlap, or features
            do not match.

    Examples:
        >>> import pickle, tempfile
        >>> import scipy.sparse as sp
        >>> class Tiny(PublishedDataset):
        ...     table1 = (2, 3, 4)
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name, row, column in (("trn", [0, 1], [0, 1]), ("val", [0], [1]), ("tst", [1], [2])):
        ...     matrix = sp.coo_matrix(([1.0] * len(row), (row, column)), shape=(2, 3))
        ...     _ = (folder / f"{name}_mat.pkl").write_bytes(pickle.dumps(matrix))
        >>> Tiny(folder)[0]["item"].num_nodes
        3
    """

    #: Users, items and interactions of the paper's Table 1.
    table1: ClassVar[tuple[int, int, int]]

    def __init__(
        self,
        root: str | Path,
        intents: FeatureFiles | None = None,
        profiles: FeatureFiles | None = None,
        texts: str | Path | None = None,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        folder, name = Path(root), type(self).__name__
        files = raw_files(
            name, folder, ("trn_mat.pkl", "val_mat.pkl", "tst_mat.pkl"), "They are published with the IRLLRec code"
        )
        super().__init__(None, transform)
        matrices = [load_matrix(file) for file in files]
        for file, matrix in zip(files, matrices, strict=True):
            if matrix.shape != self.table1[:2]:
                raise ValueError(
                    f"'{file}' is {matrix.shape[0]} x {matrix.shape[1]}, but {name} has "
                    f"{self.table1[0]} users and {self.table1[1]} items; is it another dataset's file?"
                )
        train, val, test = (
            torch.stack([torch.from_numpy(m.row).long(), torch.from_numpy(m.col).long()]) for m in matrices
        )
        data = make_data(train, val, test, *self.table1[:2])
        total = statistics(data)["interactions"]
        if total != self.table1[2]:
            raise ValueError(
                f"'{folder}' holds {total} interactions, but {name} has {self.table1[2]} (Table 1 of "
                "the paper); download the files again, or use irllrec_pyg.datasets.from_dataframe for data of your own"
            )
        for kind, features in (("intent", intents), ("profile", profiles)):
            if features is not None:
                set_features(data, kind, *load_features(features))
        if texts is None and (folder / ITEM_TEXTS).is_file():
            texts = folder / ITEM_TEXTS
        if texts is not None:
            data["item"].text = read_item_texts(Path(texts), self.table1[1])[1]
        self.data, self.slices = self.collate([data])


@DATASETS.register("amazon-book")
class AmazonBook(PublishedDataset):
    """Amazon-book: 11,000 users, 9,332 items, 200,860 interactions, split 3:1:1.

    Arguments are those of :class:`~irllrec_pyg.datasets.PublishedDataset`.

    Examples:
        >>> AmazonBook("no/such/folder")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        FileNotFoundError: AmazonBook needs trn_mat.pkl, val_mat.pkl and tst_mat.pkl in 'no/such/folder'...
    """

    table1 = (11_000, 9_332, 200_860)


@DATASETS.register("amazon-movie")
class AmazonMovie(PublishedDataset):
    """Amazon-movie: 16,994 users, 9,370 items, 168,243 interactions, split 8:1:1.

    Arguments are those of :class:`~irllrec_pyg.datasets.PublishedDataset`.

    Examples:
        >>> AmazonMovie("no/such/folder")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        FileNotFoundError: AmazonMovie needs trn_mat.pkl, val_mat.pkl and tst_mat.pkl in 'no/such/folder'...
    """

    table1 = (16_994, 9_370, 168_243)


@DATASETS.register("yelp")
class Yelp(PublishedDataset):
    """Yelp: 11,091 users, 11,010 items, 277,535 interactions, split 3:1:1.

    Arguments are those of :class:`~irllrec_pyg.datasets.PublishedDataset`.

    Examples:
        >>> Yelp("no/such/folder")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        FileNotFoundError: Yelp needs trn_mat.pkl, val_mat.pkl and tst_mat.pkl in 'no/such/folder'...
    """

    table1 = (11_091, 11_010, 277_535)

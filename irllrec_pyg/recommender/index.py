"""An index of items that finds the nearest ones without scoring all."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from .._checks import check_at_least, check_choice
from .._locks import folder_lock
from .._manifest import read_manifest, write_manifest
from .._tensors import save_tensors
from ..data import id_tensor
from ..ranking import Ranker
from .hashed_files import check_hashed, remove_unnamed, write_hashed
from .vectors import embeddings_of

FORMAT = 1
_CONFIG = "index.json"
_STEMS = {"graph": "index", "tensors": "index-tensors"}
_REMEDY = "build the index again"


class ItemIndex:
    r"""Finds the items with the largest inner products :math:`\mathbf{e}_u^{\top} \mathbf{e}_i`, of millions in
    milliseconds.

    It is a graph of near items (`"Efficient and Robust Approximate Nearest Neighbor Search Using Hierarchical Navigable
    Small World Graphs" <https://arxiv.org/abs/1603.09320>`_) of the library usearch. Few of the best items are missed;
    :func:`~irllrec_pyg.recommender.recommend_with_index` scores what it finds exactly. Choose it where there are
    hundreds of thousands of items; for fewer, :func:`~irllrec_pyg.recommender.recommend` is fast enough.

    Args:
        item_embedding (Tensor): Vectors of items :math:`\mathbf{e}_i`, ``[n, d]``.
        ids (Sequence, optional): Number of each item, such as those that are in stock.
            (default: :obj:`None`, for 0 to n - 1)
        user_embedding (Tensor, optional): Vectors of users :math:`\mathbf{e}_u`, ``[M, d]``, which are kept with the
            index. (default: :obj:`None`)
        dtype (str, optional): Type of the numbers in the index: ``"f32"``, or ``"f16"`` for half of the memory.
            (default: :obj:`"f32"`)
        connectivity (int, optional): Number of near items that each item is connected to. More of them give a better
            and larger index. (default: :obj:`32`)
        expansion_add (int, optional): Number of candidates when an item is added. More of them give a better index, and
            take longer. (default: :obj:`128`)
        expansion_search (int, optional): Number of candidates of a search. More of them miss fewer items, and take
            longer. (default: :obj:`128`)
        threads (int, optional): Number of threads that build it and that search for several users; 0 takes all.
            (default: :obj:`0`)

    Attributes:
        num_items: One more than the largest number of an item. It stands for no item in the results of a search.
        user_embedding: Vectors of users, or :obj:`None`.

    Raises:
        ImportError: usearch is not installed.
        ValueError: The vectors are no matrix or hold NaN or infinity, an id occurs twice or is negative, or another
            argument is out of its range.

    Examples:
        >>> index = ItemIndex(torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), ids=[7, 8, 9])
        >>> items, scores = index.search(torch.tensor([[0.0, 1.0]]), k=2)
        >>> items.tolist(), [round(score, 4) for score in scores[0].tolist()]
        ([[8, 9]], [2.0, 1.0])
    """

    def __init__(
        self,
        item_embedding: Tensor,
        ids: Sequence[int] | Tensor | None = None,
        user_embedding: Tensor | None = None,
        dtype: str = "f32",
        connectivity: int = 32,
        expansion_add: int = 128,
        expansion_search: int = 128,
        threads: int = 0,
    ) -> None:
        _check_vectors("item_embedding", item_embedding)
        number = torch.arange(item_embedding.size(0)) if ids is None else id_tensor(ids).long()
        if number.shape != item_embedding.shape[:1] or number.min() < 0 or number.unique().numel() < number.numel():
            raise ValueError(
                f"'ids' must hold a number of its own for each of the {item_embedding.size(0)} items, none below 0"
            )
        if user_embedding is not None:
            _check_vectors("user_embedding", user_embedding, item_embedding.size(1))
            user_embedding = user_embedding.detach().float().cpu()
        check_choice("dtype", dtype, ("f32", "f16"))
        for name, value in (("connectivity", connectivity), ("expansion_add", expansion_add)):
            check_at_least(name, value, 2)
        self.num_items, self.dim, self.user_embedding = int(number.max()) + 1, item_embedding.size(1), user_embedding
        self.expansion_search, self.threads = check_at_least("expansion_search", expansion_search, 1), threads
        self._graph = _import_usearch().Index(
            ndim=self.dim, metric="ip", dtype=dtype, connectivity=connectivity, expansion_add=expansion_add
        )
        vectors = item_embedding.detach().float().cpu().contiguous().numpy()
        self._graph.add(number.cpu().numpy().astype("uint64"), vectors, threads=threads)

    @classmethod
    def from_ranker(cls, ranker: Ranker, **kwargs: Any) -> ItemIndex:
        """Builds the index of a ranker with embeddings, and keeps those of users.

        Args:
            ranker: A ranker with embeddings, such as that of a trained model or one of
                :func:`~irllrec_pyg.distillation.compact`.
            **kwargs: Further arguments of the constructor.

        Raises:
            TypeError: The ranker has no embeddings.
        """
        user, item = embeddings_of(ranker)
        return cls(item, user_embedding=user, **kwargs)

    def search(self, vectors: Tensor, k: int = 10) -> tuple[Tensor, Tensor]:
        """Finds items with large inner products.

        Args:
            vectors: Vectors of users, ``[n, d]``.
            k: Number of items per user. (default: ``10``)

        Returns:
            Items ``[n, k]``, best first, and their inner products ``[n, k]``. Where fewer are found, the remaining
            items are :attr:`num_items`, which is no item, and their scores are minus infinity.

        Raises:
            ValueError: The vectors do not fit, or ``k`` is not between 1 and the number of items.
        """
        _check_vectors("vectors", vectors, self.dim)
        if not 1 <= k <= len(self):
            raise ValueError(f"'k' must lie between 1 and the number of items, {len(self)} (got {k})")
        item = torch.full((vectors.size(0), k), self.num_items)
        score = torch.full((vectors.size(0), k), -torch.inf)
        if not vectors.size(0):
            return item, score
        self._graph.expansion_search = max(self.expansion_search, k)
        rows = vectors.detach().float().cpu().contiguous().numpy()
        found = self._graph.search(rows, k, threads=self.threads)
        keys, distances = found.keys.reshape(len(rows), -1), found.distances.reshape(len(rows), -1)
        width = keys.shape[1]
        there = torch.arange(width) < torch.as_tensor(getattr(found, "counts", [width])).long().reshape(-1, 1)
        item[:, :width] = torch.where(there, torch.from_numpy(keys.astype("int64")), item[:, :width])
        score[:, :width] = torch.where(there, 1.0 - torch.from_numpy(distances), score[:, :width])
        return item, score

    def save(self, folder: str | Path) -> Path:
        """Saves the index in a folder, which may be that of an engine.

        Args:
            folder: The folder; created if it is missing.

        Returns:
            The folder.

        Raises:
            OSError: A file cannot be written. The folder holds the index that it held before.
            RuntimeError: Another process writes to the folder.
        """
        folder = Path(folder)
        content = {"kind": "index", "num_items": self.num_items, "expansion_search": self.expansion_search}
        with folder_lock(folder):
            try:
                files = {"graph": write_hashed(folder, _STEMS["graph"], ".usearch", self._save_graph)}
                if self.user_embedding is not None:
                    tensors = {"user_embedding": self.user_embedding.contiguous().clone()}
                    files["tensors"] = write_hashed(
                        folder, _STEMS["tensors"], ".safetensors", lambda file: save_tensors(file, tensors, {})
                    )
                write_manifest(folder / _CONFIG, content | {"files": files}, FORMAT)
            finally:
                remove_unnamed(folder, _STEMS.values(), folder / _CONFIG)
        return folder

    def _save_graph(self, file: Path) -> None:
        try:
            self._graph.save(str(file))
        except RuntimeError as error:  # usearch's error for all that goes wrong while it writes
            raise OSError(f"the graph cannot be written ({error})") from error
        if file.stat().st_size != self._graph.serialized_length:  # usearch does not see that a disk is full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @classmethod
    def load(cls, folder: str | Path, threads: int = 0, verify: bool = False) -> ItemIndex:
        """Opens what :meth:`save` saved. The files are mapped into memory, and read when they are used.

        Args:
            folder: The folder.
            threads: Number of threads that search for several users; 0 takes all. (default: ``0``)
            verify: Whether the hashes of large files are checked too. (default: ``False``)

        Raises:
            FileNotFoundError: The folder holds no index.
            ImportError: usearch is not installed.
            ValueError: A file is missing, damaged or of another format.
        """
        file = Path(folder) / _CONFIG
        if not file.is_file():
            raise FileNotFoundError(f"'{folder}' holds no index ('{_CONFIG}' is missing); {_REMEDY}")
        content = read_manifest(file, FORMAT, _REMEDY)
        for key, kind in (("files", dict), ("num_items", int), ("expansion_search", int)):
            if not isinstance(content.get(key), kind):
                raise ValueError(f"'{file}' is damaged: {key!r} is missing; {_REMEDY}")
        files = {name: check_hashed(Path(folder), entry, _REMEDY, verify) for name, entry in content["files"].items()}
        self = cls.__new__(cls)
        self.num_items, self.expansion_search = content["num_items"], content["expansion_search"]
        self.threads = threads
        self._graph = _import_usearch().Index.restore(str(files["graph"]), view=True)
        self.dim = self._graph.ndim
        self.user_embedding = load_file(files["tensors"])["user_embedding"] if "tensors" in files else None
        return self

    def __len__(self) -> int:
        return len(self._graph)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} items, dim={self.dim})"


def _import_usearch() -> Any:
    try:
        import usearch.index
    except ImportError as error:
        raise ImportError("an index needs usearch; run 'pip install irllrec-pyg[serve]'") from error
    return usearch.index


def _check_vectors(name: str, vectors: Tensor, dim: int | None = None) -> None:
    if vectors.dim() != 2 or dim not in (None, vectors.size(1)) or not vectors.isfinite().all():
        width = "one width" if dim is None else f"the width {dim}"
        raise ValueError(
            f"'{name}' must be a matrix of finite numbers with {width} (got {list(vectors.shape)}"
            f"{'' if vectors.isfinite().all() else ' with NaN or infinity'})"
        )

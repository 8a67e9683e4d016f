"""Embeddings and scores for other programs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from .._io import replacing
from ..ranking import Ranker
from .check import check_fits
from .columns import encode_column, import_pyarrow


def embeddings_of(ranker: Ranker) -> tuple[Tensor, Tensor]:
    """Embeddings of users ``[M, d]`` and of items ``[N, d]`` of a ranker whose scores are their inner products.

    Args:
        ranker: The ranker.

    Raises:
        TypeError: The ranker has no embeddings.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> [side.shape for side in embeddings_of(EmbeddingRanker(torch.ones(2, 4), torch.ones(3, 4)))]
        [torch.Size([2, 4]), torch.Size([3, 4])]
    """
    found = [getattr(ranker, name, None) for name in ("user_embedding", "item_embedding")]
    if any(side is None for side in found):
        raise TypeError(
            f"a {type(ranker).__name__} has no embeddings of users and items; make some that rank as it does with "
            "irllrec_pyg.distillation.compact"
        )
    user, item = (side.detach().cpu() for side in found)  # type: ignore[union-attr]
    return user, item


def export_vectors(folder: str | Path, ranker: Ranker, data: HeteroData) -> Path:
    """Writes embeddings to ``users.parquet`` and ``items.parquet``, for a vector database or another program.

    Each file has the columns ``id`` and ``vector``. The score of an item for a user is the inner product of their
    vectors. Ids that are neither strings nor numbers are written as JSON, see
    :func:`~irllrec_pyg.recommender.ids_to_json`.

    Args:
        folder: The folder; created if it is missing.
        ranker: A ranker with embeddings, such as that of a trained model or one of
            :func:`~irllrec_pyg.distillation.compact`.
        data: The data object that it was trained on.

    Returns:
        The folder.

    Raises:
        ImportError: pyarrow is not installed.
        TypeError: The ranker has no embeddings.
        ValueError: The ranker has other numbers of users and items than the data.

    Examples:
        >>> import tempfile
        >>> import pandas as pd
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> from irllrec_pyg.testing import tiny_data
        >>> ranker = EmbeddingRanker(torch.ones(24, 4), torch.ones(20, 4))
        >>> folder = export_vectors(tempfile.mkdtemp(), ranker, tiny_data())
        >>> pd.read_parquet(folder / "items.parquet").iloc[3].tolist()
        ['item 3', array([1., 1., 1., 1.], dtype=float32)]
    """
    check_fits(ranker, data)
    pa = import_pyarrow()
    from pyarrow import parquet

    sides = dict(zip(("user", "item"), embeddings_of(ranker), strict=True))
    folder = Path(folder)
    with ExitStack() as stack:  # both are written before the first one is replaced
        for side, embedding in sides.items():
            ids = data[side].original_id if "original_id" in data[side] else range(embedding.size(0))
            values = pa.array(embedding.float().contiguous().flatten().numpy())
            vectors = pa.FixedSizeListArray.from_arrays(values, embedding.size(1))
            table = pa.table({"id": encode_column("original_id", list(ids))[0], "vector": vectors})
            part = stack.enter_context(replacing(folder / f"{side}s.parquet"))
            parquet.write_table(table, part)
    return folder


class _Scorer(nn.Module):
    user_embedding: Tensor
    item_embedding: Tensor

    def __init__(self, user: Tensor, item: Tensor) -> None:
        super().__init__()
        self.register_buffer("user_embedding", user)
        self.register_buffer("item_embedding", item)

    def forward(self, user: Tensor) -> Tensor:
        return self.user_embedding[user] @ self.item_embedding.t()


def export_scorer(file: str | Path, ranker: Ranker) -> Path:
    """Writes a program that scores all items for any number of users, by :func:`torch.export.export`.

    It needs torch alone: ``torch.export.load(file).module()(users)`` returns ``[n, N]`` for ids of users ``[n]``. It
    can be compiled for servers without Python (``torch._inductor.aoti_compile_and_package``).

    Args:
        file: The file, which ends in ``.pt2``. Its folder is created if it is missing.
        ranker: A ranker with embeddings, such as that of a trained model or one of
            :func:`~irllrec_pyg.distillation.compact`.

    Returns:
        The file.

    Raises:
        TypeError: The ranker has no embeddings.
        ValueError: The file has another suffix.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.eye(2), torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        >>> file = export_scorer(Path(tempfile.mkdtemp()) / "scorer.pt2", ranker)
        >>> torch.export.load(file).module()(torch.tensor([1]))
        tensor([[2., 4., 6.]])
    """
    file = Path(file)
    if file.suffix != ".pt2":
        raise ValueError(f"'file' must end in .pt2 (got '{file.name}')")
    example: tuple[Any, ...] = (torch.zeros(2, dtype=torch.long),)
    sizes = {"user": {0: torch.export.Dim("users", min=1)}}
    program = torch.export.export(_Scorer(*embeddings_of(ranker)), example, dynamic_shapes=sizes)
    with replacing(file) as part:
        torch.export.save(program, part)
    return file

"""Names of rankers that a reader understands."""

from __future__ import annotations

from collections.abc import Sequence

from ...models import ClosedForm
from ...ranking import Blend, EmbeddingRanker, PropagatedRanker, Ranker, Standardized

_READABLE = {
    "alpharec": "AlphaRec",
    "bigcf": "BIGCF",
    "dccf": "DCCF",
    "ease": "EASE",
    "gf-cf": "GF-CF",
    "irllrec": "IRLLRec",
    "item-knn": "item neighbors",
    "l3ae": "L3AE",
    "lightgcn": "LightGCN",
    "popularity": "popularity",
    "rp3-beta": "RP3beta",
    "semantic-only": "text similarity",
    "sgl": "SGL",
    "simgcl": "SimGCL",
    "text-ranking": "text similarity",
}
_CLASSES = {
    "GFCF": "GF-CF",
    "ItemKNN": "item neighbors",
    "Popularity": "popularity",
    "RP3Beta": "RP3beta",
    "SemanticOnly": "text similarity",
}


def readable_names(name: str) -> list[str]:
    """Readable names of a model and its enhancers from their name in the report of a search.

    Args:
        name: Such as ``"lightgcn + text-ranking (lr 0.001)"``.

    Examples:
        >>> readable_names("lightgcn + text-ranking (lr 0.001)")
        ['LightGCN', 'text similarity']
        >>> readable_names("my model")
        ['my model']
    """
    return [_READABLE.get(piece, piece) for piece in name.partition(" (")[0].split(" + ")]


def name_of(ranker: Ranker) -> str:
    """Readable name of a ranker that is no blend.

    Args:
        ranker: The ranker.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> name_of(EASE.from_data(tiny_data()))
        'EASE'
    """
    if isinstance(ranker, ClosedForm):
        return _CLASSES.get(ranker.name, ranker.name)
    if isinstance(ranker, PropagatedRanker):
        return "graph model"
    return "embeddings" if isinstance(ranker, EmbeddingRanker) else type(ranker).__name__


def names_of_parts(ranker: Ranker, names: Sequence[str] | None = None) -> list[str] | None:
    """Names of the parts of a blend: those given, or else those of its report, or else :obj:`None`.

    Args:
        ranker: The ranker.
        names: One name per part. (default: those of the report, where :func:`~irllrec_pyg.fit` made the ranker)

    Raises:
        ValueError: There is not one name for each part.

    Examples:
        >>> import torch
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> names_of_parts(Blend([part, part]), ["first", "second"])
        ['first', 'second']
    """
    count = len(ranker.parts) if isinstance(ranker, Blend) else 1
    if names is not None:
        if isinstance(names, str) or len(names) != count:
            raise ValueError(f"'names' must be a list of {count}, one for each part of the ranker (got {names!r})")
        return list(names)
    report = getattr(ranker, "report", None)
    known = list(getattr(report, "weights", ()))
    return known if len(known) == count else None


def leaves(ranker: Ranker) -> list[Ranker]:
    """The rankers that a ranker consists of, without blends and without parts of weight zero.

    Args:
        ranker: The ranker.

    Examples:
        >>> import torch
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> leaves(Blend([Standardized(part), Blend([part, part], [1.0, 0.0])]))
        [EmbeddingRanker(2, 2, embedding_dim=2), EmbeddingRanker(2, 2, embedding_dim=2)]
    """
    if isinstance(ranker, Blend):
        parts = zip(ranker.parts, ranker.weights, strict=True)
        return [leaf for part, weight in parts if weight for leaf in leaves(part)]
    return leaves(ranker.ranker) if isinstance(ranker, Standardized) else [ranker]

"""Rankers inside of other rankers."""

from __future__ import annotations

from collections.abc import Callable

from .blend import Blend
from .ranker import Ranker
from .standardized import Standardized


def map_parts(ranker: Ranker, function: Callable[[Ranker], Ranker]) -> Ranker:
    """Replaces the rankers inside of blends and standardised rankers, however deep they are. Weights stay. Where
    nothing changes, the ranker itself is returned. A subclass that scores in another way counts as a single ranker;
    any other subclass becomes its base class.

    Args:
        ranker: The ranker; it is left as it is.
        function: Gives the ranker that takes the place of one that is neither a blend nor standardised.

    Examples:
        >>> import torch
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> small, large = (EmbeddingRanker(torch.eye(2), torch.eye(2, 2) * scale) for scale in (1.0, 9.0))
        >>> map_parts(Blend([Standardized(small)]), lambda part: large).parts[0].ranker is large
        True
    """
    if isinstance(ranker, Standardized) and type(ranker).score is Standardized.score:
        part = map_parts(ranker.ranker, function)
        return ranker if part is ranker.ranker else Standardized(part)
    if isinstance(ranker, Blend) and type(ranker).score is Blend.score:
        parts = [map_parts(part, function) for part in ranker.parts]
        unchanged = all(new is old for new, old in zip(parts, ranker.parts, strict=True))
        return ranker if unchanged else Blend(parts, ranker.weights)
    return function(ranker)

"""Rankers whose loading computes nothing."""

from __future__ import annotations

from ..models import ClosedForm
from ..ranking import Ranker, map_parts


def computed(ranker: Ranker) -> Ranker:
    """A ranker with the same scores whose arguments hold what was computed, so that it is loaded without being computed
    again: closed forms give their weights, and blends are walked through.

    A saved :class:`~irllrec_pyg.models.EASE` keeps the interactions and inverts a matrix when it is loaded. What this
    function makes of it keeps the weights. It takes more room on the disk. A blend that
    :func:`~irllrec_pyg.fit` chose becomes a :class:`~irllrec_pyg.ranking.Blend`.

    Args:
        ranker: The ranker; it is left as it is.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.ranking import Blend, Standardized
        >>> from irllrec_pyg.testing import tiny_data
        >>> computed(Blend([Standardized(EASE.from_data(tiny_data()))]))
        Blend(1 * Standardized(ItemWeights(24, 20, name='EASE')))
    """
    return map_parts(ranker, lambda part: part.computed() if isinstance(part, ClosedForm) else part)

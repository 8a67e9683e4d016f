"""Ranking metrics over all items."""

from __future__ import annotations

from collections.abc import Sequence

from .per_user import Metric, evaluate_users
from .ranker import Ranker
from .top_k import Pairs


def evaluate(
    ranker: Ranker,
    label_index: Pairs,
    exclude: Pairs | None = None,
    k: Sequence[int] = (5, 10, 20),
    metrics: Sequence[Metric] | None = None,
) -> dict[str, float]:
    r"""Ranks all items for every user who has labels, and averages PyG's metrics over these users.

    Users without labels are left out, as in the paper's protocol. An excluded item is never a hit, and a label that is
    given twice counts once. :func:`~irllrec_pyg.ranking.evaluate_users` gives the values of each user.

    Args:
        ranker: Anything that scores, such as ``model.ranker(graph)`` or :class:`~irllrec_pyg.models.EASE`.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. The paper excludes training interactions
            only, also for testing; add the validation pairs to exclude those too. (default: none)
        k: Cut-offs. (default: ``(5, 10, 20)``)
        metrics: Names and functions, see :func:`~irllrec_pyg.ranking.evaluate_users`. (default: recall, ndcg,
            precision, mrr and hit_ratio)

    Returns:
        ``{"recall@5": ..., "ndcg@5": ..., ...}``.

    Raises:
        ValueError: There are no labels, an id or a cut-off is out of range, or a score is NaN or infinity.

    Examples:
        >>> import torch
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker = EmbeddingRanker(torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]]))
        >>> evaluate(ranker, torch.tensor([[0, 1], [2, 1]]), exclude=torch.tensor([[0], [1]]), k=(1,))["recall@1"]
        1.0
    """
    return evaluate_users(ranker, label_index, exclude, k, metrics).mean()

"""Evaluation whose users are divided among processes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..ranking import Metric, Ranker, UserMetrics, evaluate, evaluate_users
from .processes import Processes


def evaluate_together(
    processes: Processes,
    ranker: Ranker,
    label_index: Tensor,
    exclude: Tensor,
    k: Sequence[int],
    metrics: Sequence[Metric] | None = None,
) -> dict[str, float]:
    """:func:`~irllrec_pyg.ranking.evaluate`, in which each process ranks for its share of the users. Every process gets
    the metrics of all users.

    Args:
        processes: The processes.
        ranker: The same ranker in every process.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``.
        k: Cut-offs.
        metrics: Names and functions. (default: all names)

    Raises:
        ValueError: A score is NaN or infinity, or a metric returns values of another shape.

    Examples:
        >>> from accelerate import Accelerator
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> ranker, labels = EmbeddingRanker(torch.eye(2), torch.eye(2)), torch.tensor([[0, 1], [0, 0]])
        >>> evaluate_together(Processes(Accelerator()), ranker, labels, labels[:, :0], k=(1,), metrics=["recall"])
        {'recall@1': 0.5}
    """
    if processes.alone:
        return evaluate(ranker, label_index, exclude, k, metrics)
    users = label_index[0].long().unique()
    own = users[processes.share.rows(users.numel())]
    # A process without users evaluates one, which does not count: metrics of nobody have no names.
    part = evaluate_users(ranker, label_index, exclude, k, metrics, own if own.numel() else users[:1])
    values = torch.stack([*part.values.values()], dim=1)[: own.numel()]
    columns = processes.concatenate(values, users.numel()).unbind(dim=1)
    return UserMetrics(users, dict(zip(part.values, columns, strict=True))).mean()

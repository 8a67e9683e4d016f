"""Plain forms of what the package computes in tiles or in one vectorized call: oracles for tests, and what the speed of
kernels is compared with. They hold whole matrices, or loop over users."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..ranking import Ranker


def dense_contrast(row: Tensor, column: Tensor) -> Tensor:
    r"""Two-sided contrast over the whole similarity matrix :math:`\mathbf{S} = \mathbf{A}\mathbf{B}^\top`: the cross
    entropy of its rows and of its columns, whose targets are the diagonal.

    Args:
        row: :math:`\mathbf{A}`, ``[n, d]``.
        column: :math:`\mathbf{B}`, ``[n, d]``.

    Examples:
        >>> from irllrec_pyg.ops import two_sided_cross_entropy
        >>> a, b = torch.randn(2, 5, 3)
        >>> torch.allclose(dense_contrast(a, b), two_sided_cross_entropy(a, b))
        True
    """
    logits, target = row @ column.t(), torch.arange(row.size(0), device=row.device)
    return F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)


def dense_divergence(row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
    """Two-sided Kullback–Leibler divergence of a similarity matrix from a teacher's, over both whole matrices. The
    teacher gets no gradient.

    Args:
        row: Rows, ``[n, d]``.
        column: Columns, ``[m, d]``.
        teacher_row: Rows of the teacher, ``[n, d']``.
        teacher_column: Columns of the teacher, ``[m, d']``.

    Examples:
        >>> from irllrec_pyg.ops import two_sided_kl_divergence
        >>> a, b, c, d = torch.randn(4, 5, 3)
        >>> torch.allclose(dense_divergence(a, b, c, d), two_sided_kl_divergence((a, b), (c, d)), atol=1e-6)
        True
    """
    ours, theirs = row @ column.t(), (teacher_row @ teacher_column.t()).detach()
    pairs = [(p.log_softmax(dim=1), q.log_softmax(dim=1)) for p, q in ((ours, theirs), (ours.t(), theirs.t()))]
    return torch.stack([F.kl_div(p, q, reduction="batchmean", log_target=True) for p, q in pairs]).sum()


def looped_negatives(pairs: Tensor, num_items: int, seed: int = 0) -> Tensor:
    """One negative per pair: items are drawn until the user does not have the item.

    Args:
        pairs: (user, item) pairs, ``[2, E]``. No user may have all items.
        num_items: Number of items.
        seed: Seed of the draws. (default: ``0``)

    Returns:
        The negatives, ``[E]``.

    Examples:
        >>> looped_negatives(torch.tensor([[0, 0], [0, 2]]), num_items=3)
        tensor([1, 1])
    """
    taken = {user: set(items) for user, items in _items_by_user(pairs).items()}
    drawn, generator = [], random.Random(seed)
    for user in pairs[0].tolist():
        while (item := generator.randrange(num_items)) in taken[user]:
            pass
        drawn.append(item)
    return torch.tensor(drawn)


def looped_metrics(
    ranker: Ranker, label_index: Tensor, exclude: Tensor, k: Sequence[int] = (20,), sort: bool = True
) -> dict[str, float]:
    """Metrics of :func:`~irllrec_pyg.ranking.evaluate`, one user at a time.

    Args:
        ranker: Anything that scores.
        label_index: Held-out (user, item) pairs, ``[2, L]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``.
        k: Cut-offs. (default: ``(20,)``)
        sort: Whether all items are sorted, instead of only the first ones being found. (default: ``True``)

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.ranking import evaluate
        >>> from irllrec_pyg.testing import tiny_data
        >>> pairs = tiny_data()["user", "interacts", "item"]
        >>> ranker = EASE(pairs.edge_index, 24, 20)
        >>> given = ranker, pairs.test_label_index, pairs.edge_index, (5,)
        >>> abs(looped_metrics(*given)["ndcg@5"] - evaluate(*given)["ndcg@5"]) < 1e-6
        True
    """
    labels, seen = _items_by_user(label_index), _items_by_user(exclude)
    discount = [1.0 / math.log2(place + 2.0) for place in range(max(k))]
    totals: dict[str, float] = defaultdict(float)
    for user, held_out in labels.items():
        wanted, hidden = set(held_out), set(seen[user])
        score = ranker.score(torch.tensor([user], device=label_index.device))[0].clone()
        score[torch.tensor([*hidden], dtype=torch.long, device=score.device)] = -torch.inf
        best = score.argsort(descending=True)[: max(k)] if sort else score.topk(max(k)).indices
        ranked = [item in wanted - hidden for item in best.tolist()]
        for cut in k:
            hits = ranked[:cut]
            gain = sum(d for d, hit in zip(discount, hits, strict=False) if hit)
            totals[f"recall@{cut}"] += sum(hits) / len(wanted)
            totals[f"ndcg@{cut}"] += gain / sum(discount[: min(cut, len(wanted))])
            totals[f"precision@{cut}"] += sum(hits) / cut
            totals[f"mrr@{cut}"] += 1.0 / (hits.index(True) + 1) if any(hits) else 0.0
            totals[f"hit_ratio@{cut}"] += float(any(hits))
    return {name: total / len(labels) for name, total in totals.items()}


def _items_by_user(pairs: Tensor) -> dict[int, list[int]]:
    """Items of each user, in the order of the pairs."""
    found: dict[int, list[int]] = defaultdict(list)
    for user, item in pairs.t().tolist():
        found[user].append(item)
    return found

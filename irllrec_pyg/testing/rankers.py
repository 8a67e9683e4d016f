"""The contract of a ranker."""

from __future__ import annotations

import json

import torch
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from .._config import Configurable, from_config
from .._plain import plain
from ..data import INTERACTS
from ..ranking import HistoryRanker, Ranker, device_of, evaluate, history_matrix, top_k


def check_ranker(ranker: Ranker, data: HeteroData) -> None:
    """Asserts what every ranker must do.

    Scores are finite and have the shape ``[n, N]``. They depend on the user only, not on the other users of the call or
    on earlier calls. They are a new tensor that the caller may overwrite. Embeddings, if there are any, give the scores
    as inner products. A ranker that reads histories scores each of them alone, and splits a score into finite parts.
    :func:`~irllrec_pyg.ranking.top_k` and :func:`~irllrec_pyg.ranking.evaluate` accept the ranker,
    and a configurable ranker is built again from its config.

    Args:
        ranker: The ranker.
        data: The small data object that the ranker was built from.

    Raises:
        AssertionError: The ranker breaks the contract.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> check_ranker(EASE.from_data(data), data)
    """
    name = type(ranker).__name__
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    assert isinstance(ranker, Ranker), f"{name}: a ranker has 'num_users', 'num_items' and 'score'"
    assert (ranker.num_users, ranker.num_items) == (num_users, num_items), f"{name}: sizes are those of the data"

    user = torch.arange(num_users, device=device_of(ranker))
    score = ranker.score(user)
    assert score.shape == (num_users, num_items), f"{name}: scores are [n, N] (got {list(score.shape)})"
    assert score.is_floating_point() and bool(score.isfinite().all()), f"{name}: scores are finite floats"
    assert not score.requires_grad, f"{name}: scores need no gradient"
    before = score.clone()
    score.fill_(-torch.inf)  # as top_k does with excluded items
    torch.testing.assert_close(
        ranker.score(user), before, msg=f"{name}: scores are a new tensor, the same in each call"
    )
    some = user.flip(0)[:2]
    torch.testing.assert_close(
        ranker.score(some), before[some], msg=f"{name}: scores of a user depend on the user only"
    )
    assert ranker.score(user[:0]).shape == (0, num_items), f"{name}: scores of no user are [0, N]"

    if hasattr(ranker, "user_embedding") and hasattr(ranker, "item_embedding"):
        product = ranker.user_embedding @ ranker.item_embedding.t()
        torch.testing.assert_close(product, before, msg=f"{name}: scores are inner products of the embeddings")

    if isinstance(ranker, HistoryRanker):
        _check_history(ranker, data, before)

    edges = data[INTERACTS]
    items, best = top_k(ranker, user, k=1, exclude=edges.edge_index)
    assert items.shape == best.shape == (num_users, 1), f"{name}: top_k accepts the ranker"
    metrics = evaluate(ranker, edges.test_label_index, exclude=edges.edge_index, k=(1, 5))
    assert 0.0 <= metrics["recall@1"] <= metrics["recall@5"] <= 1.0, f"{name}: evaluate accepts the ranker"

    if isinstance(ranker, Configurable):
        tensors: dict[str, torch.Tensor] = {}
        config = json.loads(json.dumps(ranker.config(tensors)))
        again = from_config(config, tensors)
        assert type(again) is type(ranker), f"{name}: its config builds a {type(again).__name__}"
        torch.testing.assert_close(
            again.score(user), before, msg=f"{name}: its config builds a ranker with other scores"
        )


def _check_history(ranker: HistoryRanker, data: HeteroData, score: torch.Tensor) -> None:
    name, device = type(ranker).__name__, device_of(ranker)
    user, item = coalesce(plain(data[INTERACTS].edge_index))
    histories = [item[user == one] for one in range(3)]
    found = ranker.score_history(history_matrix([*histories, []], ranker.num_items).to(device))
    assert found.shape == (4, ranker.num_items), f"{name}: scores of histories are [n, N]"
    assert bool(found.isfinite().all()), f"{name}: scores of histories, empty ones included, are finite"
    alone = ranker.score_history(history_matrix([histories[1]], ranker.num_items).to_dense().to(device))
    torch.testing.assert_close(alone[0], found[1], msg=f"{name}: the scores of a history depend on it alone")
    parts = ranker.contributions(1, histories[1].to(device))
    assert parts.shape == (histories[1].numel(), ranker.num_items), f"{name}: contributions are [h, N]"
    assert bool(parts.isfinite().all()), f"{name}: contributions are finite"
    again = ranker.contributions(1, histories[1].flip(0).to(device))
    rounding = 1e-3 * float(parts.abs().max())  # items of another order are solved for with other rounding errors
    torch.testing.assert_close(
        again.flip(0), parts, rtol=0.0, atol=rounding, msg=f"{name}: contributions follow the order of the history"
    )

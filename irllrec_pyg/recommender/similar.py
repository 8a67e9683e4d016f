"""Items and users that are alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import INTERACTS, find_nodes
from ..ranking import Blend, Ranker, Standardized, UserItemIndex, device_of, history_matrix
from .among import item_mask
from .check import check_fits
from .rerank import standardize_left
from .table import node_names, ranked_table

if TYPE_CHECKING:
    import pandas as pd

# Similarities that are held at once.
_TILE_ELEMENTS = 1 << 22

#: Similarities of some nodes to all nodes of the same side, ``[n] -> [n, size]``.
Similarity = Callable[[Tensor], Tensor]


def similar_items(
    ranker: Ranker,
    data: HeteroData,
    items: Sequence[Any],
    k: int = 10,
    among: Sequence[Any] | Tensor | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    r"""The items that are most similar to some items, by what the ranker has learned.

    The similarity of item :math:`j` to item :math:`i` depends on the ranker:

    - with ``item_embedding``, the cosine :math:`\cos(\mathbf{e}_i, \mathbf{e}_j)`;
    - a ranker that reads histories, such as a closed form, the score of :math:`j` for a user who took :math:`i` alone.
      For item-item models such as :class:`~irllrec_pyg.models.EASE` this is the weight :math:`B_{ij}`: what :math:`i`
      adds to the score of :math:`j`. It is not symmetric;
    - a :class:`~irllrec_pyg.ranking.Blend`, the mean of its parts' similarities by the weights of the blend. Those of
      each part are standardised first: for every :math:`i` they have a mean of zero and a deviation of one over the
      other items. :class:`~irllrec_pyg.ranking.Standardized` takes that of its ranker.

    Args:
        ranker: The ranker.
        data: The data object that it was trained on.
        items: Original ids of items; node ids where the data has no original ids.
        k: Number of similar items per item. (default: ``10``)
        among: Items that can be found, see :func:`~irllrec_pyg.recommender.recommend`. (default: all items)

    Returns:
        One row per similar item, with the columns ``item``, ``similar_item``, ``rank`` (from 1) and ``score``, and
        ``title``, that of the similar item, where the data has titles. An item is never similar to itself.

    Raises:
        TypeError: ``ranker`` has no item embeddings and does not read histories.
        ValueError: An item is unknown, ``k`` is out of range, ``among`` leaves no item, or a similarity is NaN or
            infinity.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> similar_items(EASE.from_data(data), data, ["item 14"], k=2)["similar_item"].tolist()
        ['item 13', 'item 12']
    """
    check_fits(ranker, data)
    left_out = None if among is None else ~item_mask(data, among)
    return _table(data, "item", items, k, _item_similarity(ranker), device_of(ranker), left_out)


def similar_users(ranker: Ranker, data: HeteroData, users: Sequence[Any], k: int = 10) -> pd.DataFrame:
    r"""The users who are most similar to some users.

    The similarity of two users is the cosine of their embeddings where the ranker has ``user_embedding``, and the
    cosine of their training histories :math:`\mathbf{x}_u` otherwise, such as for closed forms, which know nothing else
    of a user. A :class:`~irllrec_pyg.ranking.Blend` takes the weighted mean of its parts' similarities, which are
    standardised as in :func:`~irllrec_pyg.recommender.similar_items`.

    Args:
        ranker: The ranker.
        data: The data object that it was trained on.
        users: Original ids of users; node ids where the data has no original ids.
        k: Number of similar users per user. (default: ``10``)

    Returns:
        One row per similar user, with the columns ``user``, ``similar_user``, ``rank`` (from 1) and ``score``. A user
        is never similar to themselves.

    Raises:
        TypeError: ``ranker`` does not score.
        ValueError: A user is unknown, ``k`` is out of range, or a similarity is NaN or infinity.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> similar_users(EASE.from_data(data), data, ["user 0"], k=2)["similar_user"].tolist()
        ['user 18', 'user 20']
    """
    check_fits(ranker, data)
    return _table(data, "user", users, k, _user_similarity(ranker, data), device_of(ranker))


def _table(
    data: HeteroData,
    side: str,
    ids: Sequence[Any],
    k: int,
    similarity: Similarity,
    device: torch.device,
    left_out: Tensor | None = None,
) -> pd.DataFrame:
    """The table of the most similar nodes of one side, computed for a tile of nodes at a time."""
    size = data[side].num_nodes
    if not 1 <= k < size:
        raise ValueError(f"'k' must lie between 1 and the number of other {side}s, {size - 1} (got {k})")
    nodes = find_nodes(data, side, ids, f"{side}s")
    best, scores = torch.empty(nodes.numel(), k, dtype=torch.long), torch.empty(nodes.numel(), k)
    with torch.no_grad():
        for rows in torch.arange(nodes.numel()).split(max(1, _TILE_ELEMENTS // size)):
            values = _without_self(similarity(nodes[rows].to(device)).cpu(), nodes[rows])
            if left_out is not None:
                values.masked_fill_(left_out, -torch.inf)
            if not (values.amax(dim=1) < torch.inf).all():
                raise ValueError(f"a similarity of {side}s is NaN or infinity; check the embeddings of the ranker")
            found = values.topk(k, dim=1)
            best[rows] = found.indices.masked_fill(found.values == -torch.inf, size)
            scores[rows] = found.values.to(scores)
    return ranked_table(data, node_names(data, side, nodes.tolist()), best, scores, (side, f"similar_{side}"), side)


def _without_self(values: Tensor, nodes: Tensor) -> Tensor:
    return values.scatter(1, nodes.to(values.device).unsqueeze(1), -torch.inf)


def _item_similarity(ranker: Ranker) -> Similarity:
    if isinstance(ranker, Standardized):
        return _item_similarity(ranker.ranker)
    if isinstance(ranker, Blend):
        return _mean(ranker, _item_similarity)
    embedding = getattr(ranker, "item_embedding", None)
    if embedding is not None:
        return _cosine(embedding)
    score_history = getattr(ranker, "score_history", None)
    if score_history is None:
        raise TypeError(
            f"a {type(ranker).__name__} cannot compare items: it has no 'item_embedding' and no 'score_history'; use a "
            "closed form, the ranker of a trained model, or a blend of these"
        )
    device = device_of(ranker)
    return lambda nodes: score_history(history_matrix([*nodes.cpu().unsqueeze(1)], ranker.num_items).to(device))


def _user_similarity(ranker: Ranker, data: HeteroData) -> Similarity:
    if isinstance(ranker, Standardized):
        return _user_similarity(ranker.ranker, data)
    if isinstance(ranker, Blend):
        return _mean(ranker, lambda part: _user_similarity(part, data))
    embedding = getattr(ranker, "user_embedding", None)
    return _cosine_of_histories(data) if embedding is None else _cosine(embedding)


def _mean(blend: Blend, similarity_of: Callable[[Ranker], Similarity]) -> Similarity:
    """The weighted mean of the parts' similarities, standardised for each node over the other nodes."""
    parts = [
        (weight / sum(blend.weights), similarity_of(part), device_of(part))
        for part, weight in zip(blend.parts, blend.weights, strict=True)
        if weight
    ]

    def mean(nodes: Tensor) -> Tensor:
        terms = []
        for weight, similarity, device in parts:
            values = similarity(nodes.to(device)).to(nodes.device)
            terms.append(weight * standardize_left(_without_self(values, nodes)))
        return torch.stack(terms).sum(dim=0)

    return mean


def _cosine(embedding: Tensor) -> Similarity:
    unit = F.normalize(embedding.detach().float(), dim=1)
    return lambda nodes: unit[nodes] @ unit.t()


def _cosine_of_histories(data: HeteroData) -> Similarity:
    shape = (data["user"].num_nodes, data["item"].num_nodes)
    index = UserItemIndex(data[INTERACTS].edge_index.cpu(), *shape)
    scale = index.ptr.diff().clamp(min=1).float().rsqrt()
    user, item = index.lookup(torch.arange(shape[0]))
    x = torch.sparse_coo_tensor(torch.stack([user, item]), scale[user], shape, check_invariants=False).coalesce()
    return lambda nodes: torch.sparse.mm(x, x.index_select(0, nodes.cpu()).to_dense().t()).t().to(nodes.device)

"""A map of the items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..ranking import Ranker, device_of
from ..recommender import Engine
from .catalog import Catalog

if TYPE_CHECKING:
    import pandas as pd

_USERS, _COMPONENTS = 512, 16


def item_map(engine: Engine, catalog: Catalog, groups: int = 8, most: int = 1500, seed: int = 0) -> pd.DataFrame:
    r"""Places items on a plane such that items which are recommended to the same users lie near each other.

    Works for any ranker: an item is described by its scores for up to 512 users, less its mean and the means of these
    users, and scaled to unit length. The plane is that of the first two principal components; groups are found by
    k-means over the first 16.

    Args:
        engine: The engine.
        catalog: The names.
        groups: Number of groups. (default: ``8``)
        most: Largest number of items; the most popular ones are taken. (default: ``1500``)
        seed: Seed of the users and of k-means. (default: ``0``)

    Returns:
        One row per item, with the columns ``node``, ``title``, ``x``, ``y``, ``users`` (how many took it) and
        ``group``, which is called by the titles of its most popular items.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> table = item_map(Engine(EASE.from_data(data), data), Catalog(data), groups=2)
        >>> len(table), table["group"].nunique()
        (20, 2)
    """
    import pandas as pd
    from scipy.cluster.vq import kmeans2

    shown = catalog.popularity.argsort(descending=True, stable=True)[:most]
    x = _vectors(engine.ranker, shown, seed)
    left, scale, _ = torch.linalg.svd(x, full_matrices=False)
    places = (left * scale)[:, :_COMPONENTS].double()
    distinct = places.float().unique(dim=0).size(0)
    _, number = kmeans2(places.numpy(), min(groups, distinct), minit="++", rng=seed)
    table = pd.DataFrame(
        {
            "node": shown.tolist(),
            "title": [catalog.titles[item] for item in shown.tolist()],
            "x": places[:, 0].tolist(),
            "y": places[:, 1 if places.size(1) > 1 else 0].tolist(),
            "users": catalog.popularity[shown].tolist(),
        }
    )
    names = {group: ", ".join(rows["title"].head(2)) for group, rows in table.groupby(number)}
    table["group"] = [names[group] for group in number]
    return table


@torch.no_grad()
def _vectors(ranker: Ranker, item: Tensor, seed: int) -> Tensor:
    """Scores of items for some users, doubly centered, of unit length, ``[n, users]``."""
    user = torch.randperm(ranker.num_users, generator=torch.Generator().manual_seed(seed))[:_USERS]
    tiles = [ranker.score(tile.to(device_of(ranker))).cpu()[:, item] for tile in user.split(64)]
    scores = torch.cat(tiles).float()
    scores = scores.nan_to_num(neginf=float(scores[scores.isfinite()].min()) if scores.isfinite().any() else 0.0)
    scores = scores - scores.mean(dim=0) - scores.mean(dim=1, keepdim=True) + scores.mean()
    x = F.normalize(scores.t(), dim=1)
    return x - x.mean(dim=0)


def mark_user(table: pd.DataFrame, history: list[int], recommended: list[int]) -> pd.DataFrame:
    """A map on which the history and the recommendations of a user are marked.

    Args:
        table: The map, see :func:`item_map`.
        history: Numbers of the items that the user took.
        recommended: Numbers of the items that are recommended to them.

    Returns:
        The same rows, those that are marked last, with the further column ``mark``: ``"taken"``, ``"recommended"`` or
        ``"other"``.

    Examples:
        >>> import pandas as pd
        >>> mark_user(pd.DataFrame({"node": [4, 7, 9]}), history=[4], recommended=[9])["mark"].tolist()
        ['other', 'taken', 'recommended']
    """
    marks = dict.fromkeys(history, "taken") | dict.fromkeys(recommended, "recommended")
    marked = table.assign(mark=[marks.get(node, "other") for node in table["node"]])
    order = {"other": 0, "taken": 1, "recommended": 2}
    return marked.sort_values("mark", key=lambda mark: mark.map(order), kind="stable").reset_index(drop=True)

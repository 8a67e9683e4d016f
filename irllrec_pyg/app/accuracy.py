"""For whom an engine is accurate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ..data import INTERACTS
from ..models import Popularity
from ..ranking import Blend, Ranker, bootstrap_interval, evaluate_users
from ..recommender import Engine
from .catalog import Catalog

if TYPE_CHECKING:
    import pandas as pd


def accuracy_by_activity(
    engine: Engine, catalog: Catalog, metric: str = "ndcg@20", groups: int = 4, split: str = "test"
) -> pd.DataFrame:
    """A metric for users with few and with many training interactions: of the engine, of the same blend without the
    parts that read texts, where its report says which these are, and of the most popular items.

    Args:
        engine: The engine.
        catalog: The names.
        metric: The metric. (default: ``"ndcg@20"``)
        groups: Number of groups of users, of nearly equal size; fewer where many users have equal numbers.
            (default: ``4``)
        split: ``"test"`` or ``"val"``. (default: ``"test"``)

    Returns:
        One row per group and ranker, with the columns ``history`` (the range of interactions), ``users``, ``ranker``,
        ``value``, ``low`` and ``high``, the ends of the 95 % interval over users.

    Raises:
        ValueError: The data has no such held-out interactions, or the metric is unknown.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> table = accuracy_by_activity(Engine(EASE.from_data(data), data), Catalog(data), "ndcg@5", groups=1)
        >>> table["ranker"].tolist()
        ['this engine', 'most popular items']
    """
    import pandas as pd

    pairs = engine.data[INTERACTS]
    labels = pairs.get(f"{split}_label_index")
    if labels is None or labels.size(1) == 0:
        raise ValueError(f"the data has no {split} interactions, so that nothing can be measured")
    name, _, cut = metric.partition("@")
    rankers: dict[str, Ranker] = {"this engine": engine.ranker}
    if (silent := without_text(engine)) is not None:
        rankers["without texts"] = silent
    rankers["most popular items"] = Popularity.from_data(engine.data)
    k = min(int(cut), len(catalog.titles))
    found = {one: evaluate_users(ranker, labels, pairs.edge_index, (k,)) for one, ranker in rankers.items()}
    values = {one: metrics.values[f"{name}@{k}"].cpu() for one, metrics in found.items()}
    users = found["this engine"].user.cpu()
    count = catalog.activity[users]
    ends = count.double().quantile(torch.arange(1, groups).double() / groups).unique()  # equal ends are one group
    group = torch.bucketize(count.double(), ends)
    rows: list[dict[str, Any]] = []
    for number in group.unique().tolist():
        own = group == number
        least, most = int(count[own].min()), int(count[own].max())
        bounds = str(least) if least == most else f"{least} to {most}"
        for one, value in values.items():
            low, high = bootstrap_interval(value[own]) if int(own.sum()) > 1 else (float("nan"), float("nan"))
            mean = float(value[own].double().mean())
            about = {"history": bounds, "users": int(own.sum()), "ranker": one}
            rows.append({**about, "value": mean, "low": low, "high": high})
    return pd.DataFrame(rows)


def without_text(engine: Engine) -> Blend | None:
    """The blend of an engine without the parts that read texts, at the weights that the others have.

    Args:
        engine: The engine.

    Returns:
        The blend; :obj:`None` where the report does not say which parts read texts, or all do, or none does.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> without_text(Engine(EASE.from_data(tiny_data()), tiny_data()))
    """
    names, ranker = list(engine.info.get("weights", {})), engine.ranker
    reading = {part["name"] for part in engine.info.get("tried", []) if part.get("reads_text")}
    if not isinstance(ranker, Blend) or len(names) != len(ranker.parts):
        return None
    kept = [
        (part, weight)
        for name, part, weight in zip(names, ranker.parts, ranker.weights, strict=True)
        if name not in reading and weight
    ]
    return Blend(*zip(*kept, strict=True)) if 0 < len(kept) < sum(map(bool, ranker.weights)) else None

"""New interactions, users and items join."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from .._checks import check_at_least

if TYPE_CHECKING:
    import pandas as pd

    from .engine import Engine


def update(
    engine: Engine,
    interactions: pd.DataFrame | Tensor,
    epochs: int | None = None,
    *,
    encoder: Any = None,
    columns: Mapping[str, str] | None = None,
    min_rating: float | None = 3.0,
) -> Engine:
    """Lets new interactions, users and items join, without a training from the beginning.

    Ids keep their numbers, and new ones follow in the order in which they appear. Closed forms are computed again with
    the same arguments. Trained models get rows for the new users and items and are trained for a few more epochs,
    unless that makes them worse on the validation split. The weights of a blend stay.

    A pair that the data hold already counts once, whatever its split. A held-out pair therefore stays held out: the
    whole log can be given again, and no test pair becomes a training pair. All other pairs join the training split.

    Args:
        engine: The engine; it is left as it is.
        interactions: A data frame with one interaction per row, in original ids, with the columns ``user`` and ``item``
            and, where there are any, ``rating``, and ``title``, ``description`` and ``text`` of new items; usual names
            such as ``user_id`` are recognised. Or a tensor of node ids, ``[2, E]``; without original ids, new nodes are
            numbered after the known ones.
        epochs: Number of epochs of each trained model. (default: a tenth of those that it was trained for, at least
            three)
        encoder: Encoder of the texts of new items, see :func:`~irllrec_pyg.text.text_features`; a dictionary has one
            per feature. It must be the one that made the features of the data. Without it, new items count as items
            without text. (default: the one that ``fit`` used)
        columns: Names of the columns in the table, ours to theirs. (default: they are recognised)
        min_rating: Lowest rating that counts as an interaction, if there are ratings; :obj:`None` takes all. What is
            rated lower is not recommended to this user. (default: ``3.0``)

    Returns:
        A new engine, or the same one if nothing is new.

    Raises:
        TypeError: The ranker was trained, and the engine has no ``sources``.
        ValueError: The interactions cannot be read, ids have another type than the known ones, or ``epochs`` is below
            one.
        FloatingPointError: Training diverged; the message says in which step.

    Examples:
        >>> import pandas as pd
        >>> from irllrec_pyg import Engine
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> engine = Engine(EASE.from_data(data), data)
        >>> new = pd.DataFrame({"user": ["ann", "ann"], "item": ["item 3", "item 4"]})
        >>> engine = engine.update(new)
        >>> engine.recommend(["ann"], k=2)["item"].nunique()
        2
    """
    from .updating.enlarge import enlarge
    from .updating.new_interactions import read_interactions
    from .updating.rebuild import rebuild

    if epochs is not None:
        check_at_least("epochs", epochs, 1)
    new = read_interactions(engine.data, interactions, columns, min_rating)
    if not len(new) and not new.seen.size(1):
        return engine
    data = enlarge(engine.data, new, _encoders(engine, encoder))
    if not len(new):
        return type(engine)(engine.ranker, data, engine.info, engine.sources)
    ranker, sources = rebuild(engine.ranker, engine.sources, engine.data, data, epochs)
    joined = {"interactions": len(new), "users": len(new.users), "items": len(new.items)}
    info = {**engine.info, "updates": [*engine.info.get("updates", []), joined]}
    return type(engine)(ranker, data, info, sources)


def _encoders(engine: Engine, encoder: Any) -> dict[str, Any]:
    """Encoder of each feature."""
    if encoder is None:
        return dict(engine.info.get("settings", {}).get("encoders", {}))
    if isinstance(encoder, Mapping):
        return dict(encoder)
    features = [name for name, value in engine.data["item"].items() if isinstance(value, Tensor) and value.dim() == 2]
    return dict.fromkeys(features, encoder)

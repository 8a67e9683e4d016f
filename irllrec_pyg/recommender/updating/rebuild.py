"""Rankers made again from more data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor
from torch_geometric.data import HeteroData

from ..._config import from_config
from ...data import INTERACTS, tensor_digest
from ...models import CLOSED_FORMS, ClosedForm
from ...ranking import Blend, Ranker, Standardized, map_parts
from .source import Source
from .train import warm_start


def rebuild(
    ranker: Ranker, sources: Sequence[Source], before: HeteroData, after: HeteroData, epochs: int | None = None
) -> tuple[Ranker, list[Source]]:
    """Makes a ranker again from more data. Blends keep their weights.

    Args:
        ranker: The ranker; it is left as it is.
        sources: How it was made: one per part of a blend, or one for the ranker. Without any, it must be a closed form
            or a blend of closed forms.
        before: The data object that it was made from.
        after: The larger data object.
        epochs: See :func:`warm_start`. (default: a tenth of those that each model was trained for, at least three)

    Returns:
        The ranker, and how it was made.

    Raises:
        TypeError: There are no sources, and the ranker is no closed form.
        ValueError: The number of sources is not that of the parts.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> ease = EASE.from_data(tiny_data())
        >>> rebuild(Blend([ease, Standardized(ease)], [1.0, 2.0]), [], tiny_data(), tiny_data())[0]
        Blend(1 * EASE(24, 20), 2 * Standardized(EASE(24, 20)))
    """
    if not sources:
        return map_parts(ranker, lambda part: _compute(part, before, after)), []
    if isinstance(ranker, Blend) and len(sources) == len(ranker.parts):
        found = [warm_start(source, before, after, epochs) for source in sources]
        scaled = [isinstance(part, Standardized) for part in ranker.parts]
        parts = [Standardized(part) if same else part for (part, _), same in zip(found, scaled, strict=True)]
        return Blend(parts, ranker.weights), [source for _, source in found]
    if len(sources) != 1:
        raise ValueError(f"'sources' holds {len(sources)} sources for {ranker!r}; give one per part, or one")
    part, source = warm_start(sources[0], before, after, epochs)
    return (Standardized(part) if isinstance(ranker, Standardized) else part), [source]


def _compute(ranker: Ranker, before: HeteroData, after: HeteroData) -> Ranker:
    """Computes a closed form again."""
    if not isinstance(ranker, ClosedForm):
        raise TypeError(
            f"a {type(ranker).__name__} was trained, and the engine does not know how; make the engine with "
            "sources=[Source.from_run(run)], or by fit(...).engine"
        )
    len(CLOSED_FORMS)  # imports the classes, of which the ranker may only hold the name
    tensors: dict[str, Tensor] = {}
    config = ranker.origin()
    arguments = dict(config["arguments"])
    features = dict(_features(before, after))
    for name, value in arguments.items():
        if isinstance(value, dict) and set(value) == {"tensor"} and name != "pairs":
            if value["tensor"] not in features:
                raise TypeError(
                    f"the argument {name!r} of {ranker!r} is no feature of the data, so that it has no rows for new "
                    "users and items; compute the ranker again from larger data"
                )
            arguments[name] = {"tensor": name}
            tensors[name] = features[value["tensor"]]
    tensors["pairs"] = after[INTERACTS].edge_index
    sizes = {"num_users": after["user"].num_nodes, "num_items": after["item"].num_nodes}
    again: Ranker = from_config({**config, "arguments": {**arguments, "pairs": {"tensor": "pairs"}, **sizes}}, tensors)
    return again


def _features(before: HeteroData, after: HeteroData) -> Iterator[tuple[str, Tensor]]:
    """Features of the larger data by the hash of those of the smaller."""
    for side in ("user", "item"):
        for name, value in before[side].items():
            if isinstance(value, Tensor):
                yield tensor_digest(value), after[side][name]

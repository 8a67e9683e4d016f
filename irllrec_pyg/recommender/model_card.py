"""The page that describes a saved engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jinja2
from torch import Tensor
from torch_geometric.data import HeteroData

from ..data import INTERACTS, SPLIT_NAMES, text_mask
from ..ranking import Ranker

#: A page with this line is written anew when the engine is saved again; without it, the page is kept.
GENERATED = "<!-- Written by irllrec_pyg. Remove this line to keep your changes when the engine is saved again. -->"

_TEXTLESS = re.compile(r"without text|in place of texts")


def model_card(ranker: Ranker, data: HeteroData, info: Mapping[str, Any]) -> str:
    """The model card of an engine, in Markdown: what the data is, how accurate the ranker is, what texts add, and how
    it is loaded.

    Args:
        ranker: The ranker.
        data: The data object.
        info: What is known about the ranker. The card reads ``title``, ``license``, ``texts`` (where the texts come
            from), ``metrics`` (a mapping from names to numbers), and all that the report of :func:`~irllrec_pyg.fit`
            holds.

    Examples:
        >>> from irllrec_pyg.models import Popularity
        >>> from irllrec_pyg.testing import tiny_data
        >>> card = model_card(Popularity.from_data(tiny_data()), tiny_data(), {"license": "cc-by-4.0"})
        >>> "| users | 24 |" in card, "license: cc-by-4.0" in card
        (True, True)
    """
    from huggingface_hub import ModelCardData

    settings = _mapping(info.get("settings"))
    license_name = info.get("license")
    tags = ["recommendation", "irllrec-pyg"]
    metadata = ModelCardData(license=license_name, library_name="irllrec-pyg", tags=tags)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("irllrec_pyg.recommender"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("model_card.md.jinja").render(
        metadata=metadata.to_yaml(),
        generated=GENERATED,
        title=info.get("title") or "Recommender",
        sizes=_sizes(data),
        features=_features(data),
        texts=info.get("texts") or settings.get("texts"),
        weights=_mapping(info.get("weights")),
        ranker=str(ranker),
        metrics=_metrics(info),
        measured="On the test split, which was read once; brackets hold 95 % intervals over users."
        if info.get("test")
        else "As stated by whoever saved the engine.",
        differences=_differences(info, text=False),
        gains=_differences(info, text=True),
        notes=info.get("notes") or (),
        license=license_name,
    )


def _sizes(data: HeteroData) -> dict[str, int]:
    sizes = {"users": data["user"].num_nodes, "items": data["item"].num_nodes}
    for name, key in SPLIT_NAMES.items():
        if key in data[INTERACTS]:
            sizes[f"interactions, {name}"] = data[INTERACTS][key].size(1)
    return sizes


def _features(data: HeteroData) -> list[dict[str, Any]]:
    found = []
    for name, item in data["item"].items():
        user = data["user"].get(name)
        if all(isinstance(side, Tensor) and side.dim() == 2 for side in (user, item)):
            known = [f"{int(text_mask(feature).sum())} of {feature.size(0)}" for feature in (user, item)]
            found.append({"name": name, "width": item.size(1), "known": known})
    return found


def _metrics(info: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows of the report of a search, or of the metrics that were stated."""
    tables = _mapping(info.get("test")) or {"this engine": _mapping(info.get("metrics"))}
    return [
        {"ranker": ranker, "metric": metric, "value": _value(value)}
        for ranker, found in tables.items()
        for metric, value in found.items()
    ]


def _differences(info: Mapping[str, Any], text: bool) -> list[dict[str, Any]]:
    """Rows of the comparison with blends that read no texts or other features in place of them, or of the others."""
    rows = [row for row in info.get("differences") or () if bool(_TEXTLESS.search(row["other"])) == text]
    return [{**row, "value": f"{row['value']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]"} for row in rows]


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['value']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

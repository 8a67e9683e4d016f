"""Comparisons of methods over the same users: the bootstrap of paired differences, corrected for their number."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from statsmodels.stats.multitest import multipletests
from torch import Tensor

from irllrec_pyg.models import CLOSED_FORMS
from irllrec_pyg.ranking import paired_bootstrap

from . import measures, runs

# Of rows without a method.
REFERENCES = {"strong": "ease", **dict.fromkeys(("softmax", "alpharec", "semantic-only"), "lightgcn")}
COLUMNS = ["dataset", "backbone", "method", "over", "metric", "seeds", "difference", "low", "high", "p"]
COLUMNS += ["effect", "percent"]
METRICS = {"recall": "Recall@20", "ndcg": "NDCG@20", measures.SPARSE: "NDCG@20, sparsest fifth of the users"}
LEAST_SEEDS, LEVEL = 3, 0.01  # fewer seeds get no mark

Method = tuple[str, str]  # backbone, and what is added


def user_values(found: Mapping[int, str], metric: str, folder: Path) -> dict[int, Tensor]:
    """Values of each user by seed, of the runs that have them; ``found`` holds their identities."""
    values = {seed: measures.load_users(identity, folder).get(metric) for seed, identity in found.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def compare(values: dict[int, Tensor], reference: dict[int, Tensor]) -> dict[str, Any] | None:
    """Comparison of the differences of each user, averaged over the seeds that both have. ``effect`` is the mean
    difference in standard deviations of the differences between users."""
    seeds = sorted(set(values) & set(reference))
    if not seeds:
        return None
    ours, theirs = (torch.stack([side[seed] for seed in seeds]).mean(dim=0) for side in (values, reference))
    found = paired_bootstrap(ours, theirs)
    effect = found.difference / max(float((ours - theirs).std()), 1e-12)
    percent = 100 * found.difference / max(float(theirs.mean()), 1e-12)
    return {"seeds": len(seeds), **found._asdict(), "effect": effect, "percent": percent}


def references(means: dict[Method, float]) -> Iterator[tuple[Method, str, Method]]:
    """Pairs to compare, with a name: a method and the bare backbone, and a method and the best of its controls."""
    for backbone, method in means:
        name, control = runs.split(method)
        reference = (REFERENCES.get(backbone, backbone) if method == "base" else backbone, "base")
        if reference in means and reference != (backbone, method):
            yield (backbone, method), reference[0] if method == "base" else "bare", reference
        same = {key: mean for key, mean in means.items() if key[0] == backbone and runs.split(key[1])[0] == name}
        if not control and len(same) > 1:
            best = max(same.keys() - {(backbone, method)}, key=lambda key: same[key])
            yield (backbone, method), runs.split(best[1])[1], best


def table(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """All comparisons of a results file, with p-values that are corrected for their number by Holm's method."""
    rows, frame = [], frame[(frame["split"] == "test") & (frame["k"] == 20) & frame["identity"].notna()]
    for dataset, part in frame[frame["metric"] == "ndcg"].groupby("dataset"):
        groups = {key: group.set_index("seed") for key, group in part.groupby(["backbone", "method"])}
        values = {
            metric: {key: user_values(group["identity"], metric, folder) for key, group in groups.items()}
            for metric in METRICS
        }
        means = {key: float(groups[key]["value"].mean()) for key in groups if values["ndcg"][key]}
        for (key, over, reference), metric in product(references(means), METRICS):
            other = values[metric][reference]
            if reference[0] in CLOSED_FORMS and len(other) == 1:  # it is the same for every seed
                other = dict.fromkeys(values[metric][key], *other.values())
            if result := compare(values[metric][key], other):
                rows.append(dict(zip(COLUMNS, (dataset, *key, over, metric), strict=False)) | result)
    table = pd.DataFrame(rows, columns=COLUMNS)
    if len(table):
        table["p"] = multipletests(table["p"], method="holm")[1]
    return table


def lines(table: pd.DataFrame) -> list[str]:
    """Rows of a Markdown table. A star marks differences above zero at ``p < 0.01`` over at least three seeds."""
    names = ["dataset", "method", "compared with", "seeds"]
    names += [name for metric in METRICS.values() for name in (metric, "%", "p", "effect")]
    found = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for (dataset, backbone, method, over), rows in table.groupby(COLUMNS[:4], sort=False):
        cells = []
        for metric in METRICS:
            row = rows[rows["metric"] == metric].iloc[0]
            sure = row["p"] < LEVEL and row["seeds"] >= LEAST_SEEDS and row["difference"] > 0
            interval = f"[{row['low']:+.4f}, {row['high']:+.4f}]"
            cells += [
                f"{row['difference']:+.4f}{'*' if sure else ''} {interval}",
                f"{row['percent']:+.1f}",
                f"{row['p']:.4f}",
                f"{row['effect']:+.2f}",
            ]
        name = backbone if method == "base" else f"{backbone} + {method}"
        found.append(f"| {dataset} | {name} | {over} | {rows['seeds'].iloc[0]} | {' | '.join(cells)} |")
    return found

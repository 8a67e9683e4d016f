"""Our values beside the paper's: a table, a picture, a part of a page."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
from scipy.stats import ttest_rel

ROW = ["dataset", "backbone", "method"]
MARKS = ("<!-- table2 -->", "<!-- /table2 -->")
PAPER_NAMES = {"base": "base", "IRLLRec": "irllrec-published"}


def compare(results: pd.DataFrame, paper: pd.DataFrame | None) -> pd.DataFrame:
    """Mean and standard deviation over seeds on the test split, the paper's value, and the relative difference.

    ``p`` is of a paired t-test over seeds: of an enhanced backbone against the bare one, of ``strong`` against EASE.
    """
    frame = results[(results["split"] == "test") & results["metric"].isin(["recall", "ndcg"])]
    values = {key: rows.set_index("seed")["value"] for key, rows in frame.groupby([*ROW, "metric", "k"])}
    table = pd.DataFrame(
        [(value.mean(), value.std(), len(value), p_value(key, values)) for key, value in values.items()],
        columns=["mean", "std", "seeds", "p"],
        index=pd.MultiIndex.from_tuples(list(values), names=[*ROW, "metric", "k"]),
    )
    if paper is not None:
        paper = paper[paper["method"].isin(PAPER_NAMES)].assign(
            backbone=lambda frame: frame["backbone"].str.lower(), method=lambda frame: frame["method"].map(PAPER_NAMES)
        )
        table = table.join(paper.set_index([*ROW, "metric", "k"])["value"].rename("paper"))
        table["difference %"] = ((table["mean"] / table["paper"] - 1.0) * 100).round(2)
    return table.round(4)


def p_value(key: tuple[str, ...], values: dict[tuple[str, ...], pd.Series]) -> float:
    """Of the difference from what a row is an improvement on; nothing where there is none, or one seed."""
    dataset, backbone, _, *metric = key
    reference = (dataset, "ease", "base") if backbone == "strong" else (dataset, backbone, "base")
    other = values.get((*reference, *metric))
    if other is None or reference == key[:3]:
        return math.nan
    value = values[key]
    # A closed form has one value for every seed.
    other = other.reindex(value.index) if len(other) > 1 else pd.Series(other.iloc[0], value.index)
    both = pd.DataFrame({"value": value, "other": other}).dropna()
    return float(ttest_rel(both["value"], both["other"]).pvalue) if len(both) > 1 else math.nan


def label(row: pd.Series) -> str:
    """A method's name in a table or picture."""
    return row["backbone"] if row["method"] == "base" else f"{row['backbone']} + {row['method']}"


def write(table: pd.DataFrame, file: Path) -> None:
    """Puts Recall@20 and NDCG@20 between the two marks of a Markdown file, so that nobody types a number."""
    wide = table.xs(20, level="k").unstack("metric").reset_index()
    lines = ["| dataset | method | seeds | Recall@20 | paper | NDCG@20 | paper |", "|---|---|---|---|---|---|---|"]
    for _, row in wide.iterrows():
        cells = []
        for metric in ("recall", "ndcg"):
            spread = "" if pd.isna(row["std", metric]) else f" ± {row['std', metric]:.4f}"
            star = "*" if row["p", metric] < 0.05 else ""
            cells.append(f"{row['mean', metric]:.4f}{spread}{star}")
            published = row.get(("paper", metric), math.nan)
            cells.append("" if pd.isna(published) else f"{published:.4f}")
        name = label(row.droplevel(1)[["backbone", "method"]])
        lines.append(f"| {row['dataset', '']} | {name} | {row['seeds', 'recall']} | {' | '.join(cells)} |")
    before, _, rest = file.read_text().partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    file.write_text(f"{before}{MARKS[0]}\n{chr(10).join(lines)}\n{MARKS[1]}{after}")


def draw(table: pd.DataFrame, file: Path) -> None:
    """A panel a dataset and metric: our mean with its standard deviation, and the paper's value where it has one."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    flat = table.xs(20, level="k").reset_index()
    datasets = list(dict.fromkeys(flat["dataset"]))
    figure, axes = plt.subplots(2, len(datasets), figsize=(4.2 * len(datasets), 7), layout="constrained", squeeze=False)
    for column, dataset in enumerate(datasets):
        for axis, metric in zip(axes[:, column], ("recall", "ndcg"), strict=True):
            rows = flat[(flat["dataset"] == dataset) & (flat["metric"] == metric)].sort_values("mean")
            place = range(len(rows))
            axis.barh(place, rows["mean"], xerr=rows["std"].fillna(0.0), color="#4c78a8", label="ours")
            if "paper" in rows:
                axis.plot(rows["paper"], place, "D", color="#f58518", linestyle="none", label="paper")
            axis.set_yticks(place, [label(row) for _, row in rows.iterrows()])
            axis.set_title(f"{dataset}, {metric}@20".replace("ndcg", "NDCG").replace("recall", "Recall"))
            axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].legend(loc="lower right")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130)
    plt.close(figure)

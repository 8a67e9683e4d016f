"""Our values beside the paper's: a table, a picture, a part of a page."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
from scipy.stats import ttest_rel

ROW = ["dataset", "backbone", "method"]
PAPER_NAMES = {"base": "base", "IRLLRec": "irllrec-published"}


def compare(results: pd.DataFrame, paper: pd.DataFrame | None) -> pd.DataFrame:
    """Mean and standard deviation over seeds on the test split, the paper's value, and the relative difference.

    ``gain`` is the mean difference from what a row is to improve on, an enhanced backbone on the bare one and bare
    ``strong`` on EASE, and ``p`` that of a paired t-test over seeds.
    """
    frame = results[(results["split"] == "test") & results["metric"].isin(["recall", "ndcg"])]
    values = {key: rows.set_index("seed")["value"] for key, rows in frame.groupby([*ROW, "metric", "k"])}
    table = pd.DataFrame(
        [(value.mean(), value.std(), len(value), *improvement(key, values)) for key, value in values.items()],
        columns=["mean", "std", "seeds", "gain", "p"],
        index=pd.MultiIndex.from_tuples(list(values), names=[*ROW, "metric", "k"]),
    )
    if paper is not None:
        paper = paper[paper["method"].isin(PAPER_NAMES)].assign(
            backbone=lambda frame: frame["backbone"].str.lower(), method=lambda frame: frame["method"].map(PAPER_NAMES)
        )
        table = table.join(paper.set_index([*ROW, "metric", "k"])["value"].rename("paper"))
        table["difference %"] = ((table["mean"] / table["paper"] - 1.0) * 100).round(2)
    return table.round(4)


def improvement(key: tuple[str, ...], values: dict[tuple[str, ...], pd.Series]) -> tuple[float, float]:
    """Gain and p-value of a row; not numbers where there is nothing to improve on, or one seed."""
    dataset, backbone, _, *metric = key
    reference = (dataset, "ease" if key[1:3] == ("strong", "base") else backbone, "base")
    other = values.get((*reference, *metric))
    if other is None or reference == key[:3]:
        return math.nan, math.nan
    value = values[key]
    # A closed form has one value for every seed.
    other = other.reindex(value.index) if len(other) > 1 else pd.Series(other.iloc[0], value.index)
    both = pd.DataFrame({"value": value, "other": other}).dropna()
    p = float(ttest_rel(both["value"], both["other"]).pvalue) if len(both) > 1 else math.nan
    return float((both["value"] - both["other"]).mean()), p


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
            star = "*" if row["p", metric] < 0.05 and row["gain", metric] > 0.0 else ""
            cells.append(f"{row['mean', metric]:.4f}{spread}{star}")
            published = row.get(("paper", metric), math.nan)
            cells.append("" if pd.isna(published) else f"{published:.4f}")
        name = label(row.droplevel(1)[["backbone", "method"]])
        lines.append(f"| {row['dataset', '']} | {name} | {row['seeds', 'recall']} | {' | '.join(cells)} |")
    put(lines, "table2", file)
    put(gains(table), "gains", file)


def gains(table: pd.DataFrame) -> list[str]:
    """What each method adds to each backbone, in percent of Recall@20 and NDCG@20, and the mean over backbones other
    than ``strong``."""
    enhanced = table.xs(20, level="k").reset_index().query("method != 'base'").dropna(subset="gain")
    enhanced["percent"] = 100.0 * enhanced["gain"] / (enhanced["mean"] - enhanced["gain"])
    backbones = sorted(enhanced["backbone"].unique(), key=lambda name: (name == "strong", name))
    wide = enhanced.pivot(index=["dataset", "method"], columns=["backbone", "metric"], values="percent")
    lines = [f"| dataset | method | {' | '.join([*backbones, 'mean'])} |", "|---" * (len(backbones) + 3) + "|"]
    for key, row in wide.iterrows():
        cells = [(row.get((name, "recall"), math.nan), row.get((name, "ndcg"), math.nan)) for name in backbones]
        means = pd.DataFrame(cells, backbones).drop("strong", errors="ignore").mean()
        told = ["" if math.isnan(one) else f"{one:+.1f} / {two:+.1f}" for one, two in (*cells, tuple(means))]
        lines.append(f"| {' | '.join([*key, *told])} |")
    return lines


def put(lines: list[str], mark: str, file: Path) -> None:
    """Replaces what stands between ``<!-- mark -->`` and ``<!-- /mark -->``."""
    start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, found, rest = file.read_text().partition(start)
    if not found or end not in rest:
        raise SystemExit(f"'{file}' has no '{start}' and '{end}' to write between; add them")
    file.write_text("\n".join([f"{before}{start}", *lines, f"{end}{rest.partition(end)[2]}"]))


def draw(table: pd.DataFrame, file: Path) -> None:
    """A panel a dataset and metric, a block a backbone: our means and standard deviations, and the paper's values.

    A control has its method's color, and a cross for a mark. Popularity is left out: it would squeeze the rest.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    flat = table.xs(20, level="k").reset_index().query("backbone != 'popularity'")
    if flat.empty:
        raise SystemExit(f"there is nothing to draw into '{file}' but popularity; run a backbone first")
    flat["family"] = flat["method"].str.partition("-shuffled")[0]
    colors = {name: f"C{index}" for index, name in enumerate(flat["family"].unique())}
    names, most = list(dict.fromkeys(flat["dataset"])), flat.groupby(["dataset", "metric"]).size().max()
    size = (4.0 * len(names), 2 * (1.0 + 0.2 * most))
    figure, axes = plt.subplots(2, len(names), figsize=size, layout="constrained", squeeze=False)
    legend = dict.fromkeys(sorted(flat["method"].unique()))
    for column, name in enumerate(names):
        for axis, metric in zip(axes[:, column], ("recall", "ndcg"), strict=True):
            rows = flat[(flat["dataset"] == name) & (flat["metric"] == metric)]
            best = rows.groupby("backbone")["mean"].transform("max")
            rows = rows.assign(best=best).sort_values(["best", "backbone", "mean"]).reset_index(drop=True)
            # A line a method, and one left free between blocks.
            blocks = (rows["backbone"] != rows["backbone"].shift()).cumsum()
            rows["y"] = blocks + rows.index
            for (family, method), one in rows.groupby(["family", "method"], sort=False):
                legend[method] = axis.errorbar(
                    one["mean"],
                    one["y"],
                    xerr=one["std"].fillna(0.0),
                    fmt={family: "o", f"{family}-shuffled": "x"}.get(method, "+"),
                    color=colors[family],
                    capsize=2,
                    markersize=5,
                )
            if "paper" in rows:
                legend["paper"] = axis.plot(rows["paper"], rows["y"], "D", color="black", mfc="none", markersize=7)[0]
            centres = rows.groupby("backbone")["y"].mean()
            axis.set_yticks(centres, centres.index)
            axis.set_title(name)
            axis.set_xlabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.grid(axis="x", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
    figure.legend(legend.values(), legend, loc="outside lower center", ncols=5, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130)
    plt.close(figure)

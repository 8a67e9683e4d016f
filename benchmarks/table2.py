"""Table 2 of the paper: backbones and the methods that enhance them, one row per method, dataset and seed.

python -m benchmarks.table2 --dataset amazon-movie --root DIR --backbone lightgcn sgl --seeds 0 1 2
python -m benchmarks.table2 --dataset lastfm --root DIR --method base text-ranking text-ranking-shuffled
python -m benchmarks.table2 --dataset lastfm --root DIR --backbone alpharec semantic-only --method base base-shuffled
python -m benchmarks.table2 --report [--paper table2.csv] [--write docs/results.md]

A run whose identity is in the results is not repeated, and an interrupted one continues from its checkpoint in --out.
Hyper-parameters come from the presets; the epoch is chosen on the validation split; the test split is read once.
"""

import math
from pathlib import Path

import pandas as pd
from scipy.stats import ttest_rel

from . import arguments, drawing, results, runs

ROW = ["dataset", "backbone", "method"]
PAPER_NAMES = {"base": "base", "IRLLRec": "irllrec-published"}


def compare(frame: pd.DataFrame, paper: pd.DataFrame | None) -> pd.DataFrame:
    """Mean and standard deviation over seeds on the test split, the paper's value, and the relative difference.

    ``gain`` is the mean difference from the reference of a row, and ``p`` that of a paired t-test over seeds. The
    reference of an enhanced backbone is the bare one, that of bare ``strong`` is EASE.
    """
    frame = frame[(frame["split"] == "test") & frame["metric"].isin([*drawing.NAMES])]
    values = frame.pivot(columns=[*ROW, "metric", "k"], index="seed", values="value").sort_index(axis=1)
    table = values.agg(["mean", "std", "count"]).T.rename(columns={"count": "seeds"}).astype({"seeds": int})
    table[["gain", "p"]] = [improvement(key, values) for key in values]
    if paper is not None:
        paper = paper[paper["method"].isin(PAPER_NAMES)]
        names = {"backbone": paper["backbone"].str.lower(), "method": paper["method"].map(PAPER_NAMES)}
        table = table.join(paper.assign(**names).set_index([*ROW, "metric", "k"])["value"].rename("paper"))
        table["difference %"] = ((table["mean"] / table["paper"] - 1.0) * 100).round(2)
    return table.round(4)


def improvement(key: tuple[str, ...], values: pd.DataFrame) -> tuple[float, float]:
    """Gain and p-value of a column of values by seed; NaN without a reference, or with one seed."""
    dataset, backbone, _, *metric = key
    reference = (dataset, "ease" if key[1:3] == ("strong", "base") else backbone, "base", *metric)
    if reference not in values or reference == key:
        return math.nan, math.nan
    base = values[reference]
    base = base.fillna(base.mean()) if base.count() == 1 else base  # a closed form has one value for every seed
    both = pd.DataFrame({"value": values[key], "base": base}).dropna()
    p = float(ttest_rel(both["value"], both["base"]).pvalue) if len(both) > 1 else math.nan
    return float((both["value"] - both["base"]).mean()), p


def write(table: pd.DataFrame, file: Path) -> None:
    """Writes Recall@20 and NDCG@20, and the gains, between the marks of a Markdown file."""
    wide = table.xs(20, level="k").unstack("metric")
    lines = ["| dataset | method | seeds | Recall@20 | paper | NDCG@20 | paper |", "|---" * 7 + "|"]
    for (dataset, backbone, method), row in wide.iterrows():
        cells = []
        for metric in drawing.NAMES:
            spread = "" if pd.isna(row["std", metric]) else f" ± {row['std', metric]:.4f}"
            star = "*" if row["p", metric] < 0.05 and row["gain", metric] > 0.0 else ""
            published = row.get(("paper", metric), math.nan)
            cells += [f"{row['mean', metric]:.4f}{spread}{star}", "" if pd.isna(published) else f"{published:.4f}"]
        label = backbone if method == "base" else f"{backbone} + {method}"
        lines.append(f"| {dataset} | {label} | {row['seeds', 'recall']:.0f} | {' | '.join(cells)} |")
    results.put(lines, "table2", file)
    results.put(gains(table), "gains", file)


def gains(table: pd.DataFrame) -> list[str]:
    """Gain of each method over each backbone, in percent of Recall@20 and NDCG@20, and the mean over backbones other
    than ``strong``."""
    enhanced = table.xs(20, level="k").reset_index().query("method != 'base'").dropna(subset="gain")
    enhanced["percent"] = 100.0 * enhanced["gain"] / (enhanced["mean"] - enhanced["gain"])
    backbones = sorted(enhanced["backbone"].unique(), key=lambda name: (name == "strong", name))
    wide = enhanced.pivot(index=["metric", "dataset", "method"], columns="backbone", values="percent")[backbones]
    wide["mean"] = wide.drop(columns="strong", errors="ignore").mean(axis=1)
    recall, ndcg = (wide.loc[metric].map("{:+.1f}".format) for metric in drawing.NAMES)
    cells = (recall + " / " + ndcg).where(wide.loc["recall"].notna(), "")
    lines = [f"| dataset | method | {' | '.join(cells)} |", "|---" * (len(backbones) + 3) + "|"]
    return lines + [f"| {' | '.join([*key, *row])} |" for key, row in cells.iterrows()]


def draw(table: pd.DataFrame, file: Path) -> None:
    """Draws one block per backbone: our means and deviations, and the paper's values. A control has the color of its
    method and another marker. Popularity is left out, because it is far below the rest."""
    flat = table.xs(20, level="k").reset_index().query("backbone != 'popularity'")
    if flat.empty:
        raise SystemExit(f"there is nothing to draw into '{file}' but popularity; run a backbone first")
    flat["name"], flat["control"] = zip(*flat["method"].map(runs.split), strict=True)
    colors = {name: f"C{index}" for index, name in enumerate(flat["name"].unique())}

    def panel(axis, metric, dataset):
        rows = flat[(flat["dataset"] == dataset) & (flat["metric"] == metric)]
        best = rows.groupby("backbone")["mean"].transform("max")
        rows = rows.assign(best=best).sort_values(["best", "backbone", "mean"]).reset_index(drop=True)
        # One line per method, and a free line between blocks.
        rows["y"] = (rows["backbone"] != rows["backbone"].shift()).cumsum() + rows.index
        for (name, control, method), part in rows.groupby(["name", "control", "method"]):
            style = {"fmt": {"": "o", "shuffled": "x"}.get(control, "+"), "color": colors[name], "label": method}
            drawing.points(axis, part["y"], part, False, capsize=2, markersize=5, **style)
        if "paper" in rows:
            axis.plot(rows["paper"], rows["y"], "D", color="black", mfc="none", markersize=7, label="paper")
        centers = rows.groupby("backbone")["y"].mean()
        axis.set_yticks(centers, centers.index)
        axis.set(title=dataset, xlabel=drawing.NAMES[metric])
        axis.grid(axis="x", alpha=0.3)

    size = (4.0, 1.0 + 0.2 * flat.groupby(["dataset", "metric"]).size().max())
    drawing.draw(file, drawing.NAMES, flat["dataset"].unique(), panel, size, legend="lower center")


def main() -> None:
    """Runs what is missing, or reports."""
    args = arguments.parse_training(__doc__, "table2", method=["base"], report=False, paper=None, write=None)
    if not args.report:
        cases = [runs.Case(backbone, method) for backbone in args.backbone for method in args.method]
        runs.run(cases, args)
        return
    table = compare(results.read(args.results), pd.read_csv(args.paper) if args.paper else None)
    print(table.to_string(na_rep=""))
    if args.write:
        write(table, args.write)
    draw(table, args.plot)


if __name__ == "__main__":
    main()

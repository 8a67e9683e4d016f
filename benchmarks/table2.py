"""Table 2 of the paper: backbones and the methods that enhance them, one row per method, dataset and seed.

python -m benchmarks.table2 --dataset amazon-movie --root DIR --backbone lightgcn sgl --seeds 0 1 2
python -m benchmarks.table2 --dataset lastfm --root DIR --method base text-ranking text-ranking-shuffled
python -m benchmarks.table2 --dataset lastfm --root DIR --backbone alpharec semantic-only --method base base-shuffled

A run whose identity is in the results is not repeated, and an interrupted one continues from its checkpoint in --out.
Hyper-parameters come from the presets; the epoch is chosen on the validation split; the test split is read once.
"""

import math
from itertools import product
from pathlib import Path

import pandas as pd

from . import arguments, comparisons, drawing, results, runs

ROW = ["dataset", "backbone", "method"]
ALONE = ("softmax", "strong")  # configurations that are no backbones of the paper
MARKERS = {"": "o", "shuffled": "x", "shuffled-items": "+", "random": "^", "learned": "s"}  # by text control
PAPER = Path(__file__).parent / "published.csv"  # the paper's Table 2, by our names


def summarize(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over seeds on the test split, the paper's value, and the relative difference.
    ``gain`` is the mean difference from the bare backbone."""
    frame = frame[(frame["split"] == "test") & frame["metric"].isin([*drawing.NAMES])]
    values = frame.pivot(columns=[*ROW, "metric", "k"], index="seed", values="value").sort_index(axis=1)
    table = values.agg(["mean", "std", "count"]).T.rename(columns={"count": "seeds"}).astype({"seeds": int})
    table["gain"] = [gain(key, values) for key in values]
    paper = pd.read_csv(PAPER).set_index(ROW)
    paper.columns = pd.MultiIndex.from_tuples([(name.split("@")[0], int(name.split("@")[1])) for name in paper])
    paper = paper.rename_axis(columns=["metric", "k"]).stack(["metric", "k"]).rename("paper")
    table = table.join(paper)
    table["difference %"] = ((table["mean"] / table["paper"] - 1.0) * 100).round(2)
    return table.round(4)


def gain(key: tuple[str, ...], values: pd.DataFrame) -> float:
    """Mean difference over the common seeds; NaN without a reference."""
    reference = (*key[:2], "base", *key[3:])
    return float((values[key] - values[reference]).mean()) if reference in values and reference != key else math.nan


def write(folder: Path, page: Path) -> None:
    """Writes Recall@20 and NDCG@20, the gains and the comparisons between the marks of a page."""
    frame = results.read(folder / "table2.csv")
    table = summarize(frame)
    results.put(comparisons.lines(comparisons.table(frame, folder)), "comparisons", page)
    wide = table.xs(20, level="k").unstack("metric")
    lines = ["| dataset | method | seeds | Recall@20 | paper | NDCG@20 | paper |", "|---" * 7 + "|"]
    for (dataset, backbone, method), row in wide.iterrows():
        cells = []
        for metric in drawing.NAMES:
            spread = "" if pd.isna(row["std", metric]) else f" ± {row['std', metric]:.4f}"
            published = row["paper", metric]
            cells += [f"{row['mean', metric]:.4f}{spread}", "" if pd.isna(published) else f"{published:.4f}"]
        label = backbone if method == "base" else f"{backbone} + {method}"
        lines.append(f"| {dataset} | {label} | {row['seeds', 'recall']:.0f} | {' | '.join(cells)} |")
    results.put(lines, "table2", page)
    results.put(gains(table), "gains", page)


def gains(table: pd.DataFrame) -> list[str]:
    """Gain of each method over each backbone, in percent of Recall@20 and NDCG@20, and the mean over backbones other
    than ``strong``."""
    enhanced = table.xs(20, level="k").reset_index().query("method != 'base'").dropna(subset="gain")
    enhanced["percent"] = 100.0 * enhanced["gain"] / (enhanced["mean"] - enhanced["gain"])
    backbones = sorted(enhanced["backbone"].unique(), key=lambda name: (name in ALONE, name))
    wide = enhanced.pivot(index=["metric", "dataset", "method"], columns="backbone", values="percent")[backbones]
    wide["mean"] = wide.drop(columns=[*ALONE], errors="ignore").mean(axis=1)
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

    # One line per method, a free line between blocks, and the same lines in all panels: the most accurate on top.
    order = flat[flat["metric"] == "ndcg"].groupby(["backbone", "method"])["mean"].max().rename("order").reset_index()
    order["best"] = order.groupby("backbone")["order"].transform("max")
    order = order.sort_values(["best", "backbone", "order"]).reset_index(drop=True)
    order["y"] = (order["backbone"] != order["backbone"].shift()).cumsum() + order.index
    centers = order.groupby("backbone")["y"].mean()
    flat = flat.merge(order[["backbone", "method", "y"]], on=["backbone", "method"])

    def panel(axis, metric, dataset):
        rows = flat[(flat["dataset"] == dataset) & (flat["metric"] == metric)]
        for (name, control, method), part in rows.groupby(["name", "control", "method"]):
            style = {"fmt": MARKERS.get(control, "*"), "color": colors[name], "label": method}
            drawing.points(axis, part["y"], part, False, capsize=2, markersize=5, **style)
        if rows["paper"].notna().any():
            axis.plot(rows["paper"], rows["y"], "D", color="black", mfc="none", markersize=7, label="paper")
        axis.set_yticks(centers, centers.index)
        axis.set_ylim(0, order["y"].max() + 1)
        axis.set(title=dataset, xlabel=drawing.NAMES[metric])
        axis.grid(axis="x", alpha=0.3)

    title = "Backbones and what enhances them: mean and standard deviation over seeds"
    size = (3.2, 1.0 + 0.13 * flat["y"].max())
    drawing.draw(file, drawing.NAMES, flat["dataset"].unique(), panel, size, "lower center", True, title)


def main() -> None:
    """Runs what is missing, prints what there is, and draws it."""
    args = arguments.parse_training(__doc__, "table2", method=["base"])
    table = summarize(runs.run([runs.Case(*names) for names in product(args.backbone, args.method)], args))
    print(table.to_string(na_rep=""))
    draw(table, args.plot)


if __name__ == "__main__":
    main()

"""One call on every dataset: what ``fit`` reaches by default, with and without texts, beside EASE, and made compact.

python -m benchmarks.by_default --dataset yelp --root DIR --budget 5min 30min --seeds 0 1 --method fit ease compact-128
python -m benchmarks.by_default --dataset lastfm --root DIR --method fit fit-without-text fit-random-text \\
    fit-shuffled-text --budget 10min
python -m benchmarks.by_default --dataset lastfm --root DIR --method bpr-128 bpr-64

``fit`` reads the features of --intents, or else the dataset's texts through --encoder. A row that is in the results
is not repeated. A larger budget goes on where a smaller one ended. ``bpr-128`` is LightGCN under BPR with the
dataset's preset at the width of ``compact-128``; it has no budget. Rows of ``gains`` compare ``fit`` with other
methods of the same budget and seed, user by user; ``value`` is the difference, and ``p`` its p-value.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import pandas as pd
from statsmodels.stats.multitest import multipletests

import irllrec_pyg
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import Ranker, bootstrap_interval, evaluate_users, paired_bootstrap
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.search import Budget, FittedRanker

from . import arguments, drawing, results

METHODS: dict[str, dict[str, Any]] = {
    "fit": {},
    "fit-without-text": {"encoder": None},
    "fit-random-text": {"control": "random"},
    "fit-shuffled-text": {"control": "shuffled"},
}
KEY = ["dataset", "method", "budget_s", "seed"]
FITTED: dict[tuple[str, str, int], FittedRanker] = {}  # the last one: several methods are made from it


def search(method: str, budget: str, seed: int, data: Any, args: argparse.Namespace) -> FittedRanker:
    """The ranker that ``fit`` finds. A finished search trains nothing."""
    if (method, budget, seed) in FITTED:
        return FITTED[method, budget, seed]
    settings = {"encoder": "auto" if args.intents else args.encoder, **METHODS[method]}
    if "text" not in data["item"] and not args.intents:
        settings = {"encoder": None}
    FITTED.clear()  # closed forms are large
    found = irllrec_pyg.fit(data, budget, seed=seed, folder=args.out, controls=False, **settings)
    return FITTED.setdefault((method, budget, seed), found)


def bpr(dim: int, seed: int, data: Any, args: argparse.Namespace) -> tuple[Ranker, dict[str, Any]]:
    """LightGCN under BPR at some width, and what its rows say about it."""
    recipe = Recipe.from_preset(args.dataset, "lightgcn").replace({"model.embedding_dim": dim})
    run = recipe.fit(data, seed, args.out)
    return run.ranker, {"seconds": round(run.result.seconds, 1), "identity": run.identity, "text": ""}


def ranker_of(method: str, fitted: FittedRanker) -> Ranker:
    """The ranker of a method that is made from a fitted one."""
    if method == "ease":
        found = [ranker for name, ranker in fitted.compared.items() if name.startswith("EASE")]
        if not found:
            raise SystemExit(
                "the search left EASE out, or chose it alone; raise --budget, or leave out the method 'ease'"
            )
        return found[0]
    return fitted.compact(int(method.removeprefix("compact-"))) if method.startswith("compact-") else fitted


def measure(ranker: Ranker, data: Any, split: str) -> dict[str, Any]:
    """Metrics of every user at 20."""
    pairs = data[INTERACTS]
    return evaluate_users(ranker, pairs[f"{split}_label_index"], pairs.edge_index, (20,)).values


def fitted_ranker(
    method: str, budget: str, seed: int, data: Any, args: argparse.Namespace
) -> tuple[Any, Ranker, dict[str, Any]]:
    """Data, ranker of a method that needs a search, and what its rows say about it."""
    fitted = search(method if method in METHODS else "fit", budget, seed, data, args)
    started = time.perf_counter()
    ranker = ranker_of(method, fitted)
    seconds = fitted.report.seconds if method in METHODS else time.perf_counter() - started
    about = {"seconds": round(seconds, 1), "identity": fitted.report.settings["identity"]}
    return fitted.data, ranker, about | {"text": fitted.report.settings["texts"] if method != "ease" else ""}


def rows_of(method: str, budget: str, seed: int, data: Any, args: argparse.Namespace) -> list[dict[str, Any]]:
    """One row per split and metric."""
    if method.startswith("bpr-"):
        ranker, about = bpr(int(method.removeprefix("bpr-")), seed, data, args)
    else:
        data, ranker, about = fitted_ranker(method, budget, seed, data, args)
    about |= results.about()
    rows = []
    for split in ("val", "test"):
        for name, values in measure(ranker, data, split).items():
            low, high = bootstrap_interval(values)
            metric = {"split": split, "metric": name.removesuffix("@20"), "k": 20}
            rows.append({**metric, "value": float(values.double().mean()), "low": low, "high": high, **about})
    return rows


def gains(budget: str, seed: int, data: Any, args: argparse.Namespace) -> list[dict[str, Any]]:
    """``fit`` compared with its controls on the test split."""
    chosen = [method for method in args.method if method in METHODS]
    values = {method: measure(search(method, budget, seed, data, args), data, "test") for method in chosen}
    rows = []
    for method in chosen:
        reference = "fit-without-text"
        if reference in values and method != reference:
            for name in ("recall@20", "ndcg@20"):
                found = paired_bootstrap(values[method][name], values[reference][name])
                about = {"dataset": args.dataset, "method": method, "reference": reference, "seed": seed}
                about |= {"budget_s": Budget.parse(budget).seconds, "metric": name.removesuffix("@20"), "k": 20}
                rows.append(
                    {**about, **dict(zip(("value", "low", "high", "p"), found, strict=True)), **results.about()}
                )
    return rows


def write(folder: Path, page: Path) -> None:
    """Writes Recall@20 and NDCG@20 of the test split, with intervals of the first seed, between the marks of a page."""
    found = results.read(folder / "by_default.csv").query("split == 'test' and metric in ['recall', 'ndcg']")
    lines = ["| dataset | method | budget | seeds | Recall@20 | NDCG@20 |", "|---" * 6 + "|"]
    for (dataset, method, seconds), rows in found.groupby(["dataset", "method", "budget_s"], sort=True):
        cells = []
        for metric in drawing.NAMES:
            part = rows[rows["metric"] == metric].sort_values("seed")
            interval = f"[{part['low'].iloc[0]:.4f}, {part['high'].iloc[0]:.4f}]"
            cells.append(f"{part['value'].mean():.4f} {interval}")
        lines.append(f"| {dataset} | {method} | {_minutes(seconds)} | {rows['seed'].nunique()} | {' | '.join(cells)} |")
    results.put(lines, "by_default", page)
    results.put(gain_lines(results.read(folder / "by_default_gains.csv")), "by_default_gains", page)


def gain_lines(found: pd.DataFrame) -> list[str]:
    """Table of what ``fit`` and its controls gain over the search without texts, with p-values that are corrected for
    the number of comparisons in the table (Holm)."""
    if found.empty:
        return []
    found["p"] = multipletests(found["p"], method="holm")[1]
    lines = ["| dataset | compared | budget | seed | Recall@20 | p | NDCG@20 | p |", "|---" * 8 + "|"]
    for (dataset, method, reference, seconds, seed), rows in found.groupby([*KEY[:2], "reference", *KEY[2:]]):
        cells = []
        for metric in drawing.NAMES:
            row = rows[rows["metric"] == metric].iloc[0]
            cells += [f"{row['value']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]", f"{row['p']:.4f}"]
        names = f"{method} over {reference}"
        lines.append(f"| {dataset} | {names} | {_minutes(seconds)} | {seed} | {' | '.join(cells)} |")
    return lines


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds else "no budget"


def draw(found: pd.DataFrame, file: Path) -> None:
    """One panel per dataset: intervals over the users, averaged over seeds. All panels have the same lines."""
    found = found.query("split == 'test' and metric == 'ndcg'")
    found = found.sort_values(["method", "budget_s"], ascending=False)
    found["name"] = found["method"] + ", " + found["budget_s"].map(_minutes)
    lines = {name: row for row, name in enumerate(found["name"].unique())}

    def panel(axis, _, dataset):
        table = found[found["dataset"] == dataset].groupby("name")[["value", "low", "high"]].mean()
        for name, values in table.iterrows():
            color = drawing.COLORS[1] if name.startswith("fit,") else drawing.COLORS[0]
            axis.plot([values["low"], values["high"]], [lines[name]] * 2, color=color)
            axis.plot(values["value"], lines[name], "o", color=color, markersize=4)
        axis.set_yticks(range(len(lines)), lines)
        axis.locator_params(axis="x", nbins=4)
        axis.set(title=dataset, xlabel="test NDCG@20")
        axis.grid(axis="x", alpha=0.3)

    title = (
        "What one call reaches (orange), and what it is compared with: intervals of 95 % over users, means over seeds"
    )
    drawing.draw(file, ["ndcg"], sorted(found["dataset"].unique()), panel, (2.2, 3.8), sharey=True, title=title)


def main() -> None:
    """Runs what is missing, and draws."""
    own = {"method": ["fit"], "budget": ["10min"], "seeds": [0], "encoder": "auto"}
    args = arguments.parse_training(__doc__, "by_default", **own)
    data = arguments.load(args) if args.root else None
    for seed in args.seeds if data is not None else ():
        for budget in args.budget:
            for method in args.method:
                seconds = 0.0 if method.startswith("bpr-") else Budget.parse(budget).seconds
                key = dict(zip(KEY, (args.dataset, method, seconds, seed), strict=True))
                if results.has(args.results, key):
                    print(*key.values(), "done already")
                    continue
                rows = [{**key, **row} for row in rows_of(method, budget, seed, data, args)]
                results.replace(rows, args.results, KEY)
                shown = {row["metric"]: round(row["value"], 4) for row in rows if row["split"] == "test"}
                print(*key.values(), shown, flush=True)
            if compared := gains(budget, seed, data, args):
                file = args.results.with_name("by_default_gains.csv")
                results.replace(compared, file, [*KEY, "reference", "metric"])
    draw(results.read(args.results), args.plot)


if __name__ == "__main__":
    main()

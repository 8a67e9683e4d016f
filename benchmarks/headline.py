"""The front page: what plain EASE does, what ``fit`` adds, and what is due to the texts."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from . import drawing, results

#: Those with texts that were run with several seeds; the picture has all datasets.
DATASETS = {"lastfm": "Last.fm", "amazon-book": "Amazon-book"}
NAMES = {**DATASETS, "amazon-movie": "Amazon-movie", "google": "Google", "yelp": "Yelp"}
GAINS = {"fit": "texts", "fit-shuffled-text": "shuffled texts", "fit-random-text": "random features"}
VALUES = ["value", "low", "high"]


def accuracy(folder: Path, method: str) -> pd.DataFrame:
    """Test NDCG@20 of a method on each dataset at the largest budget, with intervals over users: means over seeds."""
    found = results.read(folder / "by_default.csv").query("split == 'test' and metric == 'ndcg' and method == @method")
    largest = found["budget_s"] == found.groupby("dataset")["budget_s"].transform("max")
    return found[largest].groupby("dataset")[VALUES].mean()


def gains(folder: Path, method: str) -> pd.DataFrame:
    """What a search adds to the NDCG@20 of the search without texts, with intervals over users: means over seeds."""
    found = results.read(folder / "by_default_gains.csv").query("metric == 'ndcg' and method == @method")
    return found.groupby("dataset")[VALUES].mean()


def write(folder: Path, page: Path) -> None:
    """Writes the table, and its numbers in words, between the marks of a page."""
    ease, fitted = accuracy(folder, "ease"), accuracy(folder, "fit")
    texts, shuffled = gains(folder, "fit"), gains(folder, "fit-shuffled-text")
    lines = ["| dataset | EASE | `fit` | texts add | shuffled texts add |", "|---" * 5 + "|"]
    words = []
    for key, name in DATASETS.items():
        cells = [
            _cell(ease.loc[key]),
            _cell(fitted.loc[key]),
            _cell(texts.loc[key], "+"),
            _cell(shuffled.loc[key], "+"),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        base = ease.loc[key, "value"]
        added = [table.loc[key, "value"] / base for table in (texts, shuffled)]
        words.append(  # all relative to EASE
            f"On {name}, plain EASE reaches {base:.4f}, and `fit` is {fitted.loc[key, 'value'] / base - 1:.0%} better. "
            f"Texts alone add {added[0]:.1%} of EASE's accuracy, and shuffled texts {added[1]:.1%}."
        )
    results.put([*lines, "", *words, _about(folder)], "headline", page)


def _about(folder: Path) -> str:
    """Budgets and numbers of seeds, in words."""
    frames = [
        results.read(folder / f"{name}.csv").query("method == 'fit'") for name in ("by_default", "by_default_gains")
    ]
    fitted, compared = (frame[frame["dataset"].isin([*DATASETS])] for frame in frames)
    longest = fitted[fitted["budget_s"] == fitted["budget_s"].max()]
    budgets = [f"{frame['budget_s'].max() / 60:.0f} minutes" for frame in (longest, compared)]
    seeds = min(frame.groupby("dataset")["seed"].nunique().min() for frame in (longest, compared))
    return f"Searches took {budgets[0]}, those that are compared {budgets[1]}; numbers are means over {seeds} seeds."


def _cell(row: Any, sign: str = "") -> str:
    return f"{row['value']:{sign}.4f} [{row['low']:{sign}.4f}, {row['high']:{sign}.4f}]"


def draw(folder: Path, file: Path) -> None:
    """Draws EASE beside ``fit``, and what texts and their controls add."""
    picture = Figure(figsize=(9.0, 3.2), layout="constrained")
    left, right = picture.subplots(1, 2, width_ratios=[1.0, 1.1])
    measured = {"EASE alone": accuracy(folder, "ease"), "fit": accuracy(folder, "fit")}
    _intervals(left, measured, (drawing.COLORS[1], drawing.COLORS[0]))
    left.set(xlabel="test NDCG@20", title="EASE, and what fit finds", xlim=(0, None))
    added = {label: gains(folder, method) for method, label in GAINS.items()}
    _intervals(right, added, (drawing.COLORS[0], drawing.COLORS[3], drawing.COLORS[5]))
    right.axvline(0.0, color="#888888", linewidth=0.8)
    right.set(xlabel="added to the test NDCG@20 of fit without texts", title="What is due to the texts")
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(file, dpi=150)


def _intervals(axis: Any, tables: dict[str, pd.DataFrame], colors: tuple[str, ...]) -> None:
    """One line per dataset, with one point and interval per table."""
    datasets = next(iter(tables.values())).index
    for number, ((label, table), color) in enumerate(zip(tables.items(), colors, strict=True)):
        rows = table.reindex(datasets)
        at = [row + 0.2 * (number - (len(tables) - 1) / 2) for row in range(len(datasets))]
        error = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
        axis.errorbar(rows["value"], at, xerr=error, fmt="o", color=color, label=label, capsize=2, markersize=4)
    axis.set_yticks(range(len(datasets)), [NAMES[name] for name in datasets])
    axis.invert_yaxis()
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="x", alpha=0.3)
    axis.legend(frameon=False, fontsize="small")

"""Draws the method, for docs/concepts/method.md: python scripts/draw_method.py"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from irllrec_pyg.losses import InteractionTextMatching, PairwiseAlignment, TranslationAlignment
from irllrec_pyg.nn import IntentConv, MomentumCopy, PrototypeAttention, TextProjector

FILE = Path(__file__).parents[1] / "docs" / "concepts" / "method.svg"
TEXT, GRAPH, LOSS, TEACHER, PLAIN = "#fde3c8", "#d3e0ee", "#d6ead4", "#e6dcee", "#f2f2f2"
SIZE = (1.9, 0.72)

#: Label, center and color of each box.
BOXES: dict[str, tuple[str, tuple[float, float], str]] = {
    "features": ("text features $x$\nof users and items", (1.0, 4.5), TEXT),
    "projector": (f"{TextProjector.__name__}\n(7)", (3.3, 4.5), TEXT),
    "z": ("text intents $z$", (5.6, 4.5), TEXT),
    "graph": ("interactions", (1.0, 2.3), GRAPH),
    "backbone": ("backbone's\nembeddings $e$ (8)", (1.0, 1.2), GRAPH),
    "prototypes": (f"{PrototypeAttention.__name__}\n(9, 10)", (3.3, 1.75), GRAPH),
    "conv": (f"{IntentConv.__name__}, layers\n1 to $L$ (11, 12)", (3.3, 2.85), GRAPH),
    "r": ("interaction intents $r$,\nmean over layers", (5.6, 2.3), GRAPH),
    "teacher": (f"{MomentumCopy.__name__} (18)\nof both towers", (5.6, 3.4), TEACHER),
    "pairwise": (f"{PairwiseAlignment.__name__}\n(13)", (8.5, 4.5), LOSS),
    "translation": (f"{TranslationAlignment.__name__}\n(14, 15)", (8.5, 2.3), LOSS),
    "matching": (f"{InteractionTextMatching.__name__}\n(17)", (8.5, 3.4), LOSS),
    "total": ("sum of the\nlosses (19)", (11.1, 3.4), LOSS),
    "ranking": ("scores of items,\nBPR and L2", (8.5, 1.2), PLAIN),
}
WIDE = {"pairwise": 2.4, "translation": 2.4, "matching": 2.4, "r": 2.2, "ranking": 2.4}
ARROWS = [
    *[("features", "projector"), ("projector", "z"), ("graph", "backbone"), ("backbone", "prototypes")],
    *[("prototypes", "conv"), ("graph", "conv"), ("conv", "r"), ("prototypes", "r"), ("backbone", "ranking")],
    *[("z", "pairwise"), ("r", "pairwise"), ("z", "translation"), ("r", "translation"), ("z", "matching")],
    *[("r", "matching"), ("pairwise", "total"), ("translation", "total"), ("matching", "total"), ("ranking", "total")],
]
AVERAGES = [("z", "teacher"), ("r", "teacher"), ("teacher", "matching")]  # without a gradient


def box(axis: Any, name: str) -> None:
    """Draws a box."""
    label, (x, y), color = BOXES[name]
    width, height = WIDE.get(name, SIZE[0]), SIZE[1]
    axis.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, "round,pad=0", fc=color))
    axis.text(x, y, label, ha="center", va="center", fontsize=9)


def arrow(axis: Any, start: str, end: str, style: str = "-") -> None:
    """Draws an arrow from the side of a box to the side of another one that is nearest."""
    (x, y), (u, v) = BOXES[start][1], BOXES[end][1]
    if x == u:
        way = 1 if v > y else -1
        ends = (x, y + way * SIZE[1] / 2), (u, v - way * SIZE[1] / 2)
    else:
        ends = (x + WIDE.get(start, SIZE[0]) / 2, y), (u - WIDE.get(end, SIZE[0]) / 2, v)
    axis.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "-|>", "ls": style, "color": "0.35", "shrinkB": 0})


def main() -> None:
    """Writes the picture."""
    picture = Figure(figsize=(10.4, 3.7), layout="constrained")
    axis = picture.subplots()
    for pair in ARROWS:
        arrow(axis, *pair)
    for pair in AVERAGES:
        arrow(axis, *pair, style=":")
    for name in BOXES:
        box(axis, name)
    axis.set(xlim=(-0.1, 12.2), ylim=(0.7, 5.0), aspect="equal")
    axis.axis("off")
    with mpl.rc_context({"svg.hashsalt": "method"}):
        picture.savefig(FILE, metadata={"Date": None})


if __name__ == "__main__":
    main()

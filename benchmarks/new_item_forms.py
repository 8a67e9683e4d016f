"""Ways to score new items by their texts, compared on training and validation interactions only.

python -m benchmarks.new_item_forms --dataset lastfm --root DIR --seeds 0 1

A tenth of the items that have a text is held out with all interactions. EASE is fitted on the rest, and Recall@20 among
the held-out items is measured on their training and validation interactions. No test interaction is read. ``setting``
is the number that the form needs; the page shows the best of them. With scores S of the known items, interactions X,
and texts F of known and f of new items, the forms are

- ``cosine``: of f with the mean of F over the user's history;
- ``ridge on scores``: S F (F'F + setting I)^-1 f, which ``Newcomers`` takes;
- ``ridge on interactions``: the same with X in place of S;
- ``kernel ridge on scores``: S (K + setting I)^-1 k with the kernel exp(2 (f'g - 1));
- ``nearest texts``: S softmax(F f / setting).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from irllrec_pyg.data import INTERACTS, text_mask
from irllrec_pyg.ranking.standardized import standardize
from irllrec_pyg.recommender.newcomers.item_mixing import TextMixing
from irllrec_pyg.recommender.newcomers.text_space import TextSpace

from . import arguments, results
from .held_out import draw, without
from .newcomers import measure, recipes, row, rows_of, with_intents, with_words

KEY = ["dataset", "method", "setting", "metric", "seed"]
RIDGES, TEMPERATURES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0), (0.02, 0.05, 0.1, 0.2)


def forms(score: Tensor, taken: Tensor, known: Tensor, new: Tensor) -> Iterator[tuple[str, float, Tensor]]:
    """Name, setting and predicted scores ``[n, m]`` of every form."""
    yield "cosine", 0.0, F.normalize(taken @ known, dim=1) @ new.t()
    mixing = TextMixing(known)
    for ridge in RIDGES:
        weight = mixing.weights(new, ridge)
        yield "ridge on scores", ridge, score @ weight
        yield "ridge on interactions", ridge, taken @ weight
    item = known.ne(0).any(dim=1).nonzero().squeeze(1)
    score, known = score[:, item], known[item]
    kernel, own = (torch.exp(2.0 * (known @ other.t() - 1.0)).double() for other in (known, new))
    for ridge in RIDGES[:4]:
        weight = torch.linalg.solve(kernel + ridge * torch.eye(item.numel(), dtype=torch.double), own)
        yield "kernel ridge on scores", ridge, score @ weight.float()
    for temperature in TEMPERATURES:
        yield "nearest texts", temperature, score @ torch.softmax(known @ new.t() / temperature, dim=0)


def run(args: argparse.Namespace, seed: int) -> None:
    """All forms for one seed, which draws the items."""
    data = with_intents(arguments.load(args), args)
    has_text = text_mask(data["item"].intent).nonzero().squeeze(1)
    item = has_text[draw(has_text.numel(), 0.1, 100 + seed)]  # other items than those of benchmarks.cold_items
    known, _ = without(data, "item", item)
    pairs = [data[INTERACTS][name].as_subclass(Tensor) for name in ("edge_index", "val_label_index")]
    label = rows_of(torch.cat(pairs, dim=1), item, 1)
    label = label[:, torch.isin(label[0], known[INTERACTS].edge_index[0].unique())]
    user = label[0].unique()
    user = user[draw(user.numel(), min(1.0, args.most / user.numel()), seed)]
    label = rows_of(label, user, 0)
    ranker = recipes(args.dataset)["ease"].fit(known, seed, args.out, progress=False).ranker
    known = with_words(known)
    space = TextSpace(known, args.encoder)
    new = space.encode([data["item"].text[one] for one in item.tolist()], "item")
    score = torch.cat([standardize(ranker.score(part)) for part in user.split(512)])
    history = rows_of(known[INTERACTS].edge_index, user, 0)
    taken = torch.zeros_like(score)
    taken[history[0], history[1]] = 1.0
    rows = []
    for name, setting, predicted in forms(score, taken, space.item, new):
        labels = {"dataset": args.dataset, "method": name, "setting": setting, "metric": "recall", "seed": seed}
        rows.append(row(measure(predicted, label, None, "recall"), **labels))
        print(*labels.values(), round(rows[-1]["value"], 4), flush=True)
    results.replace(rows, args.results, KEY)


def write(folder: Path, page: Path) -> None:
    """Writes the best setting of every form, averaged over the seeds, between the marks of a page."""
    found = results.read(folder / "new_item_forms.csv")
    found = found.groupby(["dataset", "method", "setting"])["value"].mean().groupby(["dataset", "method"]).max()
    table = found.unstack("dataset").sort_values("lastfm", ascending=False)
    lines = [f"| form | {' | '.join(table.columns)} |", "|---" * (1 + table.shape[1]) + "|"]
    lines += [f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |" for name, *values in table.itertuples()]
    results.put(lines, "new_item_forms", page)


def main() -> None:
    """Runs all seeds."""
    args = arguments.parse_training(__doc__, "new_item_forms", seeds=[0], most=2000)
    for seed in args.seeds:
        run(args, seed)


if __name__ == "__main__":
    main()

"""Why a loss term helps or harms: the cosine of its gradient with that of ranking held-out items.

python -m benchmarks.gradients --dataset lastfm --root DIR --method irllrec ranking-matching ranking-matching-shuffled

After some epochs of training, the gradient of every term with respect to the embeddings of the backbone is averaged
over some batches, and compared with the gradient of BPR over the validation split. A small step along a term improves
the ranking of held-out items if the cosine is above zero, and harms it if it is below. The test split is not read.
"""

from itertools import islice
from typing import Any, cast

import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.losses import bpr_loss
from irllrec_pyg.models import Backbone, Enhancer
from irllrec_pyg.recipes import Run
from irllrec_pyg.training import TripletSampler

from . import arguments, drawing, results, runs

EPOCHS, BATCHES = (1, 5, 10, 20, 40), 8
EVERY_STEP = {"enhancers.irllrec.every": 1}


def backbone_of(model: Any) -> Backbone:
    """The backbone inside of all enhancers."""
    while isinstance(model, Enhancer):
        model = model.backbone
    return cast(Backbone, model)


def held_out_gradient(run: Run, embedding: Tensor) -> Tensor:
    """Gradient of BPR over the validation split."""
    pairs, model = run.data[INTERACTS].val_label_index, backbone_of(run.model)
    (batch,) = TripletSampler(pairs, model.num_items, pairs.size(1), run.seed).epoch(0)
    found = model.encode(run.trainer.graph)
    loss = bpr_loss(found.user[batch.user], found.item[batch.positive], found.item[batch.negative])
    return torch.autograd.grad(loss, embedding)[0]


def cosines(run: Run, epoch: int) -> dict[str, float]:
    """Cosine of each term's gradient with that of ranking held-out items."""
    model, embedding, total = run.model.train(), backbone_of(run.model).embedding, {}
    for batch in islice(run.trainer.sampler.epoch(epoch), BATCHES):
        for name, term in model(run.trainer.graph, batch).items():
            gradient = torch.autograd.grad(term, embedding, retain_graph=True, allow_unused=True)[0]
            if gradient is not None and gradient.abs().sum() > 0:
                total[name] = total.get(name, 0) + gradient
    target = held_out_gradient(run, embedding).flatten()
    return {name: float(F.cosine_similarity(gradient.flatten(), target, dim=0)) for name, gradient in total.items()}


def measure(run: Run) -> list[dict[str, Any]]:
    """Trains epoch by epoch, and returns one row per term and chosen epoch."""
    rows = []
    for epoch in range(1, max(EPOCHS) + 1):
        run.trainer.train_epoch(epoch)
        if epoch in EPOCHS:
            rows += [{"term": name, "epoch": epoch, "cosine": value} for name, value in cosines(run, epoch).items()]
    return rows


def draw(frame: pd.DataFrame, file: Any) -> None:
    """One panel per method, one line per term with its standard deviation over the seeds."""
    table = frame.groupby(["method", "term", "epoch"])["cosine"].agg(["mean", "std"])

    def panel(axis, _, method):
        for color, (term, line) in zip(drawing.COLORS, table.loc[method].groupby("term"), strict=False):
            drawing.points(axis, line.index.get_level_values("epoch"), line, color=color, marker="o", label=term)
        axis.axhline(0.0, color="0.6", linewidth=0.8)
        axis.set(title=method, xlabel="epoch", ylabel="cosine with the held-out gradient", xscale="log")
        axis.set_xticks(EPOCHS, labels=map(str, EPOCHS))

    drawing.draw(file, [""], frame["method"].unique(), panel, (3.6, 3.2), "lower center", sharey=True)


def main() -> None:
    """Measures every method with every seed, and draws."""
    args = arguments.parse_training(__doc__, "gradients", method=["irllrec", "ranking-matching"])
    data = arguments.load(args)
    for method in args.method:
        settings = EVERY_STEP if runs.split(method)[0] == "irllrec" else {}
        recipe, name = runs.recipe(runs.Case("lightgcn", method, settings=settings), args)
        for seed in args.seeds:
            run = recipe.build(data, seed, args.out, progress=False)
            key = {"dataset": args.dataset, "method": name, "seed": seed}
            rows = [{**key, **row, **results.about(), "identity": run.identity} for row in measure(run)]
            results.replace(rows, args.results, [*key])
            print(*key.values(), {row["term"]: round(row["cosine"], 3) for row in rows if row["epoch"] == EPOCHS[-1]})
    draw(results.read(args.results), args.plot)


if __name__ == "__main__":
    main()

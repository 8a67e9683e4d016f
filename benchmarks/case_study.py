"""Figure 5 of the paper: the two intents of one user before, in the middle of and after training of the paper's form,
coordinate by coordinate, and how well they match.

python -m benchmarks.case_study --dataset lastfm --root DIR --backbone lightgcn --user 7

Rows of the method ``irllrec (residual)`` are older, see ``benchmarks.ablation``.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import torch

from irllrec_pyg.models import IRLLRec
from irllrec_pyg.models.enhancers.irllrec import IntentEncoding
from irllrec_pyg.recipes import Run

from . import arguments, drawing, results, runs

RESULTS = results.FOLDER / "case_study.csv"
STAGES = ("before", "half-way", "after")


@torch.no_grad()
def intents(run: Run, user: int) -> pd.DataFrame:
    """Interaction and text intent of a user, one row per coordinate."""
    assert run.trainer is not None and isinstance(run.model, IRLLRec)
    encoding = run.model.eval().encode(run.trainer.graph)
    assert isinstance(encoding, IntentEncoding) and encoding.intent is not None
    text = run.model.text_tower(run.model.user_intent[user])
    vectors = {"interaction_intent": encoding.intent[user].cpu().numpy(), "text_intent": text.cpu().numpy()}
    return pd.DataFrame(vectors).rename_axis("coordinate").reset_index()


def measure(run: Run, user: int) -> list[dict[str, Any]]:
    """All stages of a finished training: no epoch, half of its epochs, and all epochs."""
    assert run.result is not None and run.trainer is not None and run.trainer.checkpoint is not None
    half = run.recipe.replace({"trainer.max_epochs": max(1, run.result.epoch // 2), "text": None})
    stages = [run.recipe.replace({"text": None}).build(run.data, run.seed)]  # the data has the features already
    stages += [half.fit(run.data, run.seed, run.trainer.checkpoint.parent), run]
    rows: list[dict[str, Any]] = []
    for stage, vectors in zip(STAGES, (intents(stage, user) for stage in stages), strict=True):
        score = float((vectors["interaction_intent"] * vectors["text_intent"]).sum())
        rows += [{"stage": stage, "score": score, **row} for row in vectors.to_dict("records")]
    return rows


def main() -> None:
    """Trains where that is missing, and draws one row per backbone and one panel per stage."""
    args = arguments.parse_training(__doc__, RESULTS, user=7, seeds=[0])
    cases = [runs.Case(backbone, "irllrec", {"user": args.user}) for backbone in args.backbone]
    found = runs.current(runs.run(cases, args, lambda run: measure(run, args.user)).query("user == @args.user"))
    print(found.drop_duplicates(["backbone", "stage"])[["backbone", "stage", "score"]].to_string(index=False))
    backbones = list(found["backbone"].unique())
    picture, axes = drawing.figure(len(backbones), len(STAGES), height=2.6)
    for (backbone, stage), axis in drawing.panels(axes, backbones, STAGES):
        vectors = found[(found["backbone"] == backbone) & (found["stage"] == stage)]
        for side, color in zip(("interaction", "text"), drawing.COLORS, strict=False):
            values = vectors[f"{side}_intent"]  # drawn at unit length, because the two have different scales
            length = max(float((values**2).sum()) ** 0.5, 1e-12)
            axis.plot(vectors["coordinate"], values / length, color=color, marker=".", label=side)
        axis.set(title=f"{stage}: r · z = {vectors['score'].iloc[0]:.4f}", xlabel="coordinate")
        axis.grid(alpha=0.3)
        axis.sharey(axes[backbones.index(backbone), 0])
        if stage == STAGES[0]:
            axis.set_ylabel(f"user {args.user}, {backbone}\n(unit length)")
    picture.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    drawing.save(picture, args.plot)


if __name__ == "__main__":
    main()

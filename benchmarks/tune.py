"""Hyper-parameters on the validation split: a grid of settings around a preset. The test split is never read.

python -m benchmarks.tune --dataset amazon-movie --root DIR --backbone ease --grid model.l2_weight=50,100,200
python -m benchmarks.tune --dataset amazon-movie --root DIR --backbone strong \\
    --grid model.num_layers=1,2,3 model.objective.temperature=0.08,0.1 trainer.lr=0.002
python -m benchmarks.tune --dataset lastfm --root DIR --backbone lightgcn --method irllrec \\
    --grid enhancers.irllrec.pairwise_weight=0.01,0.1

A run whose identity is in the results is not repeated. Older rows have settings of an older form.
"""

import itertools
import json
from dataclasses import replace
from typing import Any

from irllrec_pyg.recipes import Run

from . import arguments, runs

TABLES = ("model", "enhancers", "blend", "trainer", "start")


def grid(texts: list[str]) -> list[dict[str, Any]]:
    """All combinations of ``table.name=value,value`` texts; values are JSON, or strings where they are not."""
    axes = []
    for text in texts:
        name, _, values = text.partition("=")
        if not values or name.partition(".")[0] not in TABLES:
            raise SystemExit(
                f"--grid {text!r}: write model.NAME=VALUE,VALUE, and likewise enhancers.METHOD.NAME, blend.MODEL.NAME, "
                "trainer.NAME or start.trainer.NAME; start=null trains from random weights"
            )
        axes.append([(name, _value(value)) for value in values.split(",")])
    return [dict(combination) for combination in itertools.product(*axes)]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def measure(run: Run) -> list[dict[str, Any]]:
    """One row with the metrics of the validation split."""
    epoch, found = run.result.best_epoch if run.result is not None else 0, run.evaluate("val")
    return [{**{name: round(found[name], 5) for name in ("recall@20", "ndcg@20")}, "epoch": epoch}]


def main() -> None:
    """Runs what is missing of the grid."""
    defaults = {"dataset": "amazon-movie", "backbone": ["strong"], "seeds": [0], "method": ["base"], "grid": []}
    args, cases = arguments.parse_training(__doc__, "tune", **defaults), []
    for backbone, method, settings in itertools.product(args.backbone, args.method, grid(args.grid)):
        case = runs.Case(backbone, method, settings=settings)
        complete = json.dumps(runs.recipe(case, args)[0].to_dict(), sort_keys=True)
        cases.append(replace(case, labels={"settings": complete}))
    runs.run(cases, args, measure)


if __name__ == "__main__":
    main()

"""Hyper-parameters of methods on the validation split, each method with the same number of trials of Optuna. The test
split is never read.

python -m benchmarks.tune --dataset lastfm --root DIR --method base irllrec text-ranking rlmrec-con --trials 12
python -m benchmarks.tune --dataset lastfm --root DIR --backbone alpharec semantic-only
python -m benchmarks.tune --dataset yelp --root DIR --backbone strong --space trainer.lr=1e-3..1e-2 model.num_layers=1,2

The first trial is the preset, and an interrupted search goes on. The best settings are printed as they stand in a
preset file. Rows with complete recipes are older; they come from grids.
"""

import itertools
import json
from typing import Any

from torch_geometric.data import HeteroData

from irllrec_pyg.recipes import Run
from irllrec_pyg.search import tune

from . import arguments, results, runs

LR = {"trainer.lr": "5e-4..1e-2"}
SPACES = {  # beside the learning rate, by what is added to a backbone, or by the model itself
    "base": {"model.num_layers": "1,2,3", "model.l2_weight": "1e-8..1e-3"},
    **{name: {"model.contrast_weight": "1e-3..1"} for name in ("sgl", "simgcl", "dccf", "bigcf")},
    "alpharec": {"model.temperature": "0.05..0.4", "model.num_layers": "1,2,3", "model.hidden_channels": "64,192"},
    "semantic-only": {"model.center": "true,false"},
    "text-ranking": {"temperature": "0.05..0.4", "score_weight": "0.5..20", "hidden_channels": "64,192"},
    "ranking-matching": {"temperature": "0.05..0.4", "matching_weight": "0.05..5", "hidden_channels": "64,192"},
    "irllrec": {"pairwise_weight": "1e-3..1", "translation_weight": "1e-4..1", "matching_weight": "1e-4..1"},
    "irllrec-published": {"pairwise_weight": "1e-3..1", "translation_weight": "1e-4..1", "matching_weight": "1e-4..1"},
    "kar": {"num_shared": "1,2,4", "num_own": "1,2,4", "hidden_channels": "32,64,192"},
    "rlmrec-con": {"profile_weight": "1e-3..1", "profile_temperature": "0.05..0.5", "hidden_channels": "64,192"},
    "rlmrec-gen": {"mask_ratio": "0.05..0.6", "reconstruction_weight": "1e-3..1", "hidden_channels": "64,192"},
}


def space_of(case: runs.Case) -> dict[str, str]:
    """What is tried for a method; the settings of a wrapped backbone stay as they are."""
    if case.method == "base":
        return SPACES.get(case.backbone, SPACES["base"]) | (LR if case.backbone != "semantic-only" else {})
    own = {name: SPACES.get(name, {}) for name in runs.split(case.method)[0].split("+")}
    return LR | {f"enhancers.{name}.{key}": values for name, space in own.items() for key, values in space.items()}


def values_of(text: str) -> tuple[float, ...] | list[Any]:
    """``LOW..HIGH``, or a choice of JSON values."""
    return tuple(map(float, text.split(".."))) if ".." in text else json.loads(f"[{text}]")


def search(case: runs.Case, seed: int, data: HeteroData, args: Any) -> None:
    """Tunes a method, writes one row per trial, and prints the best."""
    recipe, method = runs.recipe(case, args)
    texts = dict(text.split("=", 1) for text in args.space) or space_of(case)
    space = {name: values_of(text) for name, text in texts.items()}
    found: dict[str, dict[str, Any]] = {}

    def validate(run: Run) -> float:
        values = run.evaluate("val")
        epoch = run.result.best_epoch if run.result is not None else 0
        metrics = {name: round(values[name], 5) for name in ("recall@20", "ndcg@20")}
        found[run.identity] = {**metrics, "epoch": epoch, **runs.about(run, args, method)}
        return values["ndcg@20"]

    tuned = tune(recipe, data, space, args.trials, seed, args.out, validate, progress=True)
    key = {"dataset": args.dataset, "backbone": case.backbone, "method": method}
    settings = {trial.identity: json.dumps(trial.settings, sort_keys=True) for trial in tuned.trials}
    rows = [{**key, "settings": settings[name], "seed": seed, **row} for name, row in found.items()]
    results.replace(rows, args.results, [*key, "settings", "seed"])
    print(*key.values(), f"ndcg@20 {tuned.best.value:.4f} with {settings[tuned.best.identity]}", flush=True)


def main() -> None:
    """Tunes every method over every backbone."""
    args = arguments.parse_training(__doc__, "tune", seeds=[0], method=["base"], trials=12, space=[])
    data = arguments.load(args)
    for backbone, method, seed in itertools.product(args.backbone, args.method, args.seeds):
        search(runs.Case(backbone, method), seed, data, args)


if __name__ == "__main__":
    main()

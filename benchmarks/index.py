"""An index of items beside exact search, and how fast a saved engine is opened.

python -m benchmarks.index --dataset lastfm --root DIR
python -m benchmarks.index --made 1000000

With --root the engine is a blend of EASE and GF-CF, and the index holds a compact student of it. ``recall@20`` is the
share of the blend's best 20 items that are found: by the student alone (``compact``), and by the index with a shortlist
that the blend scores again (``index``). ``compute_seconds`` is what it takes to compute the blend.

With --made the items are made vectors in groups, the engine's scores are their inner products, and users are asked for
one at a time on one thread, by the index and by all inner products in turn: ``query_ms`` is the time of the wall clock,
and ``query_cpu_ms`` that of the processor, which other programs on the machine disturb less.

Times are medians; ``low`` and ``high`` are the 20th and the 80th percentile, or the bootstrap interval over users of a
recall. ``open_seconds`` is the time of ``Engine.from_pretrained`` or ``ItemIndex.load``.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch_geometric.utils import coalesce

from irllrec_pyg import Engine
from irllrec_pyg.data import INTERACTS, make_data
from irllrec_pyg.distillation import compact
from irllrec_pyg.models import EASE, GFCF
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized, bootstrap_interval, top_k
from irllrec_pyg.recommender import IndexRecommender, ItemIndex

from . import arguments, results

KEY = ["dataset", "method", "metric", "seed"]
K = 20
DIM = 128
USERS = 1000  # of the made data


def shares(found: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    """For each user the share of the exact list that was found."""
    return (exact.unsqueeze(2) == found.unsqueeze(1)).any(dim=2).double().mean(dim=1)


def recall(found: torch.Tensor, exact: torch.Tensor) -> dict[str, Any]:
    """Mean share of the exact lists, with its interval over users."""
    values = shares(found, exact)
    low, high = bootstrap_interval(values)
    return {"metric": f"recall@{K}", "value": float(values.mean()), "low": low, "high": high}


def timing(metric: str, values: list[float]) -> dict[str, Any]:
    """Median of some times with percentiles."""
    low, value, high = np.percentile(values, [20, 50, 80])
    return {"metric": metric, "value": value, "low": low, "high": high}


def seconds(action: Callable[[], Any], times: int = 1) -> list[float]:
    """Wall time of an action, several times."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return found


def real(data: Any, seed: int) -> list[dict[str, Any]]:
    """Rows of a blend with an index of its compact student."""
    started = time.perf_counter()
    blend = Blend([Standardized(EASE.from_data(data)), Standardized(GFCF.from_data(data))])
    rows = [{"method": "blend", **timing("compute_seconds", [time.perf_counter() - started])}]
    with tempfile.TemporaryDirectory() as name:
        folder = Engine(blend, data).save_pretrained(name)
        rows.append({"method": "blend", **timing("open_seconds", seconds(lambda: Engine.from_pretrained(folder), 5))})
    pairs = data[INTERACTS].edge_index
    student = compact(blend, DIM, exclude=pairs, seed=seed)
    users = torch.arange(blend.num_users)
    exact = top_k(blend, users, K, pairs)[0]
    index = ItemIndex.from_ranker(student, threads=1)
    rows.append({"method": f"compact-{DIM}", **recall(top_k(student, users, K, pairs)[0], exact)})
    for shortlist in (100, 200, 400):
        found = IndexRecommender(Engine(blend, data), index, shortlist, "history").best_items(users, K)[0]
        rows.append({"method": f"index, shortlist {shortlist}", **recall(found, exact)})
    return rows


def made_engine(num_items: int, seed: int) -> Engine:
    """Users and items in groups, with ten interactions per user."""
    generator = torch.Generator().manual_seed(seed)
    centers = torch.randn(1000, DIM, generator=generator)
    sides = []
    for size in (USERS, num_items):
        group = torch.randint(1000, (size,), generator=generator)
        sides.append(centers[group] + 0.7 * torch.randn(size, DIM, generator=generator))
    length = 1.0 + 0.1 * torch.randn(num_items, 1, generator=generator)
    ranker = EmbeddingRanker(sides[0], length.clamp(0.5, 1.5) * sides[1])
    best = torch.randint(num_items, (USERS * 12,), generator=generator).view(USERS, 12)
    parts = best.sort(dim=1).values.split([10, 1, 1], dim=1)
    user = torch.arange(USERS).unsqueeze(1)
    pairs = [torch.stack([user.expand_as(part).flatten(), part.flatten()]) for part in parts]
    pairs = [coalesce(part) for part in pairs]
    ids = [f"user {number}" for number in range(USERS)], [f"item {number}" for number in range(num_items)]
    data = make_data(*pairs, USERS, num_items, *ids)
    data["item"].title = [f"Title of item {number}" for number in range(num_items)]
    return Engine(ranker, data)


def made(num_items: int, queries: int, seed: int) -> list[dict[str, Any]]:
    """Rows of made vectors: opening, building, and one query at a time."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = made_engine(num_items, seed).save_pretrained(Path(name))
        opening = seconds(lambda: Engine.from_pretrained(folder), 5)
        rows.append({"method": "engine", **timing("open_seconds", opening)})
        engine = Engine.from_pretrained(folder)
        settings = {"dtype": "f16", "connectivity": 32, "expansion_add": 128, "expansion_search": 384, "threads": 1}
        started = time.process_time()
        ItemIndex.from_ranker(engine.ranker, **settings).save(folder)
        rows.append({"method": "index", **timing("build_cpu_seconds", [time.process_time() - started])})
        opening = seconds(lambda: ItemIndex.load(folder, threads=1), 5)
        rows.append({"method": "index", **timing("open_seconds", opening)})
        recommender = IndexRecommender(engine, ItemIndex.load(folder, threads=1), exclude="history")
        pairs = engine.data[INTERACTS].edge_index
        methods: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
            "index": lambda user: recommender.best_items(user, K)[0],
            "all inner products": lambda user: top_k(engine.ranker, user, K, pairs)[0],
        }
        users = torch.randperm(USERS, generator=torch.Generator().manual_seed(seed))[:queries]
        for method in methods.values():  # maps the files
            method(users)
        times: dict[str, list[float]] = {f"{method} {clock}": [] for method in methods for clock in ("wall", "cpu")}
        lists: dict[str, list[torch.Tensor]] = {method: [] for method in methods}
        for user in users.split(1):
            for method, query in methods.items():
                wall, cpu = time.perf_counter(), time.process_time()
                lists[method].append(query(user))
                times[f"{method} wall"].append(1000 * (time.perf_counter() - wall))
                times[f"{method} cpu"].append(1000 * (time.process_time() - cpu))
        for method in methods:
            rows.append({"method": method, **timing("query_ms", times[f"{method} wall"])})
            rows.append({"method": method, **timing("query_cpu_ms", times[f"{method} cpu"])})
        found, exact = (torch.cat(lists[method]) for method in methods)
        rows.append({"method": "index", **recall(found, exact)})
    return rows


def write(rows: list[dict[str, Any]], dataset: str, seed: int, args: argparse.Namespace) -> None:
    """Prints and keeps rows."""
    rows = [{"dataset": dataset, "seed": seed, **row, **results.about()} for row in rows]
    table = results.replace([{**dict.fromkeys(KEY), **row} for row in rows], args.results, KEY)
    print(table[["dataset", "method", "metric", "value", "low", "high"]].to_string(index=False), flush=True)


def main() -> None:
    """Measures what is asked for."""
    own = {"dataset": "lastfm", "root": None, "intents": None, "made": 0, "queries": 200, "seeds": [0]}
    args = arguments.parse(__doc__, "index", **own)
    for seed in args.seeds:
        if args.root:
            write(real(arguments.load(args), seed), args.dataset, seed, args)
        if args.made:
            write(made(args.made, args.queries, seed), f"made-{args.made}", seed, args)


if __name__ == "__main__":
    main()

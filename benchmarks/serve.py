"""Requests per second, latency, memory and dropped requests of the server.

OMP_NUM_THREADS=1 python -m benchmarks.serve --root DIR [--requests 10000] [--rate 200]

A server process on this machine recommends from a saved blend of four parts. Clients keep their connections. Some loads
keep a number of requests under way at all times, and show how many requests per second the server answers at most.
Others send requests at a fixed rate, whether the server keeps up or not; latency counts from the moment at which a
request was due. The last one loads the engine again three times meanwhile. An answer that is not complete counts as an
error. Server and clients share the cores, so that latencies are upper bounds. ``low`` and ``high`` are the ends of the
95 % interval of a percentile, and the slowest and the fastest tenth of a load for ``requests_per_second``.
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2 as httpx
import numpy as np
import psutil
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import create_closed_form
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.recommender import Engine
from irllrec_pyg.serve import serve

from . import arguments, results

PARTS = ("ease", "gf-cf", "rp3-beta")
K = 10


def engine(args: argparse.Namespace) -> Engine:
    """An engine whose ranker blends three closed forms and embeddings, as a search may choose them."""
    data = arguments.load(args)
    pairs = data[INTERACTS].edge_index
    torch.manual_seed(args.seed)
    shape = data["user"].num_nodes, data["item"].num_nodes
    matrix = torch.sparse_coo_tensor(pairs, torch.ones(pairs.size(1)), shape, check_invariants=False)
    left, values, right = torch.svd_lowrank(matrix, q=64)
    parts = [*(create_closed_form(name, data) for name in PARTS), EmbeddingRanker(left * values, right)]
    return Engine(Blend([Standardized(part) for part in parts]), data)


@dataclass
class Load:
    """What the requests of one load took.

    Args:
        latency: Seconds of each request that was answered. (default: none)
        ended: When each of them ended. (default: none)
        errors: How many were not answered. (default: ``0``)
    """

    latency: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    errors: int = 0

    def metrics(self) -> dict[str, tuple[float, ...]]:
        """Value, and the ends of its interval where it has one, by metric."""
        found: dict[str, tuple[float, ...]] = {"errors": (float(self.errors),)}
        if len(self.ended) >= 20:
            ended = np.sort(self.ended)
            tenths = [float((len(part) - 1) / (part[-1] - part[0])) for part in np.array_split(ended, 10)]
            total = float((len(ended) - 1) / (ended[-1] - ended[0]))
            found["requests_per_second"] = (total, min(tenths), max(tenths))
            for share in (0.5, 0.99):
                error = 1.96 * (share * (1 - share) / len(self.latency)) ** 0.5
                ends = np.clip([share, share - error, share + error], 0, 1)
                found[f"p{share * 100:.0f}_ms"] = tuple(
                    1000 * float(value) for value in np.quantile(self.latency, ends)
                )
        return found


async def ask(client: httpx.AsyncClient, user: str, due: float, load: Load) -> None:
    """Sends one request, and records what it took."""
    try:
        answer = await client.get("/recommend", params={"user": user, "k": K})
        found = answer.json()["recommendations"][0]
        if found["user"] != user or len(found["items"]) != K:
            raise ValueError("not complete")
    except (httpx.HTTPError, KeyError, IndexError, ValueError) as error:
        load.errors += 1
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return
    ended = time.perf_counter()
    load.latency.append(ended - due)
    load.ended.append(ended)


async def at_once(client: httpx.AsyncClient, users: Sequence[str], concurrency: int, load: Load) -> None:
    """Keeps some requests under way."""
    remaining = iter(users)

    async def work() -> None:
        for user in remaining:
            await ask(client, user, time.perf_counter(), load)

    await asyncio.gather(*(work() for _ in range(concurrency)))


async def at_rate(client: httpx.AsyncClient, users: Sequence[str], rate: float, load: Load, reloads: int) -> None:
    """Sends requests at a rate, and lets the server load its engine again some times meanwhile."""
    started, tasks = time.perf_counter(), []
    at = {len(users) * (number + 1) // (reloads + 1) for number in range(reloads)}
    for number, user in enumerate(users):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(client, user, due, load)))
        if number in at:
            tasks.append(asyncio.create_task(reload(client, load)))
    await asyncio.gather(*tasks)


async def reload(client: httpx.AsyncClient, load: Load) -> None:
    """Lets the server load its engine again."""
    answer = await client.post("/reload", timeout=300.0)
    load.errors += answer.status_code != 200


@contextmanager
def server(folder: Path, args: argparse.Namespace) -> Iterator[tuple[str, psutil.Process]]:
    """Address and process of a server of a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.serve", "--listen", str(port), "--folder", str(folder)]
    process = subprocess.Popen([*command, "--cores", str(args.cores)])
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"{address}/health").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise SystemExit("the server did not start")
        yield address, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def measure(address: str, process: psutil.Process, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows of all loads, one after another."""
    rng, rows = random.Random(args.seed), []
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    loads: dict[str, dict[str, Any]] = {f"{count} at once": {"concurrency": count} for count in args.concurrency}
    loads |= {f"{args.rate} per second": {"rate": args.rate, "reloads": 0}}
    loads |= {f"{args.rate} per second, {args.reloads} reloads": {"rate": args.rate, "reloads": args.reloads}}
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=30.0) as client:
        known = (await client.get("/health")).json()["num_users"]
        await at_once(client, [str(user) for user in range(min(100, known))], 4, Load())
        for name, settings in loads.items():
            users = [str(rng.randrange(known)) for _ in range(args.requests // len(loads))]
            load, before, used = Load(), process.memory_info().rss, process.cpu_times()
            await (at_once if "concurrency" in settings else at_rate)(client, users, load=load, **settings)
            seconds = sum(process.cpu_times()[:2]) - sum(used[:2])
            memory = {
                "server_cpu_ms_per_request": (1000 * seconds / len(users),),
                "memory_start_mb": (before / 1e6,),
                "memory_end_mb": (process.memory_info().rss / 1e6,),
            }
            for metric, (value, *ends) in {**load.metrics(), **memory}.items():
                low, high = ends or (None, None)
                row = {"dataset": args.dataset, "method": name, "metric": metric, "seed": args.seed, "value": value}
                rows.append({**row, "low": low, "high": high, "requests": len(users), **results.about()})
            print(name, {row["metric"]: round(row["value"], 1) for row in rows if row["method"] == name}, flush=True)
    return rows


def main() -> None:
    """Starts the server, sends the loads, and writes the results."""
    own = {
        "requests": 10_000,
        "concurrency": [1, 8, 32],
        "rate": 200,
        "reloads": 3,
        "cores": 2,
        "listen": 0,
        "folder": None,
    }
    args = arguments.parse(__doc__, "serve", dataset="lastfm", root=None, intents=None, seed=0, **own)
    if args.listen:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.cores])
        serve(args.folder, port=args.listen, log_level="warning")
        return
    with TemporaryDirectory() as name:
        folder = engine(args).save_pretrained(Path(name) / args.dataset)
        with server(folder, args) as (address, process):
            rows = asyncio.run(measure(address, process, args))
    results.replace(rows, args.results, ("dataset", "method", "metric", "seed"))
    if sum(row["value"] for row in rows if row["metric"] == "errors"):
        raise SystemExit("some requests were not answered")


if __name__ == "__main__":
    main()

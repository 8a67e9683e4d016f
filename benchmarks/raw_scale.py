"""Time and memory of a corpus from raw files that are larger than the memory.

OMP_NUM_THREADS=1 python -m benchmarks.raw_scale [--root DIR] [--shards 1 2 4 8 16] [--memory-limit 500MB]
OMP_NUM_THREADS=1 python -m benchmarks.raw_scale [--root DIR] [--shards 1 2] --way "in memory"

Reviews of about 400 characters are written as gzipped JSON lines, 750,000 to a file; each file brings new users and
items. ``large_corpus`` reads some of them, each time in a process of its own; ``in memory`` reads them with a reader
and ``build_corpus``. The steps are ``read`` (the raw files line by line), ``pairs`` (ids, and the latest review of each
pair), ``core``, ``split`` and ``write``; ``cpu_s`` is the time of the processor, which depends less on other load. The
memory is the peak of the resident memory of the whole process, with Python and all libraries. Exponents are slopes of a
line through the logarithms of all sizes.
"""

import argparse
import gzip
import json
import multiprocessing
import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from irllrec_pyg.corpus import build_corpus, large_corpus, read_amazon_2023, split_database
from irllrec_pyg.corpus.review_database import ReviewDatabase

from . import results
from .scale_page import exponents

SHARD, USERS, ITEMS = 750_000, 60_000, 15_000  # reviews in a file, and the users and items that it brings
RESULTS = Path(__file__).parent / "results" / "raw_scale.csv"
STEPS = ("read", "pairs", "core", "split", "write")


def make_shard(folder: Path, number: int) -> None:
    """Writes a file of reviews by new users about all items so far, popular and rare ones."""
    draw = np.random.default_rng(number)
    letters = draw.integers(97, 123, (4000, 8), dtype=np.uint8).tobytes().decode()
    words = [letters[8 * n : 8 * n + length] for n, length in enumerate(draw.integers(2, 9, 4000))]
    texts = [" ".join(words[n] for n in row) for row in draw.integers(0, 4000, (40_000, 50))]
    user = USERS * number + (USERS * draw.random(SHARD) ** 1.5).astype(int)
    item = (ITEMS * (number + 1) * draw.random(SHARD) ** 2).astype(int)
    rating, text, time_ = (draw.integers(low, high, SHARD) for low, high in ((1, 6), (0, 40_000), (10**9, 2 * 10**9)))
    ids = '{{"user_id": "U{}", "parent_asin": "B{}", "rating": {}, "title": "A title", '
    line, columns = ids + '"text": "{}", "timestamp": {}000}}\n', (user, item, rating, text, time_)
    with gzip.open(folder / f"reviews-{number}.jsonl.gz", "wt", compresslevel=1) as out:
        rows = zip(*map(np.ndarray.tolist, columns), strict=True)
        out.writelines(line.format(u, i, r, texts[t], s) for u, i, r, t, s in rows)


def files(folder: Path, shards: int) -> tuple[list[Path], Path]:
    """Files of reviews and of items; those that are missing are made."""
    folder.mkdir(parents=True, exist_ok=True)
    items = folder / f"items-{shards}.jsonl"
    items.write_text(
        "".join(json.dumps({"parent_asin": f"B{n}", "title": f"T{n}"}) + "\n" for n in range(ITEMS * shards))
    )
    reviews = [folder / f"reviews-{number}.jsonl.gz" for number in range(shards)]
    for number, file in enumerate(reviews):
        if not file.is_file():
            make_shard(folder, number)
    return reviews, items


def marks(owner: Any, name: str, into: list[float]) -> None:
    """Notes the time of each call of a function."""
    function: Callable[..., Any] = getattr(owner, name)

    def noting(*args: Any, **kwargs: Any) -> Any:
        into.append(time.perf_counter())
        return function(*args, **kwargs)

    setattr(owner, name, noting)


def on_disk(reviews: list[Path], items: Path, folder: Path, memory_limit: str) -> dict[str, float]:
    """Seconds of each step of ``large_corpus``."""
    times = [time.perf_counter()]
    for owner, name in (
        *((ReviewDatabase, name) for name in ("__init__", "keep_core", "core")),
        (split_database, "write_folder"),
    ):
        marks(owner, name, times)
    large_corpus("amazon-2023", reviews, items, folder, memory_limit=memory_limit)
    times.append(time.perf_counter())
    return {name: end - start for name, (start, end) in zip(STEPS, pairwise(times), strict=True)}


def in_memory(reviews: list[Path], items: Path, folder: Path, memory_limit: str) -> dict[str, float]:
    """Seconds of a reader and of ``build_corpus``. Files are joined before."""
    joined = folder.with_suffix(".jsonl.gz")
    with joined.open("wb") as out:  # gzip files one after the other are one
        for file in reviews:
            out.write(file.read_bytes())
    start = time.perf_counter()
    raw = read_amazon_2023(joined, items)
    read = time.perf_counter()
    build_corpus(raw, folder)
    return {"read": read - start, "write": time.perf_counter() - read}


WAYS = {"large_corpus": on_disk, "in memory": in_memory}


def measure(way: str, folder: Path, shards: int, memory_limit: str, send: Any) -> None:
    """Sends the row of one case."""
    reviews, items = files(folder, shards)
    with TemporaryDirectory(dir=folder) as place:
        start, corpus = time.process_time(), Path(place) / "corpus"
        seconds = WAYS[way](reviews, items, corpus, memory_limit)
        cpu = time.process_time() - start
        counts = json.loads((corpus / "manifest.json").read_text())["counts"]
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    row = {"way": way, "reviews": shards * SHARD, "kept": sum(counts[name] for name in ("train", "val", "test"))}
    row |= {"raw_mb": round(sum(file.stat().st_size for file in reviews) / 1e6), "memory_limit": memory_limit}
    row |= {f"{name}_s": round(seconds[name], 1) if name in seconds else "" for name in STEPS}
    send.send(row | {"total_s": round(sum(seconds.values()), 1), "cpu_s": round(cpu, 1), "peak_mb": round(peak)})


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="folder of the raw files (default: one that is removed)")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4, 8, 16], help="files of each case")
    parser.add_argument("--way", choices=WAYS, default="large_corpus", help="how they are read")
    parser.add_argument("--memory-limit", default="500MB", help="memory of the database")
    args = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    with nullcontext(args.root) if args.root else TemporaryDirectory() as root:
        files(Path(root), max(args.shards))
        for shards in args.shards:
            receive, send = spawn.Pipe(duplex=False)
            process = spawn.Process(target=measure, args=(args.way, Path(root), shards, args.memory_limit, send))
            process.start()
            send.close()
            row = {**receive.recv(), **results.about()}
            print(results.replace([row], RESULTS, ("way", "reviews")).to_string(), flush=True)
            process.join()
    print("\n".join(exponents(results.read(RESULTS))))


if __name__ == "__main__":
    main()

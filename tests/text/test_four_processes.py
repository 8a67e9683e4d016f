"""Four processes with a local model each fill one store."""

import multiprocessing
import sys
from types import SimpleNamespace

import pytest
import torch

from irllrec_pyg.text import IntentGenerator, IntentStore, Prompt, answer_prompts, summary

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork")
NUM = 4


def fill(number, barrier, prompts, generator, folder):
    """One of the processes, which is told its number as by ``accelerate launch``."""
    torch.set_num_threads(1)
    generator.state = SimpleNamespace(
        process_index=number,
        num_processes=NUM,
        is_main_process=number == 0,
        device=torch.device("cpu"),
        wait_for_everyone=lambda: barrier.wait(timeout=60),
    )
    answer_prompts(prompts, generator, IntentStore(folder, number), progress=False)


def run(prompts, generator, folder):
    """Exit codes of four processes."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(NUM)
    given = [(number, barrier, prompts, generator, folder) for number in range(NUM)]
    processes = [context.Process(target=fill, args=arguments) for arguments in given]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def test_four_processes_write_what_one_writes(tiny_llama, tmp_path):
    generator = IntentGenerator(tiny_llama, max_new_tokens=2, enforce_json=False, batch_size=3)
    prompts = {
        f"item/{number}": Prompt("Describe.", ("a", "b"), f"<data>\nFilm {number}", "1") for number in range(8 * NUM)
    }
    half = dict([*prompts.items()][: len(prompts) // 2])
    answer_prompts(prompts, generator, IntentStore(tmp_path / "one"), progress=False)
    expected = IntentStore(tmp_path / "one").answers()
    assert len(expected) == len(prompts)

    assert run(half, generator, tmp_path / "four") == [0] * NUM
    before = {file.name: file.read_bytes() for file in (tmp_path / "four").glob("answers-*.jsonl")}
    assert run(prompts, generator, tmp_path / "four") == [0] * NUM  # goes on, and asks nothing twice
    store = IntentStore(tmp_path / "four")
    assert store.answers().keys() == expected.keys() and None not in store.answers().values()
    assert summary(store) == summary(IntentStore(tmp_path / "one"))
    files = sorted((tmp_path / "four").glob("answers-*.jsonl"))
    counts = [sum(map(bool, file.read_text().split("\n"))) for file in files]
    assert len(counts) == NUM and min(counts) > 0 and sum(counts) == len(expected)
    assert all((tmp_path / "four" / name).read_bytes().startswith(content) for name, content in before.items())

"""Concurrent requests are answered together, and none suffers from another."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from irllrec_pyg.serve import Batcher


class Work:
    """Squares numbers, and refuses negative ones. Every call waits until the test opens the gate."""

    def __init__(self, gate_is_open=True):
        self.calls, self.started, self.gate = [], threading.Event(), threading.Event()
        if gate_is_open:
            self.gate.set()

    def __call__(self, numbers):
        self.calls.append(list(numbers))
        self.started.set()
        assert self.gate.wait(60)
        if min(numbers) < 0:
            raise ValueError(f"negative number {min(numbers)}")
        return [number**2 for number in numbers]


def run(example, work, size=64, **options):
    """Runs a coroutine with a batcher."""

    async def main():
        with ThreadPoolExecutor(1) as executor:
            return await example(Batcher(work, executor, size, **options))

    return asyncio.run(main())


async def begin(batcher, work, number):
    """A request whose call has begun, and waits at the gate."""
    task = asyncio.create_task(batcher(number))
    await asyncio.to_thread(work.started.wait, 60)
    return task


def run_while_busy(work, **options):
    """Answers to a request whose call waits at the gate, and to three that come meanwhile."""

    async def example(batcher):
        first = await begin(batcher, work, 1)
        rest = [asyncio.create_task(batcher(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)  # lets them join
        work.gate.set()
        return await asyncio.gather(first, *rest, return_exceptions=True)

    return run(example, work, **options)


def test_each_request_gets_its_own_answer():
    work = Work()
    answers = run(lambda batcher: asyncio.gather(*map(batcher, range(100))), work)
    assert answers == [number**2 for number in range(100)]
    assert [number for call in work.calls for number in call] == list(range(100)) and len(work.calls) == 2  # 64 and 36


def test_requests_that_come_while_a_call_runs_are_answered_by_the_next_one():
    work = Work(gate_is_open=False)
    assert run_while_busy(work) == [1, 4, 9, 16]
    assert work.calls == [[1], [2, 3, 4]]


def test_a_call_takes_no_more_than_its_size():
    work = Work()
    run(lambda batcher: asyncio.gather(*map(batcher, range(7))), work, size=3)
    assert work.calls == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_request_alone_is_answered_without_another():
    work = Work()
    assert run(lambda batcher: batcher(5), work) == 25 and work.calls == [[5]]


def test_an_error_reaches_only_its_own_request():
    work = Work()
    answers = run(lambda batcher: asyncio.gather(*map(batcher, (1, -2, 3)), return_exceptions=True), work)
    assert answers[::2] == [1, 9]
    assert isinstance(answers[1], ValueError) and str(answers[1]) == "negative number -2"


def test_a_batcher_works_on_after_an_error():
    async def example(batcher):
        with pytest.raises(ValueError, match="negative"):
            await batcher(-1)
        return await batcher(2)

    assert run(example, Work()) == 4


def test_a_request_that_is_cancelled_while_it_waits_is_left_out():
    work = Work(gate_is_open=False)

    async def example(batcher):
        first = await begin(batcher, work, 1)
        second, third = (asyncio.create_task(batcher(number)) for number in (2, 3))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        work.gate.set()
        return await asyncio.gather(first, second, third, return_exceptions=True)

    first, second, third = run(example, work)
    assert (first, third) == (1, 9) and isinstance(second, asyncio.CancelledError)
    assert work.calls == [[1], [3]]


def test_a_request_that_is_cancelled_while_it_is_answered_harms_no_other():
    work = Work(gate_is_open=False)

    async def example(batcher):
        first = await begin(batcher, work, 1)
        first.cancel()
        second = asyncio.create_task(batcher(2))
        await asyncio.sleep(0)
        work.gate.set()
        return await asyncio.wait_for(second, 60)

    assert run(example, work) == 4


def test_wrong_number_of_answers_is_an_error():
    answers = run(lambda batcher: asyncio.gather(batcher(1), return_exceptions=True), lambda numbers: [])
    assert "one answer per request" in str(answers[0])


def test_requests_do_not_hang_where_the_executor_has_ended():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(Batcher(list, executor)(1))


def test_too_many_waiting_requests_are_refused_and_the_others_answered():
    *answers, refused = run_while_busy(Work(gate_is_open=False), max_waiting=2)
    assert answers == [1, 4, 9] and isinstance(refused, asyncio.QueueFull)

"""Concurrent requests that are answered together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class Batcher(Generic[Request, Answer]):
    """Answers concurrent requests by few calls of a function that takes many requests at once.

    While a call runs in the executor, requests wait; when it ends, all that wait are answered by the next call. A
    request that comes alone is answered at once. Where a call fails, its requests are answered one at a time, so that
    only the faulty ones get an error. A request that is cancelled while it waits is left out.

    Args:
        answer: Takes some requests, and returns one answer for each.
        executor: Runs the function. One thread is enough.
        size: Largest number of requests per call. (default: ``64``)
        max_waiting: Largest number of requests that wait. (default: ``1000``)

    Examples:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> async def example():
        ...     with ThreadPoolExecutor(1) as executor:
        ...         batcher = Batcher(lambda numbers: [number + 1 for number in numbers], executor)
        ...         return await asyncio.gather(batcher(1), batcher(2))
        >>> asyncio.run(example())
        [2, 3]
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Request]], Sequence[Answer]],
        executor: Executor,
        size: int = 64,
        max_waiting: int = 1000,
    ) -> None:
        self._answer, self._executor, self._size, self._max_waiting = answer, executor, size, max_waiting
        self._waiting: deque[tuple[Request, asyncio.Future[Answer]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Answer:
        """Answers a request.

        Args:
            request: The request.

        Raises:
            QueueFull: Too many requests wait.
        """
        if len(self._waiting) >= self._max_waiting:
            raise asyncio.QueueFull
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while batch := self._next():
                requests = [request for request, _ in batch]
                answers: Sequence[Answer | Exception]
                try:
                    loop = asyncio.get_running_loop()
                    answers = await loop.run_in_executor(self._executor, self._try_all, requests)
                except Exception as error:  # such as an executor that was shut down
                    answers = [error] * len(batch)
                for (_, future), answer in zip(batch, answers, strict=True):
                    if future.done():  # cancelled meanwhile
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            self._running = None

    def _next(self) -> list[tuple[Request, asyncio.Future[Answer]]]:
        batch: list[tuple[Request, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._size:
            request, future = self._waiting.popleft()
            if not future.done():
                batch.append((request, future))
        return batch

    def _try_all(self, requests: list[Request]) -> Sequence[Answer | Exception]:
        try:
            answers = self._answer(requests)
            if len(answers) != len(requests):
                raise ValueError(f"need one answer per request (got {len(answers)} for {len(requests)} requests)")
        except Exception as error:
            if len(requests) == 1:
                return [error]
            return [self._try_all([request])[0] for request in requests]
        return answers

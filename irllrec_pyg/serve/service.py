"""The engine that a server uses, and its replacement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, TypeVar

from ..data import INTERACTS, fingerprint, versions
from ..recommender import Engine
from .batcher import Batcher
from .limits import Limits
from .names import Names
from .scorer import Query, Ranking, Scorer

logger = logging.getLogger("irllrec_pyg.serve")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Loaded:
    """An engine with all that is computed from it once.

    Args:
        engine: The engine.
        users: Names of its users.
        items: Names of its items.
        scorer: Ranks for known users.
        recommend: The scorer, which answers concurrent requests together.
        about: Name, identity, versions and sizes, as plain data.
    """

    engine: Engine
    users: Names
    items: Names
    scorer: Scorer
    recommend: Batcher[Query, list[Ranking]]
    about: dict[str, Any]


class Service:
    """Holds the engine in use. A new one is loaded beside it, and then takes its place at once: requests that have
    begun end on the engine that they began with.

    Args:
        load: Loads the engine.
        name: Name of the engine.
        token: Clients must send it. (default: none; only clients on this machine are answered)
        limits: How large a request may be. (default: see :class:`Limits`)
        restart: Replaces the process by one that loads the engine again, where there are several processes.
            (default: none)

    Attributes:
        current: The engine in use.
    """

    def __init__(
        self,
        load: Callable[[], Engine],
        name: str,
        token: str | None = None,
        limits: Limits | None = None,
        restart: Callable[[], None] | None = None,
    ) -> None:
        self.name, self.token, self.limits, self.restart = name, token, limits or Limits(), restart
        self._load_engine = load
        # Scoring has a thread of its own, so that slow calls such as explaining do not delay it.
        self._scoring = ThreadPoolExecutor(1, "scoring")
        self._calls = ThreadPoolExecutor(1, "calls")
        # So has loading: what one thread frees, it uses again, while memory grows with the number of threads.
        self._loading = ThreadPoolExecutor(1, "loading")
        self._waiting = 0
        self.current = self._loading.submit(self._load).result()

    async def call(self, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Calls a function that takes a while in a thread, one call at a time.

        Args:
            function: The function.
            *args: Its arguments.
            **kwargs: Its named arguments.

        Raises:
            QueueFull: Too many calls wait.
        """
        if self._waiting >= self.limits.max_waiting:
            raise asyncio.QueueFull
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._calls, partial(function, *args, **kwargs))
        finally:
            self._waiting -= 1

    def reload(self) -> Loaded:
        """Loads the engine again, and puts it in the place of the one in use. If that fails, the old one stays."""
        return self._loading.submit(self._replace).result()

    def _replace(self) -> Loaded:
        self.current = self._load()
        logger.info("loaded '%s' again", self.name)
        return self.current

    def try_reload(self) -> None:
        """Reloads, and logs an error where that fails."""
        try:
            self.reload()
        except Exception:
            logger.exception("'%s' could not be loaded; the engine of before stays in use", self.name)

    def _load(self) -> Loaded:
        engine = self._load_engine()
        scorer = Scorer(engine)
        scorer([Query([0], k=1)])  # the first call of a ranker is slower
        recommend = Batcher(scorer, self._scoring, max_waiting=self.limits.max_waiting)
        users, items = Names(engine.data, "user"), Names(engine.data, "item")
        return Loaded(engine, users, items, scorer, recommend, self._describe(engine))

    def _describe(self, engine: Engine) -> dict[str, Any]:
        settings = engine.info.get("settings")
        identity = engine.info.get("identity", settings.get("identity") if isinstance(settings, dict) else None)
        return {
            "name": self.name,
            "ranker": type(engine.ranker).__name__,
            "identity": None if identity is None else str(identity),
            "data": fingerprint(engine.data),
            "versions": versions(),
            "num_users": engine.data["user"].num_nodes,
            "num_items": engine.data["item"].num_nodes,
            "num_interactions": engine.data[INTERACTS].edge_index.size(1),
            "loaded_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }

"""Running the server."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import LOG_LEVELS, LOGGING_CONFIG

from .._checks import check_at_least, check_choice
from .access import check_address
from .app import create_app
from .limits import Limits
from .service import Service

_SETTINGS = "IRLLREC_PYG_SERVE"  # environment variable by which worker processes get their settings
_GRACE = 30  # seconds that requests have to end when the server stops


def serve(
    folder: str | Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str | None = None,
    workers: int = 1,
    limits: Limits | None = None,
    log_level: str = "info",
) -> None:
    """Serves an engine until SIGTERM or Ctrl-C. Requests that have begun are answered before it ends. On SIGHUP the
    folder is loaded again, and no request is dropped.

    Args:
        folder: Folder of the engine.
        host: Address to listen on; any but that of this machine needs a ``token``. (default: ``"127.0.0.1"``)
        port: Port to listen on. (default: ``8000``)
        token: Text that clients must send as ``Authorization: Bearer TOKEN``. (default: none)
        workers: Number of processes, each with an engine of its own. One is enough for some hundred requests per
            second. (default: ``1``)
        limits: How large a request may be. (default: see :class:`Limits`)
        log_level: Level of uvicorn's log. (default: ``"info"``)

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: ``host`` is not this machine and there is no token, ``workers`` is below one, or ``log_level`` is
            unknown.

    Examples:
        >>> serve("engine", host="0.0.0.0")
        Traceback (most recent call last):
        ValueError: 'host' is '0.0.0.0', which other machines can reach; give a 'token' that clients must send, or use \
'127.0.0.1'
    """
    check_address(host, token)
    check_at_least("workers", workers, 1)
    check_choice("log_level", log_level, [*LOG_LEVELS])
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"there is no folder '{folder}'; save an engine there first")
    options: dict[str, Any] = {"host": host, "port": port, "log_level": log_level, "log_config": _log_config(log_level)}
    options |= {"access_log": False, "timeout_graceful_shutdown": _GRACE}
    if workers == 1:
        app = create_app(folder, token, limits)
        with reloading_on_hup(app.state.service):
            uvicorn.run(app, **options)
        return
    settings = {"folder": str(folder), "token": token, "limits": asdict(limits or Limits())}
    os.environ[_SETTINGS] = json.dumps(settings)
    try:
        uvicorn.run(
            f"{__name__}:worker_app",
            factory=True,
            workers=workers,
            **options,
            timeout_worker_healthcheck=600,  # an engine may take minutes to load
        )
    finally:
        del os.environ[_SETTINGS]


def worker_app() -> FastAPI:
    """The app of one of several processes. A reload makes uvicorn replace all of them, one after another."""
    settings = json.loads(os.environ[_SETTINGS])
    parent = os.getppid()
    return create_app(
        settings["folder"],
        settings["token"],
        Limits(**settings["limits"]),
        restart=lambda: os.kill(parent, signal.SIGHUP),
    )


@contextmanager
def reloading_on_hup(service: Service) -> Iterator[None]:
    """Loads the engine again in a thread when the process gets SIGHUP.

    Args:
        service: The service.
    """
    if not hasattr(signal, "SIGHUP") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def reload(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=service.try_reload, name="reload", daemon=True).start()

    before = signal.signal(signal.SIGHUP, reload)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _log_config(level: str) -> dict[str, Any]:
    """The log of uvicorn, which goes to standard error, with that of the package."""
    own = {"irllrec_pyg": {"handlers": ["default"], "level": LOG_LEVELS[level], "propagate": False}}
    return {**LOGGING_CONFIG, "loggers": {**LOGGING_CONFIG["loggers"], **own}}

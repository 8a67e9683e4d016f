"""The server as an app of FastAPI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from ..recommender import Engine
from .access import check_access, check_address
from .body_limit import BodyLimit
from .errors import add_error_handlers
from .limits import Limits
from .routes import ROUTERS
from .schema import Problem
from .service import Service

_DESCRIPTION = """Recommendations of one engine. Ids are texts. Every error is `{"detail": "one sentence"}`."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body is not valid JSON."},
    401: {"model": Problem, "description": "The token is missing or wrong."},
    403: {"model": Problem, "description": "The client is on another machine, and the server has no token."},
    404: {"model": Problem, "description": "An id is unknown; the sentence names similar ones."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "A field is missing, too large, or not valid."},
    500: {"model": Problem, "description": "The server failed; its log has the reason."},
    501: {"model": Problem, "description": "The engine cannot do that."},
    503: {"model": Problem, "description": "Too many requests wait; try again later."},
}


def create_app(
    load: str | Path | Callable[[], Engine],
    token: str | None = None,
    limits: Limits | None = None,
    name: str | None = None,
    restart: Callable[[], None] | None = None,
) -> FastAPI:
    """Makes an app that answers from an engine. Choose it to add the routes to an app of your own, or to run them with
    another server; :func:`serve` runs it with uvicorn. The engine is in ``app.state.service.current.engine``.

    Args:
        load: Folder of an engine, or a function that returns one. It is called once, and again for every reload.
        token: Text that clients must send as ``Authorization: Bearer TOKEN``. (default: none; only clients on this
            machine are answered)
        limits: How large a request may be. (default: see :class:`Limits`)
        name: Name of the engine. (default: the name of the folder, or ``"engine"``)
        restart: Replaces the process by one that loads the engine again, where there are several processes.
            (default: none; the engine is replaced in this process)

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: ``token`` is empty, the folder cannot be read, or two ids are the same as text.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> app = create_app(lambda: Engine(EASE.from_data(data), data), name="films")
        >>> app.title
        'films'
        >>> app.state.service.current.about["num_items"]
        20
    """
    check_address("localhost", token)
    called = name or ("engine" if callable(load) else Path(load).resolve().name)
    service = Service(_loader(load), called, token, limits, restart)
    app = FastAPIOffline(
        title=called,
        description=_DESCRIPTION,
        version=service.current.about["versions"]["irllrec-pyg"],
        responses=_ERRORS,
    )
    app.state.service = service
    app.add_middleware(BodyLimit, largest=service.limits.max_body)
    add_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(check_access)])
    return app


def _loader(load: str | Path | Callable[[], Engine]) -> Callable[[], Engine]:
    if callable(load):
        return load
    folder = Path(load)
    if not folder.is_dir():  # or else it would be looked for on the Hugging Face Hub
        raise FileNotFoundError(f"there is no folder '{folder}'; save an engine there first")

    def from_folder() -> Engine:
        return Engine.from_pretrained(folder)

    return from_folder

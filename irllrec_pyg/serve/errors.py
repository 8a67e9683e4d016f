"""Errors as one sentence."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .service import logger


def add_error_handlers(app: FastAPI) -> None:
    """Lets an app answer every error by ``{"detail": "one sentence"}``.

    Args:
        app: The app.
    """

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JSONResponse({"detail": "the body is not valid JSON"}, 400)
        return JSONResponse({"detail": _sentence(first)}, 422)

    async def not_found(request: Request, error: Exception) -> JSONResponse:
        detail = error.detail if isinstance(error, HTTPException) else f"there is no page '{request.url.path[:200]}'"
        return JSONResponse({"detail": f"{detail}"}, 404)

    app.add_exception_handler(RequestValidationError, invalid)

    async def overloaded(_: Request, error: Exception) -> JSONResponse:
        detail = "too many requests wait; try again in a second"
        return JSONResponse({"detail": detail}, 503, headers={"Retry-After": "1"})

    app.add_exception_handler(404, not_found)
    app.add_exception_handler(asyncio.QueueFull, overloaded)
    app.add_middleware(UnexpectedErrors)


class UnexpectedErrors:
    """Middleware that logs an unexpected error under a short id, and answers with that id.

    Args:
        app: The app that it surrounds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the app.

        Args:
            scope: See ASGI.
            receive: See ASGI.
            send: See ASGI.
        """
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            number = uuid.uuid4().hex[:8]
            logger.exception("unexpected error %s in %s", number, scope["path"])
            detail = f"the server failed on this request; its log has the reason under {number}"
            await JSONResponse({"detail": detail}, 500)(scope, receive, send)


def _sentence(error: Any) -> str:
    """A validation error of pydantic as one sentence."""
    field = ".".join(str(part) for part in error["loc"][1:]) or error["loc"][0]
    if error["type"] == "missing":
        return f"'{field}' is missing; see /docs for what the request takes"
    if error["type"] == "extra_forbidden":
        return f"there is no field '{field[:200]}'; see /docs for what the request takes"
    shown = repr(error.get("input"))
    message = error["msg"][:1].lower() + error["msg"][1:]
    return f"'{field}' is not valid: {message} (got {shown if len(shown) <= 100 else shown[:97] + '...'})"

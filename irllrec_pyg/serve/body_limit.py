"""The largest body of a request."""

from __future__ import annotations

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Middleware that refuses bodies which are too large, before they are read whole.

    Args:
        app: The app that it surrounds.
        largest: Largest number of bytes.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app, self.largest = app, largest
        self.message = f"the body is larger than {largest} bytes; send less at once"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the app.

        Args:
            scope: See ASGI.
            receive: See ASGI.
            send: See ASGI.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self.largest:
            await JSONResponse({"detail": self.message}, 413)(scope, receive, send)
            return
        read = 0

        async def count() -> Message:  # a body in chunks declares no length
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.largest:
                raise HTTPException(413, self.message)
            return message

        await self.app(scope, count, send)

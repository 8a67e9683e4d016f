"""Who is answered."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

_BEARER = HTTPBearer(auto_error=False, description="The token that the server was started with.")


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine.

    Args:
        host: A name or an address.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_address(host: str, token: str | None) -> None:
    """Checks that a server which others can reach has a token.

    Args:
        host: The address that the server listens on.
        token: The token.

    Raises:
        ValueError: It has none.
    """
    if token is not None and not token.strip():
        raise ValueError("'token' is empty; give a long random text, such as that of secrets.token_urlsafe()")
    if token is None and not is_loopback(host):
        raise ValueError(
            f"'host' is {host!r}, which other machines can reach; give a 'token' that clients must send, or use "
            "'127.0.0.1'"
        )


async def check_access(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> None:
    """Answers clients that send the token; where there is none, clients on this machine.

    Args:
        request: The request.
        credentials: What the client sent.

    Raises:
        HTTPException: The client is not to be answered.
    """
    token = request.app.state.service.token
    if token is None:
        # The name of the host is checked too: a page in a browser may give its own name to this machine's address.
        if not (is_loopback(request.client.host if request.client else None) and is_loopback(_named_host(request))):
            raise HTTPException(
                403, "this server answers only clients on its own machine; start it with a token to let others in"
            )
    elif credentials is None or not hmac.compare_digest(credentials.credentials.encode(), token.encode()):
        message = "the token is missing or wrong; send the header 'Authorization: Bearer TOKEN'"
        raise HTTPException(401, message, headers={"WWW-Authenticate": "Bearer"})


def _named_host(request: Request) -> str | None:
    try:  # not request.url, which ignores names that are not valid
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None

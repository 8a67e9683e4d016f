"""Users and items that are found by their ids and titles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from ..limits import check_length, check_range
from ..names import Names
from ..schema import ItemPage, UserPage
from ..service import Service
from .common import Serving

router = APIRouter(tags=["search"])
Offset = Annotated[int, Query(description="How many to skip.")]
Size = Annotated[int, Query(description="How many to return.")]


@router.get("/users", response_model=UserPage, summary="Users by the start of their id")
async def users(
    service: Serving,
    prefix: Annotated[str, Query(description="Start of an id, in any case of letters.", examples=["1"])] = "",
    offset: Offset = 0,
    limit: Size = 20,
) -> JSONResponse:
    """Finds users whose id starts with a text."""
    loaded = service.current
    total, nodes = await _page(service, loaded.users, prefix, offset, limit, True)
    sizes = loaded.scorer.taken.ptr.diff()[nodes].tolist()
    found = [{**loaded.users.describe(node), "history": size} for node, size in zip(nodes, sizes, strict=True)]
    return JSONResponse({"total": total, "offset": offset, "users": found})


@router.get("/items", response_model=ItemPage, summary="Items by a part of their title or id")
async def items(
    service: Serving,
    q: Annotated[str, Query(description="Part of a title or an id, in any case of letters.", examples=["cold"])] = "",
    offset: Offset = 0,
    limit: Size = 20,
) -> JSONResponse:
    """Finds items whose title or id contains a text."""
    loaded = service.current
    total, nodes = await _page(service, loaded.items, q, offset, limit, False)
    return JSONResponse({"total": total, "offset": offset, "items": [loaded.items.describe(node) for node in nodes]})


async def _page(
    service: Service, names: Names, text: str, offset: int, limit: int, prefix: bool
) -> tuple[int, list[int]]:
    check_length("prefix" if prefix else "q", len(text), service.limits.max_text, "characters")
    check_range("limit", limit, 1, service.limits.max_page)
    check_range("offset", offset, 0, len(names))
    found = await service.call(names.search, text, prefix)
    return len(found), found[offset : offset + limit]

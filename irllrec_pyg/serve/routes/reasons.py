"""Items and users that are alike, and why items are recommended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse

from ..schema import Reason, Similar
from .common import Serving, ask, find, to_plain, to_records

router = APIRouter(tags=["understand"])


@router.get("/similar", response_model=Similar, summary="Items or users that are alike")
async def similar(
    service: Serving,
    item: Annotated[str | None, Query(description="Id of an item.", examples=["Coldplay"])] = None,
    user: Annotated[str | None, Query(description="Id of a user, in place of an item.")] = None,
    k: Annotated[int, Query(description="Number of results.")] = 10,
) -> JSONResponse:
    """Finds items like an item, or users like a user."""
    loaded = service.current
    wanted = item if user is None else user
    if wanted is None or (item is not None and user is not None):
        raise HTTPException(422, "give either 'item' or 'user'")
    names = loaded.items if user is None else loaded.users
    service.limits.check_k(k, len(names) - 1)
    (node,) = await find(service, names, [wanted], names.side)
    method: Any = loaded.engine.similar_items if user is None else loaded.engine.similar_users
    return JSONResponse({"similar": to_records(await ask(service, method, [names.original[node]], k))})


@router.get("/explain", response_model=Reason, summary="Why an item is recommended to a user")
async def explain(
    service: Serving,
    user: Annotated[str, Query(description="Id of a user.", examples=["3"])],
    item: Annotated[str, Query(description="Id of an item.", examples=["Muse"])],
) -> JSONResponse:
    """Explains the score of an item for a user."""
    loaded = service.current
    (user_node,) = await find(service, loaded.users, [user], "user")
    (item_node,) = await find(service, loaded.items, [item], "item")
    ids = loaded.users.original[user_node], loaded.items.original[item_node]
    found: Any = await ask(service, loaded.engine.explain, *ids)
    return JSONResponse(to_plain(found.to_dict()))

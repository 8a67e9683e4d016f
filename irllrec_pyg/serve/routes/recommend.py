"""The best items of known users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from ..limits import check_length
from ..names import Names
from ..schema import Recommendations, RecommendRequest
from ..scorer import Query as Scored
from ..scorer import Ranking
from ..service import Service
from .common import Serving, find, find_items

router = APIRouter(tags=["recommend"])


@router.get("/recommend", response_model=Recommendations, summary="The best items of known users")
async def get_recommend(
    service: Serving,
    user: Annotated[list[str], Query(description="Id of a user; may be repeated.", examples=[["3"]])],
    k: Annotated[int, Query(description="Number of items per user.")] = 10,
    exclude: Annotated[tuple[str, ...], Query(description="Id of an item that is left out; may be repeated.")] = (),
    candidates: Annotated[
        tuple[str, ...] | None, Query(alias="among", description="Id of an item to choose from; may be repeated.")
    ] = None,
    exclude_history: Annotated[bool, Query(description="Whether items that a user took are left out.")] = True,
) -> JSONResponse:
    """Recommends to one or more users. Items that they took are left out."""
    return await _recommend(service, user, k, exclude, candidates, exclude_history)


@router.post("/recommend", response_model=Recommendations, summary="The best items of many known users")
async def post_recommend(service: Serving, body: RecommendRequest) -> JSONResponse:
    """Recommends to many users at once."""
    return await _recommend(service, body.users, body.k, body.exclude, body.candidates, body.exclude_history)


async def _recommend(
    service: Service,
    users: Sequence[str],
    k: int,
    exclude: Sequence[str],
    candidates: Sequence[str] | None,
    exclude_history: bool,
) -> JSONResponse:
    loaded, limits = service.current, service.limits
    check_length("users", len(users), limits.max_users, "users", smallest=1)
    limits.check_k(k, len(loaded.items))
    query = Scored(
        await find(service, loaded.users, users, "users"),
        k,
        await find_items(service, loaded.items, exclude, "exclude"),
        None if candidates is None else await find_items(service, loaded.items, candidates, "among"),
        exclude_history,
    )
    rankings = await loaded.recommend(query)
    found = [
        {"user": user, "items": _describe(loaded.items, ranking)} for user, ranking in zip(users, rankings, strict=True)
    ]
    return JSONResponse({"recommendations": found})


def _describe(items: Names, ranking: Ranking) -> list[dict[str, Any]]:
    return [
        {**items.describe(item), "rank": rank, "score": score} for rank, (item, score) in enumerate(ranking, start=1)
    ]

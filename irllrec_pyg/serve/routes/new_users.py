"""The best items of users whom training did not see."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse

from ..limits import check_length
from ..schema import NewUserRecommendations, RecommendForRequest
from .common import Serving, ask, find, to_records

router = APIRouter(tags=["recommend"])


@router.post("/recommend_for", response_model=NewUserRecommendations, summary="The best items of a new user")
async def recommend_for(service: Serving, body: RecommendForRequest) -> JSONResponse:
    """Recommends to someone whom training did not see, by items that they took, by what they say about themselves, or
    by both."""
    loaded, limits = service.current, service.limits
    check_length("history", len(body.history), limits.max_history, "items")
    check_length("text", len(body.text or ""), limits.max_text, "characters")
    if not body.history and not (body.text or "").strip():
        raise HTTPException(422, "'history' and 'text' are both empty; give at least one of them")
    limits.check_k(body.k, len(loaded.items))
    nodes = await find(service, loaded.items, body.history, "history")
    history = [loaded.items.original[node] for node in nodes]
    table = await ask(service, loaded.engine.recommend_for, history, body.text, body.k)
    return JSONResponse({"items": to_records(table)})

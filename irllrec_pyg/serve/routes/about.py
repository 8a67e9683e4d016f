"""The engine in use, and its replacement."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse

from ..schema import Health
from ..service import logger
from .common import Serving

router = APIRouter(tags=["server"])


@router.get("/health", response_model=Health, summary="The engine in use")
async def health(service: Serving) -> JSONResponse:
    """Says which engine is in use, since when, and how large it is."""
    return JSONResponse({"status": "ok", **service.current.about})


@router.post("/reload", response_model=Health, summary="Load the engine again")
async def reload(service: Serving) -> JSONResponse:
    """Loads the folder again, and then answers from the new engine. Requests that have begun end on the old one. Where
    several processes serve, they are replaced one after another, and the answer (202) comes before that."""
    if service.restart is not None:
        service.restart()
        return JSONResponse({"status": "reloading", **service.current.about}, 202)
    try:
        loaded = await asyncio.to_thread(service.reload)
    except Exception as error:
        logger.exception("'%s' could not be loaded", service.name)
        raise HTTPException(
            500, f"the engine could not be loaded, and the one of before stays in use: {error}"
        ) from None
    return JSONResponse({"status": "ok", **loaded.about})

"""What several routes use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from fastapi import Depends, HTTPException, Request

from ..limits import check_length
from ..names import Names
from ..service import Service

if TYPE_CHECKING:
    import pandas as pd

Result = TypeVar("Result")
_NUMBERS = (bool, int, float)
_IDS = ("user", "item", "similar_user", "similar_item")


async def _service(request: Request) -> Service:
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


#: The service of the app, as an argument of a route.
Serving = Annotated[Service, Depends(_service)]


async def find(service: Service, names: Names, ids: Sequence[str], field: str) -> list[int]:
    """Nodes of the ids of a request.

    Args:
        service: The service.
        names: Names of users or of items.
        ids: The ids.
        field: Name of the field that holds them.

    Raises:
        HTTPException: An id is unknown.
    """
    try:
        return names.nodes(ids)
    except KeyError:
        raise HTTPException(404, await service.call(names.unknown, ids, field)) from None


async def find_items(service: Service, names: Names, ids: Sequence[str], field: str) -> list[int]:
    """Nodes of a list of items that restricts recommendations.

    Args:
        service: The service.
        names: Names of items.
        ids: The ids.
        field: Name of the field that holds them.

    Raises:
        HTTPException: An id is unknown, or there are too many.
    """
    check_length(field, len(ids), service.limits.max_items, "items")
    return await find(service, names, ids, field)


async def ask(service: Service, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Calls a method of the engine, whose errors become answers.

    Args:
        service: The service.
        function: The method.
        *args: Its arguments.
        **kwargs: Its named arguments.

    Raises:
        HTTPException: The method refused the arguments, or the ranker cannot do it.
    """
    try:
        return await service.call(function, *args, **kwargs)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    except (NotImplementedError, TypeError) as error:
        raise HTTPException(501, str(error) or "this engine cannot do that") from error


def to_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain data, with ids as text.

    Args:
        table: The table.
    """
    columns = {str(name): [to_plain(value, str(name)) for value in table[name].tolist()] for name in table}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def to_plain(value: Any, name: str = "") -> Any:
    """A value as JSON can hold it: ids as text, NaN and infinity as :obj:`None`.

    Args:
        value: The value.
        name: Name of the column or field, which says whether it is an id. (default: none)
    """
    if isinstance(value, dict):
        return {str(key): to_plain(entry, str(key)) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(entry, name) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, _NUMBERS) and name not in _IDS else str(value)

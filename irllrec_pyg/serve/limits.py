"""How large a request may be."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException


@dataclass(frozen=True)
class Limits:
    """How large a request may be. A larger one is refused with one sentence that names the limit.

    Args:
        max_k: Largest number of items per user. (default: ``1000``)
        max_users: Largest number of users per request. (default: ``100``)
        max_history: Largest number of items in the history of a new user. (default: ``1000``)
        max_items: Largest number of items that a request excludes or chooses from. (default: ``10000``)
        max_text: Largest number of characters of a text. (default: ``10000``)
        max_page: Largest number of entries per page of a search. (default: ``100``)
        max_body: Largest number of bytes of a body. (default: ``1048576``)
        max_waiting: Largest number of requests that wait to be scored, and of slower ones such as explanations that
            wait; further ones get 503. (default: ``1000``)

    Examples:
        >>> Limits(max_k=50).max_k
        50
    """

    max_k: int = 1000
    max_users: int = 100
    max_history: int = 1000
    max_items: int = 10_000
    max_text: int = 10_000
    max_page: int = 100
    max_body: int = 1 << 20
    max_waiting: int = 1000

    def check_k(self, k: int, available: int) -> None:
        """Checks a number of results.

        Args:
            k: The number.
            available: How many there are.
        """
        check_range("k", k, 1, min(self.max_k, available))


def check_range(name: str, value: int, smallest: int, largest: int) -> None:
    """Checks a number of a request.

    Args:
        name: Name of the field.
        value: Its value.
        smallest: Smallest value allowed.
        largest: Largest value allowed.

    Raises:
        HTTPException: The number is out of range.
    """
    if not smallest <= value <= largest:
        raise HTTPException(422, f"'{name}' must lie between {smallest} and {largest} (got {value})")


def check_length(name: str, length: int, largest: int, unit: str, smallest: int = 0) -> None:
    """Checks the length of a list or a text of a request.

    Args:
        name: Name of the field.
        length: Its length.
        largest: Largest length allowed.
        unit: What is counted, such as ``"users"``.
        smallest: Smallest length allowed. (default: ``0``)

    Raises:
        HTTPException: The length is out of range.
    """
    if not smallest <= length <= largest:
        raise HTTPException(
            422, f"'{name}' must have {smallest} to {largest} {unit} (got {length}); send fewer or more"
        )

"""What a fuzzed part is: a reader of files or texts, and how one case of it is made from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from irllrec_pyg._registry import Registry


def accept(result: Any) -> None:
    """The check of a case whose result only has to be there."""


@dataclass
class Case:
    """One call with damaged input.

    Args:
        call: The call.
        names: Words of which an error must hold one: the damaged file, or the argument.
        check: Raises an ``AssertionError`` where the result is wrong. (default: any result is right)
        remedy: Whether an error must say what to do. (default: ``True``)
    """

    call: Callable[[], Any]
    names: tuple[str, ...] = ()
    check: Callable[[Any], None] = field(default=accept)
    remedy: bool = True


class Part(Protocol):
    """One reader. It is made once, and makes a case for each seed.

    Attributes:
        share: How many of 1,000 cases over all parts are of this one; slow readers have few.
    """

    share: int

    def __init__(self, folder: Path) -> None:
        """Writes the valid files from which cases are made.

        Args:
            folder: A folder that stays while the part is fuzzed.
        """

    def case(self, rng: random.Random, folder: Path) -> Case:
        """Makes a case, which depends on the generator alone.

        Args:
            rng: The generator.
            folder: An empty folder, which is removed after the case.
        """


#: Parts by name. A new one is a file in the folder ``fuzzers``.
PARTS: Registry[type[Part]] = Registry("part", "tests.hardening.fuzzers")

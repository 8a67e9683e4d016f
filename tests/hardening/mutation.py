"""Mutants of a file: each has one small fault, made by an operator of cosmic-ray or by one of the two below."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Operators that need arguments, and those between which the values that are compared here see no difference.
_LEFT_OUT = ("VariableReplacer", "VariableInserter", "_Eq_Is", "_Is_Eq", "_NotEq_IsNot", "_IsNot_NotEq")


@dataclass(frozen=True)
class Mutant:
    """One change of a file.

    Args:
        file: The file, as a path from the root of the repository.
        lines: First and last line of the changed statement.
        number: Number of the changed line.
        before: The line before the change.
        after: The line after it.
        inside: Whether the change is in the body of a function.
        source: The whole file after it.
    """

    file: str
    lines: tuple[int, int]
    number: int
    before: str
    after: str
    inside: bool
    source: str = field(repr=False)


class RemoveCall:
    """Removes a call whose result is not used, such as the check of an argument."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "atom_expr" and node.parent.type == "simple_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        from parso.python.tree import Name

        same_number_of_lines = "\n" * (node.end_pos[0] - node.start_pos[0])
        return Name(f"pass{same_number_of_lines}", node.start_pos, prefix=node.get_first_leaf().prefix)


class ReplaceString:
    """Changes a string of one word. Longer ones are messages for people."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "string" and node.parent.type != "simple_stmt" and " " not in node.value:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = node.value[:-1] + "XX" + node.value[-1]
        return node


def sample(files: Iterable[Path], root: Path, share: float, seed: str) -> list[Mutant]:
    """Draws a share of the places of some files that can be changed, and one mutant of each place.

    Args:
        files: The files.
        root: Folder of the repository.
        share: Share of the places, between 0 and 1.
        seed: Seed of the sample.
    """
    places = [(file, *place) for file in sorted(files) for place in _places(file.read_text(encoding="utf-8")).items()]
    rng = random.Random(seed)
    chosen = sorted(rng.sample(range(len(places)), round(share * len(places))))
    drawn = (_draw(*places[index], root, rng) for index in chosen)
    return [mutant for mutant in drawn if mutant is not None]


def _operators() -> dict[str, Any]:
    from cosmic_ray.operators.provider import OperatorProvider

    provider = OperatorProvider()
    theirs = {name: provider[name]() for name in provider if not name.endswith(_LEFT_OUT)}
    return theirs | {"RemoveCall": RemoveCall(), "ReplaceString": ReplaceString()}


def _places(source: str) -> dict[tuple[int, int], list[Any]]:
    """Line and column of each place, with the operators that change it."""
    from cosmic_ray.ast import ast_nodes, get_ast

    nodes, places = [*ast_nodes(get_ast(source))], {}
    for operator in _operators().values():
        occurrence = 0
        for node in nodes:
            for start, _ in operator.mutation_positions(node):
                if not _is_left_alone(node):
                    places.setdefault(start, []).append(
                        (operator, occurrence, _statement(node, start[0]), _is_inside(node))
                    )
                occurrence += 1
    return dict(sorted(places.items()))


def _draw(file: Path, start: tuple[int, int], ways: list[Any], root: Path, rng: random.Random) -> Mutant | None:
    """A mutant of a place, or nothing where none of them is Python."""
    from cosmic_ray.mutating import mutate_code

    source = file.read_text(encoding="utf-8")
    for operator, occurrence, lines, inside in rng.sample(ways, len(ways)):
        mutated = mutate_code(source, operator, occurrence)
        try:
            compile(mutated, file, "exec")
        except SyntaxError:
            continue
        before, after = (" ".join(text.splitlines()[start[0] - 1].split()) for text in (source, mutated))
        return Mutant(file.relative_to(root).as_posix(), lines, start[0], before, after, inside, mutated)
    return None


def _is_left_alone(node: Any) -> bool:
    """Whether a node is in an annotation, a text with values or ``__all__``, or for type checkers alone."""
    while (parent := node.parent) is not None:
        first = parent.children[0]
        annotation = parent.type == "tfpdef" or (parent.type == "annassign" and node is parent.children[1])
        method = node.type == "decorator" and node.children[1].get_code() in ("staticmethod", "abstractmethod")
        returned = parent.type == "funcdef" and node is parent.annotation
        checked = node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING"
        listed = parent.type == "expr_stmt" and first.type == "name" and first.value == "__all__"
        paired = node.type == "argument" and node.children[0].get_code().strip() == "strict"  # of zip: an assertion
        if annotation or method or returned or checked or listed or paired or parent.type == "fstring":
            return True
        node = parent
    return False


def _is_inside(node: Any) -> bool:
    """Whether a node is in the body of a function."""
    while node.parent is not None:
        if node.parent.type == "funcdef" and node is node.parent.children[-1]:
            return True
        node = node.parent
    return False


def _statement(node: Any, line: int) -> tuple[int, int]:
    """First and last line of the statement around a node, up to its own line if the statement has a block."""
    while node.parent is not None and node.parent.type not in ("suite", "file_input"):
        node = node.parent
    return node.start_pos[0], node.get_last_leaf().start_pos[0] if node.type == "simple_stmt" else line

"""Classes and functions by name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """A dictionary whose entries add themselves: a new entry is one file, and no other file is edited.

    An entry adds itself by the decorator :meth:`register`. A registry finds entries in three places: modules of its
    folder, which are imported when a name is first looked up; installed packages, by an entry point of its group; and
    code that is already imported.

    An entry point names a module that registers its entries, or an entry, which then gets the entry point's name. One
    that cannot be loaded gives a warning.

    Args:
        kind: What an entry is, for error messages, such as ``"backbone"``.
        folder: Package whose modules hold the built-in entries, such as ``"irllrec_pyg.models.backbones"``.
        group: Group of entry points. (default: ``"irllrec_pyg."`` and the kind)

    Examples:
        >>> registry = Registry("shape")
        >>> @registry.register("square")
        ... class Square: ...
        >>> registry["square"].__name__, list(registry)
        ('Square', ['square'])
        >>> registry["sqare"]
        Traceback (most recent call last):
        ValueError: there is no shape 'sqare'; did you mean 'square'? known: square
    """

    def __init__(self, kind: str, folder: str | None = None, group: str | None = None) -> None:
        self.kind, self.folder, self.group = kind, folder, group or f"irllrec_pyg.{kind.replace(' ', '_')}"
        self._entries: dict[str, T] = {}
        self._complete = False

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator that adds a class or function.

        Args:
            name: Name of the entry.

        Raises:
            ValueError: Another entry has that name.
        """

        def add(entry: T) -> T:
            before = self._entries.get(name)
            if before is not None and _origin(before) != _origin(entry):
                raise ValueError(f"there is a {self.kind} {name!r} already, {before!r}; choose another name")
            self._entries[name] = entry
            return entry

        return add

    def name_of(self, entry: object) -> str:
        """Name of an entry.

        Args:
            entry: The class or function.

        Raises:
            ValueError: It is not registered.
        """
        for name, known in self.items():
            if known is entry:
                return name
        raise ValueError(f"{entry!r} is not registered as a {self.kind}")

    def get(self, name: str, default: Any = None) -> Any:
        """The entry of that name, or ``default`` where there is none."""
        return self._entries.get(name, default) if name in self else default

    def __getitem__(self, name: str) -> T:
        self._find()
        if name not in self._entries:
            near = difflib.get_close_matches(str(name), self._entries, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(f"there is no {self.kind} {name!r}; {hint}known: {', '.join(sorted(self._entries))}")
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self._find()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._find()
        return iter(self._entries)

    def __len__(self) -> int:
        self._find()
        return len(self._entries)

    def _find(self) -> None:
        """Imports the modules and entry points that register entries."""
        if self._complete:
            return
        self._complete = True  # the modules may look up names themselves
        try:
            if self.folder is not None:
                package = importlib.import_module(self.folder)
                for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
                    importlib.import_module(f"{self.folder}.{module.name}")
        except BaseException:
            self._complete = False  # the next look-up reports the fault again
            raise
        for point in entry_points(group=self.group):
            self._load(point)

    def _load(self, point: EntryPoint) -> None:
        try:
            entry = point.load()
            if not isinstance(entry, ModuleType) and entry not in self._entries.values():
                self.register(point.name)(entry)
        except Exception as error:  # a package of others can fail in any way
            warnings.warn(f"{self.kind} {point.name!r} of {point.value!r} cannot be loaded: {error}", stacklevel=4)


def _origin(entry: object) -> tuple[str, str]:
    return getattr(entry, "__module__", ""), getattr(entry, "__qualname__", repr(entry))

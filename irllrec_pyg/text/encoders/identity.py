"""Identity of an encoder: a hash by which its features are found again."""

from __future__ import annotations

import functools
import hashlib
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...data import digest
from ...data.identity import tensor_digest

_PLAIN = (bool, int, float, str, type(None))
_BY_REPR = (bytes, complex, range, slice, Path, torch.dtype, torch.device, np.dtype, type(...), type(NotImplemented))
_IMMUTABLE = (tuple, frozenset, CodeType)  # no cycles, and equal ones may or may not be the same object
_NOT_BEHAVIOUR = ("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__", "_abc_impl")
_INSTALLED = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def encoder_identity(encode: Callable[..., Any]) -> str:
    """Hash of everything that the features of an encoder depend on, except the texts.

    For a :class:`~irllrec_pyg.text.TextEncoder` it depends on the contents of the model's folder and the settings. For
    a function it depends on its code, its default arguments, the values that it encloses, and the global values and
    functions that it uses, including those of your own modules. For a method it depends on the state of its object too.
    An encoder with an attribute ``identity`` is described by that alone. Packages count by their version.

    Args:
        encode: The encoder.

    Returns:
        16 hexadecimal digits, the same in every process.

    Raises:
        ValueError: The encoder holds a value that cannot be described, such as an open file.

    Examples:
        >>> def constant(value):
        ...     return lambda texts: torch.full((len(texts), 2), value)
        >>> encoder_identity(constant(1.0)) == encoder_identity(constant(1.0))
        True
        >>> encoder_identity(constant(1.0)) == encoder_identity(constant(2.0))
        False
    """
    try:
        return digest(_Description()(encode))
    except TypeError as error:
        raise ValueError(
            f"the encoder {encode!r} cannot be recognised again, because {error}; give it an attribute 'identity' that "
            "names its version, or keep its features in no folder"
        ) from error


class _Description:
    """Describes values as plain data. A function, class or object that appears again is named by its number."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._values: list[Any] = []  # keeps them alive, so that an id is not used twice

    def __call__(self, value: Any) -> Any:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, _BY_REPR):
            return [type(value).__name__, repr(value)]
        if not isinstance(value, _IMMUTABLE):
            if id(value) in self._numbers:
                return ["again", self._numbers[id(value)]]
            self._numbers[id(value)] = len(self._values)
            self._values.append(value)
        return [type(value).__name__, self._parts(value)]

    def _parts(self, value: Any) -> Any:
        identity = _own_identity(value)
        if identity is not None:
            return identity
        if isinstance(value, Tensor):
            return tensor_digest(value)
        if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
            return [str(value.dtype), value.shape, hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
        if isinstance(value, re.Pattern):
            return [value.pattern, value.flags]
        if isinstance(value, Mapping):
            return [[self(name), self(part)] for name, part in value.items()]
        if isinstance(value, list | tuple):
            return [self(part) for part in value]
        if isinstance(value, set | frozenset):  # their order differs from process to process
            return sorted(digest(_Description()(part)) for part in value)
        if isinstance(value, ModuleType):
            return _name(value.__name__, "")
        if isinstance(value, CodeType):
            return [value.co_code.hex(), self(value.co_consts), value.co_names, value.co_flags]
        if isinstance(value, functools.partial):
            return [self(value.func), self(value.args), self(value.keywords)]
        if isinstance(value, MethodType):
            identity = _own_identity(value.__self__)
            return [value.__name__, identity] if identity is not None else [self(value.__func__), self(value.__self__)]
        if isinstance(value, BuiltinFunctionType):
            return [value.__qualname__, self(value.__self__)]
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, type):
            return self._class(value)
        return self._object(value)

    def _function(self, function: FunctionType) -> Any:
        cells = [_contents(cell) for cell in function.__closure__ or ()]
        used = {} if _is_installed(function) else _globals_of(function)
        parts = (function.__code__, function.__defaults__, function.__kwdefaults__, cells, used)
        return [*_name(function.__module__, function.__qualname__), *map(self, parts)]

    def _class(self, value: type) -> Any:
        name = _name(value.__module__, value.__qualname__)
        if _is_installed(value):
            return name
        members = {name: _unwrap(member) for name, member in vars(value).items() if name not in _NOT_BEHAVIOUR}
        return [*name, self(value.__bases__), self(members)]

    def _object(self, value: Any) -> Any:
        state = dict(getattr(value, "__dict__", {}))
        for owner in type(value).__mro__:
            slots = vars(owner).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, name) and name not in ("__dict__", "__weakref__"):
                    state[name] = getattr(value, name)
        if not state and not hasattr(value, "__dict__"):  # its state is hidden from Python
            raise TypeError(f"it holds a {type(value).__name__}")
        return [self(type(value)), self(state)]


def _own_identity(value: Any) -> str | None:
    """What an object says of itself by an attribute or method ``identity``."""
    if isinstance(value, type | ModuleType):
        return None
    identity = getattr(value, "identity", None)
    return identity if identity is None else str(identity() if callable(identity) else identity)


def _name(module: str | None, qualname: str) -> list[str]:
    package = sys.modules.get((module or "").partition(".")[0])
    return [module or "", qualname, str(getattr(package, "__version__", ""))]


def _is_installed(value: Any) -> bool:
    """Whether a function or class belongs to the standard library or an installed package."""
    file = getattr(sys.modules.get(value.__module__ or ""), "__file__", None)
    return value.__module__ in sys.builtin_module_names or (file is not None and file.startswith(_INSTALLED))


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a function that is defined further down
        return None


def _globals_of(function: FunctionType) -> dict[str, Any]:
    names = dict.fromkeys(_names(function.__code__))
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _unwrap(member: Any) -> Any:
    """A function of a class without its decorator."""
    if isinstance(member, staticmethod | classmethod):
        return member.__func__
    if isinstance(member, property):
        return [member.fget, member.fset, member.fdel]
    return member

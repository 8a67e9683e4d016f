"""Objects that remember their constructor arguments, from which they are described and built again."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from torch import Tensor, nn

from .data.identity import digest, tensor_digest

Config = dict[str, Any]

_TENSOR_KEYS = ({"tensor"}, {"tensor", "trained"})
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Configurable:
    """Mix-in for a class whose constructor arguments describe it completely.

    The constructor arguments, defaults included, are recorded when an object is made. :meth:`config` returns them as
    plain data: another configurable object becomes its own config, and a tensor becomes its hash.

    A subclass only has to inherit. Its arguments may be plain values, tensors, other configurable objects, and lists,
    tuples and dictionaries of these. A list or dictionary is copied when it is recorded; a tuple comes back as a list.

    The config names a class of this package by its name alone, so that its file may move, and any other class by its
    module and name.

    Examples:
        >>> class Scale(Configurable):
        ...     def __init__(self, factor, offset=0.0):
        ...         self.factor, self.offset = factor, offset
        >>> Scale(2.0).config()
        {'class': 'Scale', 'arguments': {'factor': 2.0, 'offset': 0.0}}
        >>> from_config(Scale(2.0, offset=1.0).config()).offset
        1.0
    """

    _classes: ClassVar[dict[str, type[Configurable]]] = {}
    _arguments: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = class_name(cls)
        known = Configurable._classes.get(name, cls)
        if known.__module__ != cls.__module__:
            raise TypeError(f"there are two classes {name!r}, in {known.__module__} and {cls.__module__}; rename one")
        Configurable._classes[name] = cls  # a notebook may define a class again

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        # Where the arguments do not fit, the constructor raises the usual error. Copying and unpickling call this
        # method without arguments and fill the object afterwards.
        with suppress(TypeError):
            self.__dict__["_arguments"] = _bind(cls, args, kwargs)
        return self

    def config(self, tensors: dict[str, Tensor] | None = None) -> Config:
        """Returns the class and the arguments as plain data.

        Args:
            tensors: Dictionary that receives the tensors among the arguments, by their hash. (default: :obj:`None`)

        Raises:
            TypeError: An argument cannot be described.
        """
        arguments = self.__dict__.get("_arguments", {})
        config = {"class": class_name(type(self)), "arguments": _describe_all(self, arguments, tensors)}
        inherited = _describe_all(self, _inherited_defaults(type(self), arguments), tensors)
        return config | ({"inherited": inherited} if inherited else {})

    def identity(self) -> str:
        """Hash of the :meth:`description`, by which a checkpoint recognises the object."""
        return digest(self.description())

    def description(self) -> Config:
        """The config with the defaults of the base classes among the arguments: a default that is written out makes no
        other object."""
        described: Config = _complete(self.config())
        return described


def from_config(config: Mapping[str, Any], tensors: Mapping[str, Tensor] | None = None) -> Any:
    """Builds the object that :meth:`Configurable.config` describes.

    Args:
        config: The description.
        tensors: The tensors that it refers to, by their hash. (default: none)

    Raises:
        ValueError: No class of that name was imported, or a tensor is missing.

    Examples:
        >>> from irllrec_pyg.ranking import EmbeddingRanker
        >>> tensors = {}
        >>> config = EmbeddingRanker(torch.eye(2), torch.eye(2)).config(tensors)
        >>> from_config(config, tensors)
        EmbeddingRanker(2, 2, embedding_dim=2)
    """
    cls = Configurable._classes.get(config["class"])
    if cls is None:
        raise ValueError(f"there is no class {config['class']!r}; import the module that defines it first")
    arguments = {name: _restore(value, tensors or {}) for name, value in config["arguments"].items()}
    # A default that has changed since is passed as it was.
    now = _inherited_defaults(cls, arguments)
    before = {name: _restore(value, tensors or {}) for name, value in config.get("inherited", {}).items()}
    changed = {name: value for name, value in before.items() if name in now and _copy(now[name]) != value}
    return _call(cls, arguments | changed)


def class_name(cls: type) -> str:
    """Name of a class in configs.

    Args:
        cls: The class.

    Examples:
        >>> class_name(Configurable), class_name(torch.nn.Linear)
        ('Configurable', 'torch.nn.modules.linear.Linear')
    """
    own = cls.__module__.partition(".")[0] == __package__
    return cls.__qualname__ if own else f"{cls.__module__}.{cls.__qualname__}"


def _complete(value: Any) -> Any:
    """A config in which inherited defaults are arguments, at every level."""
    if isinstance(value, Mapping):
        table = {name: _complete(part) for name, part in value.items() if name != "inherited"}
        if "inherited" in value:
            table["arguments"] = {**_complete(value["inherited"]), **table["arguments"]}
        return table
    return [_complete(part) for part in value] if isinstance(value, list) else value


def _bind(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments of a constructor by name."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    bound = signature.bind(None, *args, **kwargs)
    bound.apply_defaults()
    arguments: dict[str, Any] = {}
    for name, value in [*bound.arguments.items()][1:]:
        kind = signature.parameters[name].kind
        if kind not in _VARIADIC:
            arguments[name] = _copy(value)
        elif value:
            arguments |= _copy(value) if kind is inspect.Parameter.VAR_KEYWORD else {name: _copy(value)}
    return arguments


def _call(cls: type[Configurable], arguments: dict[str, Any]) -> Any:
    """Calls a constructor with what :func:`_bind` recorded, positional arguments included."""
    signature = inspect.signature(cls.__init__)
    parameters = [*signature.parameters.values()][1:]
    rest = dict(arguments)
    given: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            given[parameter.name] = rest
            rest = {}
        elif parameter.name in rest:
            value = rest.pop(parameter.name)
            given[parameter.name] = tuple(value) if parameter.kind is inspect.Parameter.VAR_POSITIONAL else value
    bound = inspect.BoundArguments(signature.replace(parameters=parameters), given)
    return cls(*bound.args, **bound.kwargs, **rest)


def _inherited_defaults(cls: type, given: Mapping[str, Any]) -> Config:
    """Defaults of the base classes to which a constructor passes ``**kwargs``. They are part of the identity, because a
    default that changes gives another model."""
    defaults: Config = {}
    for owner in cls.__mro__:
        if "__init__" not in owner.__dict__ or not issubclass(owner, Configurable):
            continue
        parameters = inspect.signature(owner.__init__).parameters.values()
        for parameter in parameters:
            if parameter.default is not inspect.Parameter.empty and parameter.name not in given:
                defaults.setdefault(parameter.name, parameter.default)
        if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
            break
    return defaults


def _copy(value: Any) -> Any:
    """Copies lists and dictionaries, so that a later change does not reach the record."""
    if isinstance(value, Mapping):
        return {name: _copy(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(part) for part in value]
    return value


def _describe_all(owner: Configurable, arguments: Mapping[str, Any], tensors: dict[str, Tensor] | None) -> Config:
    return {name: _describe_argument(owner, name, value, tensors) for name, value in arguments.items()}


def _describe_argument(owner: Configurable, name: str, value: Any, tensors: dict[str, Tensor] | None) -> Any:
    try:
        return _describe(value, tensors)
    except TypeError as error:
        raise TypeError(f"{type(owner).__name__} cannot be described: argument {name!r}: {error}") from error


def _describe(value: Any, tensors: dict[str, Tensor] | None) -> Any:
    if isinstance(value, Configurable):
        return value.config(tensors)
    if isinstance(value, Tensor):
        key = tensor_digest(value)
        if tensors is not None:
            tensors[key] = value
        return {"tensor": key} | ({"trained": True} if isinstance(value, nn.Parameter) else {})
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise TypeError(f"a dictionary has a key that is no string (got {[*value]})")
        if set(value) in _TENSOR_KEYS or {"class", "arguments"} <= set(value):
            raise TypeError(f"a dictionary with the keys {[*value]} looks like a description; choose other keys")
        return {name: _describe(part, tensors) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_describe(part, tensors) for part in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if getattr(value, "shape", None) == () and isinstance(value.item(), bool | int | float | str):  # a numpy scalar
        return value.item()
    raise TypeError(f"it is a {type(value).__name__}; give plain values, tensors or configurable objects")


def _restore(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, Mapping):
        if {"class", "arguments"} <= set(value):
            return from_config(value, tensors)
        if set(value) in _TENSOR_KEYS:
            if value["tensor"] not in tensors:
                raise ValueError(f"the tensor {value['tensor']!r} is missing")
            tensor = tensors[value["tensor"]]
            return nn.Parameter(tensor) if value.get("trained") else tensor
        return {name: _restore(part, tensors) for name, part in value.items()}
    if isinstance(value, list):
        return [_restore(part, tensors) for part in value]
    return value

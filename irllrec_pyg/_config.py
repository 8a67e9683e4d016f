"""Objects that remember how they were made: their identity, and what a saved one is built from again."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from .data.identity import digest, tensor_digest

Config = dict[str, Any]


class Configurable:
    """Mix-in for a class whose constructor arguments describe it completely.

    The arguments of the constructor, defaults included, are recorded when an object is made. :meth:`config` returns
    them as plain data: another configurable object becomes its own config, and a tensor its hash.

    A subclass does nothing but inherit. Arguments may be plain values, tensors, other configurable objects, and lists,
    tuples and dictionaries of these.

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
        Configurable._classes[cls.__name__] = cls

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        if args or kwargs:  # unpickling and copying make an empty object and fill it afterwards
            self.__dict__["_arguments"] = _bind(cls, args, kwargs)
        return self

    def config(self, tensors: dict[str, Tensor] | None = None) -> Config:
        """Returns the class and the arguments as plain data.

        Args:
            tensors: Dictionary that receives the tensors among the arguments, by their hash. (default: :obj:`None`)

        Raises:
            TypeError: An argument cannot be described.
        """
        try:
            arguments = {
                name: _describe(value, tensors) for name, value in self.__dict__.get("_arguments", {}).items()
            }
        except TypeError as error:
            raise TypeError(f"{type(self).__name__} cannot be described: {error}") from error
        config = {"class": type(self).__name__, "arguments": arguments}
        inherited = _inherited_defaults(type(self), arguments)
        return config | ({"inherited": inherited} if inherited else {})

    def identity(self) -> str:
        """Hash of the config, by which a checkpoint recognises the object."""
        return digest(self.config())


def from_config(config: Mapping[str, Any], tensors: Mapping[str, Tensor] | None = None) -> Any:
    """Makes the object that :meth:`Configurable.config` described.

    Args:
        config: The description.
        tensors: The tensors that it names, by their hash. (default: none)

    Raises:
        ValueError: No class of that name was imported, or a tensor is missing.
    """
    if config["class"] not in Configurable._classes:
        raise ValueError(f"there is no class {config['class']!r}; import the module that defines it first")
    arguments = {name: _restore(value, tensors or {}) for name, value in config["arguments"].items()}
    return Configurable._classes[config["class"]](**arguments)


def _bind(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments of a constructor by name."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    bound = signature.bind(None, *args, **kwargs)
    bound.apply_defaults()
    arguments: dict[str, Any] = {}
    for name, value in [*bound.arguments.items()][1:]:
        arguments |= value if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    return arguments


def _inherited_defaults(cls: type, given: Mapping[str, Any]) -> Config:
    """Defaults of the base classes to which a constructor passes ``**kwargs`` on. They are part of the identity: a
    default that changes makes another model."""
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


def _describe(value: Any, tensors: dict[str, Tensor] | None) -> Any:
    if isinstance(value, Configurable):
        return value.config(tensors)
    if isinstance(value, Tensor):
        key = tensor_digest(value)
        if tensors is not None:
            tensors[key] = value
        return {"tensor": key}
    if isinstance(value, Mapping):
        return {str(name): _describe(part, tensors) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_describe(part, tensors) for part in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"an argument is a {type(value).__name__}; plain values, tensors and configurable objects are known")


def _restore(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, Mapping):
        if {"class", "arguments"} <= set(value):
            return from_config(value, tensors)
        if set(value) == {"tensor"}:
            if value["tensor"] not in tensors:
                raise ValueError(f"the tensor {value['tensor']!r} is missing")
            return tensors[value["tensor"]]
        return {name: _restore(part, tensors) for name, part in value.items()}
    if isinstance(value, list):
        return [_restore(part, tensors) for part in value]
    return value

"""Signatures of classes that a base class creates by ``__new__``: those of their constructors."""

from __future__ import annotations

import inspect
from typing import Any

from sphinx.util.inspect import stringify_signature


def constructor(
    app: Any, what: str, name: str, value: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str, None] | None:
    """The signature of a class's ``__init__`` in place of ``(*args, **kwargs)``."""
    if what != "class" or not (signature or "").startswith("(*args"):
        return None
    found = inspect.signature(value.__init__)
    parameters = [*found.parameters.values()][1:]
    return stringify_signature(inspect.Signature(parameters), unqualified_typehints=True), None


def setup(app: Any) -> dict[str, bool]:
    """Listens to autodoc."""
    app.connect("autodoc-process-signature", constructor)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

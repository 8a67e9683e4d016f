"""Text encoders by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor

from ..._registry import Registry
from ...data import digest
from .text_encoder import TextEncoder

#: Makes one row of features per text, ``encode(texts) -> [n, d_t]``.
Encode = Callable[[Sequence[str]], Tensor]

ENCODERS: Registry[Encode] = Registry("encoder", "irllrec_pyg.text.encoders")


def find_encoder(encoder: str | Path | Encode) -> tuple[Encode, str]:
    """An encoder, and the hash of everything that its features depend on beside the texts.

    Args:
        encoder: Name of a registered encoder; folder or package of a model, see
            :class:`~irllrec_pyg.text.TextEncoder`; or a function.

    Raises:
        FileNotFoundError: There is no such model.

    Examples:
        >>> encode, identity = find_encoder("tf-idf")
        >>> encode.__name__
        'word_features'
    """
    if isinstance(encoder, str | Path):
        if encoder in ENCODERS:
            return find_encoder(ENCODERS[str(encoder)])
        encoder = TextEncoder(encoder)
    if isinstance(encoder, TextEncoder):
        return encoder.encode, digest(encoder.recipe)
    owner = getattr(encoder, "__self__", None)
    if isinstance(owner, TextEncoder):
        return encoder, digest(owner.recipe)
    return encoder, _function_identity(encoder)


def _function_identity(function: Encode) -> str:
    """Hash of a function's name and source; of :attr:`identity`, where it has that. Two functions of one name differ, and
    so does one that was edited."""
    own = getattr(function, "identity", None)
    if own is not None:
        return digest(str(own))
    module, name = (getattr(function, part, "") for part in ("__module__", "__qualname__"))
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = ""
    code = getattr(function, "__code__", None)
    if not source and code is None:
        raise ValueError(
            f"the encoder {function!r} cannot be recognised again; give it an attribute 'identity', or no folder to keep "
            "its features in"
        )
    values = [repr(cell.cell_contents) for cell in getattr(function, "__closure__", None) or ()]
    return digest(module, name, source, code.co_code.hex() if code is not None else "", values)

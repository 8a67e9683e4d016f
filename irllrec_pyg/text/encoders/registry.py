"""Text encoders by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from torch import Tensor

from ..._registry import Registry
from .text_encoder import TextEncoder

#: Function that encodes texts into one row of features per text, ``encode(texts) -> [n, d_t]``.
Encode = Callable[[Sequence[str]], Tensor]
E = TypeVar("E", bound=Callable[..., Tensor])

ENCODERS: Registry[Encode] = Registry("encoder", "irllrec_pyg.text.encoders")


def batch_dependent(encode: E) -> E:
    """Decorator for an encoder whose features of a text depend on the other texts of the call.

    :func:`~irllrec_pyg.testing.check_encoder` requires of all others that they do not.

    Args:
        encode: The encoder.

    Examples:
        >>> @batch_dependent
        ... def share(texts):
        ...     length = torch.tensor([[float(len(text))] for text in texts])
        ...     return length / length.sum()
        >>> share.batch_dependent
        True
    """
    encode.batch_dependent = True  # type: ignore[attr-defined]
    return encode


def find_encoder(encoder: str | Path | TextEncoder | Encode) -> Encode:
    """Finds an encoder.

    Args:
        encoder: Name of a registered encoder; folder or package of a model, see
            :class:`~irllrec_pyg.text.TextEncoder`; such an encoder; or a function, which is returned as it is.

    Raises:
        FileNotFoundError: There is neither an encoder nor a model of that name.

    Examples:
        >>> find_encoder("tf-idf").__name__
        'word_features'
    """
    if isinstance(encoder, str | Path):
        if encoder in ENCODERS:
            return ENCODERS[str(encoder)]
        try:
            return TextEncoder(encoder).encode
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{error}. Registered encoders: {', '.join(sorted(ENCODERS))}") from error
    return encoder.encode if isinstance(encoder, TextEncoder) else encoder

"""Contract of text encoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_SUBJECTS = ("a quiet film about the sea", "loud music for a long night", "a history of bread", "detectives in winter")
_TEXTS = (
    *(f"{opening} {subject}." for subject in _SUBJECTS for opening in ("I loved", "Someone wants", "Not for me:")),
    "A restored classic, with elegant camera work and a story that moves slowly from harbor to harbor. " * 3,
    "Une histoire de famille, racontée à voix basse: a warm family story.",
    "Film.\nBread\tand music (1987), 100% \u201csea\u201d!",
)


def check_encoder(encode: Callable[[Sequence[str]], Tensor], texts: Sequence[str] = _TEXTS) -> None:
    """Asserts what every text encoder must do.

    It returns a floating point matrix of one row per text, finite, and without a row of zeros for a text that contains
    words. The same texts get the same features each time, and equal texts get equal rows. The features of a text depend
    on neither the other texts of the call nor their order, unless the encoder is marked by
    :func:`~irllrec_pyg.text.encoders.batch_dependent`.

    Args:
        encode: Function from texts to features.
        texts: At least three different texts that contain words. (default: English sentences)

    Raises:
        AssertionError: The encoder breaks the contract.

    Examples:
        >>> def letters(texts):
        ...     return torch.tensor([[float(text.count(letter)) for letter in "aeiou"] for text in texts])
        >>> check_encoder(letters)
    """
    texts = list(texts)
    assert len(set(texts)) >= 3, "at least three different texts are needed"
    features = encode([*texts, texts[0]])
    assert isinstance(features, Tensor) and features.dim() == 2, "an encoder returns a matrix"
    assert features.size(0) == len(texts) + 1, f"an encoder returns one row per text, not {features.size(0)} rows"
    assert features.is_floating_point(), f"features are floating point numbers, not {features.dtype}"
    assert features.isfinite().all(), "features are finite"
    empty = (~features.ne(0).any(dim=1)).nonzero().flatten().tolist()
    assert not empty, f"a row of zeros means that there is no text, but row {empty[:1]} has one"
    assert torch.equal(encode([*texts, texts[0]]), features), "the same texts get the same features each time"
    _assert_close(features[-1], features[0], "equal texts get equal rows")
    assert not torch.allclose(features[0], features[1:-1]), "different texts get different rows"
    if getattr(encode, "batch_dependent", False):
        return
    alone = torch.cat([encode([text]) for text in texts])
    _assert_close(alone, features[:-1], "a text has the same features alone and among others")
    _assert_close(encode(texts[::-1]).flip(0), features[:-1], "the order of the texts does not matter")


def _assert_close(actual: Tensor, expected: Tensor, message: str) -> None:
    difference = (actual - expected).abs().max().item()
    scale = max(1.0, expected.abs().max().item())
    assert difference <= 1e-4 * scale, f"{message}; the largest difference is {difference:.2g}"

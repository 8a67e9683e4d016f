"""Intent features of a corpus."""

from __future__ import annotations

from pathlib import Path

from ..corpus import FEATURES, ReviewCorpus
from .answers import IntentStore
from .encoders import TextEncoder, encode_to_file
from .intent_texts import intent_texts


def encode_intents(
    corpus: ReviewCorpus,
    store: IntentStore,
    encoder: TextEncoder,
    folder: str | Path,
    dtype: str = "float32",
    progress: bool = True,
) -> list[Path]:
    """Intent features of a corpus, where :class:`~irllrec_pyg.datasets.ReviewDataset` finds them.

    Args:
        corpus: Reviews and items.
        store: What was stated of them, see :func:`~irllrec_pyg.text.intent_texts`.
        encoder: Makes the features.
        folder: That of the corpus.
        dtype: Of the files, ``"float16"`` or ``"float32"``. (default: ``"float32"``)
        progress: Whether to show progress bars. (default: ``True``)

    Returns:
        The files of users and of items.

    Raises:
        ValueError: Answers are yet to be made.
    """
    texts = intent_texts(corpus, store)
    return [
        encode_to_file(side, encoder, Path(folder) / name, dtype, progress=progress)
        for name, side in zip(FEATURES, texts, strict=True)
    ]

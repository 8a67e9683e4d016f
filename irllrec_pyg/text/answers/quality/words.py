"""Words of a text in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Thai, Lao, Burmese, Khmer, Japanese and Chinese have no spaces between words: each of their characters counts as one.
_NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_NO_SPACES}]|[^\\W_{_NO_SPACES}]+(?:['\u2019][^\\W_{_NO_SPACES}]+)*")


def words_of(text: str) -> list[str]:
    """Words of a text in lower case, without punctuation. Where a script has no spaces, each character is a word.

    Args:
        text: Any text.

    Examples:
        >>> words_of("It's a CALM film!"), words_of("\u9759\u304b\u306a")
        (["it's", 'a', 'calm', 'film'], ['\u9759', '\u304b', '\u306a'])
    """
    return _WORD.findall(text.lower())


def runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    """All runs of consecutive words (n-grams), in their order.

    Args:
        words: The words.
        length: Number of words of a run.

    Examples:
        >>> runs(["a", "calm", "film"], 2)
        [('a', 'calm'), ('calm', 'film')]
    """
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]

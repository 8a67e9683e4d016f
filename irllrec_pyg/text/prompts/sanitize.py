"""Text from strangers, made safe to stand inside a prompt."""

from __future__ import annotations

import unicodedata
from typing import Any

# Chat markers and tags of every model family are written in brackets, and so are the tags around our own data: angle
# ones become single quotation marks of that shape, square ones round.
_BRACKETS = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")"})


def sanitize(text: str) -> str:
    """One line in which nothing is a chat marker, a tag or a control character.

    ``<|im_end|>``, ``[INST]``, ``</data>`` and their like lose their brackets, control and formatting characters (also
    those that reverse the direction of writing or have no width) are gone, and white space is single.
    """
    kept = (" " if character.isspace() else character for character in text)
    visible = (c for c in kept if c == " " or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join("".join(visible).translate(_BRACKETS).split())


class TokenBudget:
    """Measures and trims text in a model's own tokens.

    Args:
        tokenizer: A fast tokenizer of transformers.

    Raises:
        ValueError: The tokenizer is not a fast one, which knows where its tokens lie.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not getattr(tokenizer, "is_fast", False):
            raise ValueError(
                f"'tokenizer' must be a fast one (got {type(tokenizer).__name__}); load it by AutoTokenizer"
            )
        self.tokenizer = tokenizer

    def count(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def trim(self, text: str, tokens: int) -> str:
        """The text's first tokens, with an ellipsis where some are left out; never half a character."""
        head = text[: 64 * (tokens + 1)]  # tokens are shorter than that: the rest of a long text need not be read
        read = self.tokenizer(head, add_special_tokens=False, return_offsets_mapping=True)
        ends = [end for _, end in read["offset_mapping"]]
        if len(ends) > tokens:
            head = head[: ends[tokens - 1] if tokens > 0 else 0]
        return text if head == text else head.rstrip() + "\u2026"

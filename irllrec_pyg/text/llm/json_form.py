"""The form of an answer, enforced while the model writes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor

from ..answers import ANSWER_SCHEMA


class JsonForm:
    """Grammar of :data:`~irllrec_pyg.text.ANSWER_SCHEMA` for a tokenizer, by the package ``llguidance``.

    Args:
        tokenizer: A fast tokenizer of transformers.

    Raises:
        ImportError: The package is not installed. The message says how to install it.
    """

    def __init__(self, tokenizer: Any) -> None:
        try:
            import llguidance.hf
        except ImportError as error:
            raise ImportError(
                "'enforce_json' needs the package llguidance: pip install 'irllrec-pyg[json]', or set it to False"
            ) from error
        self.matcher = llguidance.LLMatcher
        self.tokens = llguidance.hf.from_tokenizer(tokenizer)
        self.grammar = self.matcher.grammar_from_json_schema(ANSWER_SCHEMA)
        self.eos: int = tokenizer.eos_token_id

    def processor(self, batch_size: int) -> FormProcessor:
        """Logits processor for one batch.

        Args:
            batch_size: Number of prompts in the batch.
        """
        return FormProcessor([self.matcher(self.tokens, self.grammar) for _ in range(batch_size)], self.eos)


class FormProcessor(LogitsProcessor):
    """Allows each row only the tokens with which its answer can go on, and the end once it is complete.

    Args:
        matchers: One matcher per row.
        eos: Token that ends an answer.
    """

    def __init__(self, matchers: list[Any], eos: int) -> None:
        self.matchers, self.eos = matchers, eos
        self.length: int | None = None

    def keep(self, rows: list[bool]) -> None:
        """Keeps some of the rows.

        Args:
            rows: Whether each row is kept.
        """
        self.matchers = [matcher for matcher, kept in zip(self.matchers, rows, strict=True) if kept]

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores in which every token that is not allowed is minus infinity."""
        new = input_ids[:, input_ids.size(1) if self.length is None else self.length :].tolist()
        self.length = input_ids.size(1)
        words = torch.zeros(len(self.matchers), (scores.size(1) + 31) // 32, dtype=torch.int32)
        for matcher, tokens, row in zip(self.matchers, new, words, strict=True):
            if not matcher.is_stopped():
                matcher.consume_tokens(tokens)
                matcher.unsafe_compute_mask_ptr(row.data_ptr(), row.numel() * row.element_size())
        allowed = (words.unsqueeze(-1) >> torch.arange(32, dtype=torch.int32)).bitwise_and_(1).bool().flatten(1)
        allowed = allowed[:, : scores.size(1)]
        allowed[torch.tensor([matcher.is_stopped() for matcher in self.matchers]), self.eos] = True
        return scores.masked_fill(~allowed.to(scores.device), -torch.inf)

"""Texts and what models make of them."""

from .encoder import TextEncoder, find_model
from .features import text_features
from .prompt import DOMAINS, Prompt, PromptWriter, Taken
from .quote import TokenBudget, quote

__all__ = [
    "DOMAINS",
    "Prompt",
    "PromptWriter",
    "Taken",
    "TextEncoder",
    "TokenBudget",
    "find_model",
    "quote",
    "text_features",
]

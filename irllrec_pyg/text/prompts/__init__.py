"""Prompts that ask a language model for intents."""

from .corpus_prompts import assert_training_only, item_prompts, user_prompts
from .prompt import HistoryEntry, Prompt
from .sanitize import TokenBudget, sanitize
from .writer import DOMAINS, PromptWriter

__all__ = [
    "DOMAINS",
    "HistoryEntry",
    "Prompt",
    "PromptWriter",
    "TokenBudget",
    "assert_training_only",
    "item_prompts",
    "sanitize",
    "user_prompts",
]

"""Prompts as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from ..prompts import Prompt


def chat_tokens(tokenizer: Any, messages: list[dict[str, str]]) -> list[int]:
    """Tokens of a conversation, with the beginning of the answer's turn.

    Where the chat template has no system turn, the first question begins with the instructions.

    Args:
        tokenizer: Tokenizer with a chat template.
        messages: A system message, a question, and the turns that follow.
    """
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    except TemplateError:
        system, question, *turns = messages
        first = {**question, "content": f"{system['content']}\n\n{question['content']}"}
        text = tokenizer.apply_chat_template([first, *turns], tokenize=False, add_generation_prompt=True)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def shared_tokens(tokenizer: Any, prompts: Sequence[Prompt], rows: Sequence[list[int]]) -> list[int]:
    """Tokens with which all prompts begin, if they have the same instructions and example.

    The result depends on instructions and example only, so that a prompt is computed alike in every batch.

    Args:
        tokenizer: Tokenizer with a chat template.
        prompts: The prompts.
        rows: Tokens of each prompt.

    Returns:
        The tokens; none where the prompts differ in instructions or example.
    """
    first = prompts[0]
    if any((prompt.system, prompt.example) != (first.system, first.example) for prompt in prompts):
        return []
    *turns, last = first.messages()
    a, b = (chat_tokens(tokenizer, [*turns, {**last, "content": f"<data>\n{letter}"}]) for letter in "ab")
    length = next(place for place, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    prefix = a[:length]
    return prefix if all(row[:length] == prefix for row in rows) else []

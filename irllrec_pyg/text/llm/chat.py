"""Prompts as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from ..prompts import Prompt


def chat_tokens(tokenizer: Any, messages: list[dict[str, str]]) -> list[int]:
    """Tokens of a conversation, with the beginning of the answer's turn.

    Args:
        tokenizer: Tokenizer with a chat template.
        messages: A system message, a question, and the turns that follow.

    Raises:
        ValueError: The chat template leaves out a part, see :func:`chat_text`.
    """
    ids: list[int] = tokenizer(chat_text(tokenizer, messages), add_special_tokens=False)["input_ids"]
    return ids


def chat_text(tokenizer: Any, messages: list[dict[str, str]]) -> str:
    """Text of a conversation, with the beginning of the answer's turn.

    Where the chat template has no system turn, the first question begins with the instructions; some templates raise an
    error, others leave them out in silence. Where the example is lost too, a single question has all of it.

    Args:
        tokenizer: Tokenizer with a chat template.
        messages: A system message, a question, and the turns that follow.

    Raises:
        ValueError: The chat template leaves out a part of every such text, or raises an error.

    Examples:
        >>> import tempfile
        >>> from transformers import AutoTokenizer
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> tokenizer = AutoTokenizer.from_pretrained(save_tiny_llm(tempfile.mkdtemp(), "mistral"))
        >>> chat_text(tokenizer, [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}])
        '[INST]Be brief.\\n\\nHello'
    """
    system, question, *turns = messages
    first = {**question, "content": f"{system['content']}\n\n{question['content']}"}
    single = {**question, "content": "\n\n".join(message["content"] for message in messages)}
    reason: Any = "it leaves out a part of them"
    for conversation in (messages, [first, *turns], [single]):
        try:
            text = str(tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True))
        except TemplateError as error:
            reason = error
            continue
        if all(message["content"].strip() in text for message in messages):  # templates strip spaces
            return text
    raise ValueError(f"the chat template of the model cannot show instructions, example and question: {reason}")


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

"""Explanations in the words of a local language model."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from .explanation import Explanation

if TYPE_CHECKING:
    from ...text import ChatGenerator, IntentStore

_VERSION = "explanation-2"
_SYSTEM = (
    "You explain recommendations to a customer. Rewrite the facts between <data> and </data> as one or two friendly "
    "sentences to the customer. Use these facts only: add no reason, no title and no number, and repeat the title of "
    'the recommended item exactly. Answer with a JSON object: "likes" and "dislikes" stay empty lists, and "intent" '
    "holds your sentences."
)
_EXAMPLE = (
    "<data>\n'Alien' is recommended mostly because you took 'Solaris'.\n</data>",
    json.dumps({"likes": [], "dislikes": [], "intent": "As you took 'Solaris', 'Alien' may be something for you."}),
)
_NUMBER = re.compile(r"\d+")
_QUOTED = re.compile("(?<!\\w)['\u2018\u201c\"](.+?)['\u2019\u201d\"](?!\\w)")


def phrase(explanation: Explanation, generator: ChatGenerator, store: IntentStore) -> str:
    """Lets a local language model say the sentences of an explanation in other words.

    The model reads these sentences and nothing else. Its text is used only if it repeats the title of the item, and
    holds no number and no quoted name that the sentences do not hold; otherwise the sentences are returned as they are.
    That does not rule out every invented reason: for facts, show ``str(explanation)``.

    Args:
        explanation: The explanation.
        generator: The language model, such as :class:`~irllrec_pyg.text.IntentGenerator`.
        store: Store of its answers. The same explanation is not asked twice.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> from irllrec_pyg.text import IntentGenerator, IntentStore
        >>> generator = IntentGenerator(save_tiny_llm(tempfile.mkdtemp()), max_new_tokens=1, enforce_json=False)
        >>> explanation = Explanation("ann", 3, "X", 0.4, 1)
        >>> phrase(explanation, generator, IntentStore(tempfile.mkdtemp())) == str(explanation)
        True
    """
    from ...text import Prompt, answer_prompts, sanitize

    facts = str(explanation)
    prompt = Prompt(_SYSTEM, _EXAMPLE, f"<data>\n{sanitize(facts)}\n</data>", _VERSION)
    entity = f"explanation/{prompt.digest[:32]}"
    answer_prompts({entity: prompt}, generator, store, "explanations", progress=False)
    record = store.answers().get(entity)
    text = record.answer.intent if record is not None and record.answer is not None else ""
    return text if _holds_only(text, explanation) else facts


def _holds_only(text: str, explanation: Explanation) -> bool:
    """Whether a text names the item, and holds no number and no quoted name that the sentences do not hold."""
    facts = str(explanation)
    names = set(_QUOTED.findall(text))
    return (
        explanation.title in text
        and set(_NUMBER.findall(text)) <= set(_NUMBER.findall(facts))
        and all(name in facts for name in names)
    )

"""What can be wrong with one answer. Each function returns a degree between 0 and 1; 0 means that nothing is wrong."""

from __future__ import annotations

import unicodedata

from ..answer import ANSWER_SCHEMA, IntentAnswer
from .frequent_words import ENGLISH, OTHERS, UNFINISHED
from .words import runs, words_of

#: Share of repeated runs of words, or of repeated phrases in a list, that is still accepted. Two sentences may begin
#: alike.
MAX_REPEATED = 0.2

#: Share of a statement that may be copied from the prompt.
MAX_COPIED = 0.5

_REPEATED_RUN, _COPIED_RUN = 3, 6  # words of a run that counts as repeated, and as copied
_FEW = 8  # words; in fewer, English may have none of the frequent ones

_SENTENCE_ENDS = tuple(".!?\u3002\uff01\uff1f\u0964\u061f")
_QUOTES = "\"'\u2019\u201d\u00bb\u203a)]\u300d\uff09 "
_OPEN_ENDS = (",", ";", ":", "-", "\u2013", "\u2014", "(", "\u2026", "...", "\u3001", "\uff0c")


def repetition(answer: IntentAnswer) -> float:
    """Share of the statement's runs of three words that repeat an earlier run, or of the phrases in a list that repeat
    an earlier one.

    Args:
        answer: The answer.

    Examples:
        >>> repetition(IntentAnswer((), (), "A film about a film about a film about a film."))
        0.6666666666666667
        >>> repetition(IntentAnswer((), (), "Someone who wants a calm film."))
        0.0
    """
    texts = [runs(words_of(answer.intent), _REPEATED_RUN)]
    texts += [[tuple(words_of(phrase)) for phrase in phrases] for phrases in (answer.likes, answer.dislikes)]
    share = max(1 - len(set(found)) / len(found) if found else 0.0 for found in texts)
    return share if share > MAX_REPEATED else 0.0


def truncation(answer: IntentAnswer, text: str) -> float:
    """Whether the answer ends early: the limit on tokens was hit before the object was complete, the statement has the
    maximum length and no end of a sentence, or it stops in the middle of a sentence. That is a comma, a colon, a dash,
    an ellipsis or an English word that no sentence ends with. A statement without a full stop is not truncated.

    Args:
        answer: The answer.
        text: The text that the model wrote. The store keeps it as it is, so that an object without an end is one at
            which the limit was hit.

    Examples:
        >>> truncation(IntentAnswer((), (), "A film about love, family and"), "}")
        1.0
        >>> truncation(IntentAnswer((), (), "A film about love"), "}")
        0.0
    """
    statement = answer.intent.rstrip(_QUOTES)
    longest = int(ANSWER_SCHEMA["properties"]["intent"]["maxLength"])
    incomplete = "}" not in text[max(0, text.rfind("intent")) :]
    full = len(answer.intent) >= longest and not statement.endswith(_SENTENCE_ENDS)
    last = words_of(statement)[-1:]
    open_end = statement.endswith(_OPEN_ENDS) or (
        not statement.endswith(_SENTENCE_ENDS) and bool(UNFINISHED.intersection(last))
    )
    return float(incomplete or full or open_end)


def echo(answer: IntentAnswer, source: str) -> float:
    """Share of the statement's words that are copied from the prompt (instructions, example or entries), at least six
    words in a row.

    Args:
        answer: The answer.
        source: The prompt.

    Examples:
        >>> echo(IntentAnswer((), (), "I put it on when guests are tired."), "We put it on when guests are tired.")
        0.875
        >>> echo(IntentAnswer((), (), "Someone who wants to rest with guests."), "We put it on when guests are tired.")
        0.0
    """
    words, prompt = words_of(answer.intent), f" {' '.join(words_of(source))} "
    copied = [False] * len(words)
    for start, run in enumerate(runs(words, _COPIED_RUN)):
        if f" {' '.join(run)} " in prompt:
            copied[start : start + _COPIED_RUN] = [True] * _COPIED_RUN
    share = sum(copied) / len(words) if words else 0.0
    return share if share > MAX_COPIED else 0.0


def language(answer: IntentAnswer) -> float:
    """Whether the statement is not in English, the language that the prompts ask for. Then most of its letters are not
    Latin, or frequent words of other languages outnumber those of English, or it has eight words or more, and none of
    them is frequent in English.

    The rule is simple. It may miss a short statement in another language of Latin script.

    Args:
        answer: The answer.

    Examples:
        >>> language(IntentAnswer((), (), "Alguien que busca una pel\u00edcula tranquila para una noche en casa."))
        1.0
        >>> language(IntentAnswer((), (), "Someone who wants a calm film for a quiet evening at home."))
        0.0
    """
    letters = [unicodedata.name(letter, "") for letter in answer.intent if letter.isalpha()]
    latin = sum(name.startswith(("LATIN", "FULLWIDTH LATIN")) for name in letters)
    words = words_of(answer.intent)
    ours, others = (sum(word.replace("\u2019", "'") in known for word in words) for known in (ENGLISH, OTHERS))
    return float(2 * latin < len(letters) or others > max(ours, 1) or (len(words) >= _FEW and ours == 0))

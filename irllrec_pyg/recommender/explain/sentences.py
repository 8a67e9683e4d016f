"""Sentences that say what an explanation holds, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .explanation import Contribution, Explanation

_RECOMMENDED = 20  # up to this rank an item counts as recommended
_WORTH = 0.1  # an item is named if it adds at least this share of what the first one adds
_ALL, _MOST = 0.9, 0.5  # shares of what raises the score from which the named items count as all of it, or most of it


def sentences(explanation: Explanation, title: bool = True) -> list[str]:
    """At most three sentences for the person who gets the recommendation: about the history, the texts and the taste.
    Negative amounts are never named as reasons.

    Args:
        explanation: The explanation.
        title: Whether the first sentence names the item; not needed where its title stands above. (default: ``True``)

    Examples:
        >>> from irllrec_pyg.recommender.explain import Explanation
        >>> explanation = Explanation("ann", 3, "X", 0.4, 1, words=[("dry wit", 0.2)], own=0.4)
        >>> sentences(explanation)
        ["'X' is recommended although you have taken nothing yet.", "Its text mentions 'dry wit', like yours."]
        >>> sentences(explanation, title=False)[0]
        'Recommended although you have taken nothing yet.'
    """
    return [
        sentence for sentence in (_history(explanation, title), _words(explanation), _taste(explanation)) if sentence
    ]


def details(explanation: Explanation) -> str:
    """The amounts behind the sentences, for experts: the shares of the named items in what raises the score, and those
    of the parts of a blend.

    Args:
        explanation: The explanation.

    Returns:
        At most two sentences; empty where there is nothing to split.

    Examples:
        >>> from irllrec_pyg.recommender.explain import Explanation
        >>> details(Explanation("ann", 3, "X", 0.4, 1, parts={"EASE": 0.3, "popularity": 0.1}, own=0.4))
        'EASE adds 75 % of its score and popularity 25 %.'
    """
    return " ".join(sentence for sentence in (_amounts(explanation), _parts(explanation)) if sentence)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    Args:
        names: The names, at least one.

    Examples:
        >>> listed(["'A'", "'B'", "'C'"])
        "'A', 'B' and 'C'"
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _history(explanation: Explanation, title: bool) -> str:
    recommended = explanation.rank <= _RECOMMENDED or explanation.taken
    if explanation.taken:
        subject = (
            f"'{explanation.title}', which you took already, fits you" if title else "You took it already; it fits"
        )
    elif recommended:
        subject = f"'{explanation.title}' is recommended" if title else "Recommended"
    else:
        item = f"'{explanation.title}'" if title else "It"
        subject = f"{item} is only number {explanation.rank} for you"
    if not explanation.history:
        return f"{subject} although you have taken nothing yet."
    named, share = _named(explanation)
    if not named:
        return f"{subject}, though not because of a single item that you took."
    names = listed([_quoted(entry.title) for entry in named])
    if not recommended:
        return f"{subject}: {names}, which you took, {_verb('speak', named)} for it{_rest(explanation)}."
    amount = "" if share >= _ALL else "mostly " if share >= _MOST else "partly "
    return f"{subject} {amount}because you took {names}{_rest(explanation)}."


def _named(explanation: Explanation) -> tuple[list[Contribution], float]:
    """The items of the history that sentences name, and their share of what raises the score."""
    raising = [entry for entry in explanation.history if entry.value > 0.0]
    named = [entry for entry in raising[: explanation.most] if entry.value >= _WORTH * raising[0].value]
    total = _raising(explanation)
    share = sum(entry.value for entry in named) / total if total else 0.0
    return (named, share) if share >= 0.005 else ([], 0.0)


def _raising(explanation: Explanation) -> float:
    """The sum of what raises the score."""
    return sum(max(entry.value, 0.0) for entry in explanation.history) + max(explanation.own, 0.0)


def _rest(explanation: Explanation) -> str:
    """What else a reader must know."""
    if explanation.score < 0.0:
        return ", but more speaks against it"
    if explanation.own > _MOST * _raising(explanation):
        return "; most of its score is not due to single items"
    return ""


def _words(explanation: Explanation) -> str:
    words = [_quoted(word) for word, _ in explanation.words[: explanation.most]]
    disliked = [_quoted(word) for word, _ in explanation.disliked[: explanation.most]]
    against = f"{listed(disliked)}, which you dislike" if disliked else ""
    if not words:
        return f"Its text mentions {against}." if against else ""
    source = "texts of what you took" if explanation.from_history else "yours"
    shared = f"Its text mentions {listed(words)}, like {source}"
    return f"{shared}, but also {against}." if against else f"{shared}."


def _taste(explanation: Explanation) -> str:
    found = explanation.prototypes
    return f"It fits one of your tastes: items such as {found[0][0]}." if found else ""


def _amounts(explanation: Explanation) -> str:
    named, share = _named(explanation)
    if not named:
        return ""
    names = listed([_quoted(entry.title) for entry in named])
    rest = explanation.own / _raising(explanation)
    own = f", and {_percent(rest)} comes from no single item" if rest >= 0.005 else ""
    return f"{names} {_verb('make', named)} up {_percent(share)} of what raises its score{own}."


def _parts(explanation: Explanation) -> str:
    raising = sorted(((value, name) for name, value in explanation.parts.items() if value > 0.0), reverse=True)
    if len(explanation.parts) < 2 or not raising:
        return ""
    total = sum(value for value, _ in raising)
    (name, amount), *rest = [(name, _percent(value / total)) for value, name in raising]
    return listed([f"{name} adds {amount} of its score", *(f"{name} {amount}" for name, amount in rest)]) + "."


def _verb(verb: str, subject: Sequence[object]) -> str:
    return verb if len(subject) > 1 else f"{verb}s"


def _quoted(name: str) -> str:
    return f"'{name}'"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

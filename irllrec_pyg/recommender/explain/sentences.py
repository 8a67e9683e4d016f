"""Sentences that say what an explanation holds, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .explanation import Explanation

_RECOMMENDED = 20  # up to this rank an item counts as recommended
_WORTH = 0.1  # an item is named if it adds at least this share of what the first one adds


def sentences(explanation: Explanation) -> list[str]:
    """At most three sentences about the history, the texts, and the parts of the ranker.

    Percentages are shares of what raises the score: negative amounts are never named as reasons.

    Args:
        explanation: The explanation.

    Examples:
        >>> from irllrec_pyg.recommender.explain import Explanation
        >>> sentences(Explanation("ann", 3, "X", 0.4, 1, parts={"EASE": 0.3, "popularity": 0.1}, own=0.4))
        ["'X' is recommended although you have taken nothing yet.", 'EASE adds 75 % of its score and popularity 25 %.']
    """
    found = (_history(explanation), _words(explanation), _parts(explanation))
    return [sentence[0].upper() + sentence[1:] for sentence in found if sentence]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    Args:
        names: The names, at least one.

    Examples:
        >>> listed(["'A'", "'B'", "'C'"])
        "'A', 'B' and 'C'"
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _history(explanation: Explanation) -> str:
    title = f"'{explanation.title}'"
    recommended = explanation.rank <= _RECOMMENDED or explanation.taken
    if explanation.taken:
        subject = f"{title}, which you took already, fits you"
    else:
        subject = f"{title} is recommended" if recommended else f"{title} has rank {explanation.rank} for you"
    if not explanation.history:
        return f"{subject} although you have taken nothing yet."
    raising = [entry for entry in explanation.history if entry.value > 0.0]
    total = sum(entry.value for entry in raising) + max(explanation.own, 0.0)
    named = [entry for entry in raising[: explanation.most] if entry.value >= _WORTH * raising[0].value]
    share = sum(entry.value for entry in named) / total if total else 0.0
    if share < 0.005:
        return f"{subject}, but no single item that you took raises its score."
    names = listed([_quoted(entry.title) for entry in named])
    verb = "make" if len(named) > 1 else "makes"
    amount = f"{verb} up {_percent(share)} of what raises its score{_rest(explanation, total)}"
    if recommended:
        return f"{subject} because you took {names}, which {amount}."
    return f"{subject}: {names}, which you took, {amount}."


def _rest(explanation: Explanation, total: float) -> str:
    """What else a reader must know about the score, given the sum of what raises it."""
    if explanation.score < 0.0:
        return ", but more lowers it"
    if explanation.own >= 0.5 * total:
        return f", while {_percent(explanation.own / total)} does not come from single items"
    return ""


def _words(explanation: Explanation) -> str:
    words = [_quoted(word) for word, _ in explanation.words[: explanation.most]]
    disliked = [_quoted(word) for word, _ in explanation.disliked[: explanation.most]]
    source = "those of what you took" if explanation.from_history else "yours"
    against = f"{listed(disliked)}, which you dislike" if disliked else ""
    if not words:
        return f"Its text mentions {against}." if against else ""
    shared = f"Its text shares the word{'s' if len(words) > 1 else ''} {listed(words)} with {source}"
    return f"{shared}, but also mentions {against}." if against else f"{shared}."


def _parts(explanation: Explanation) -> str:
    clauses = []
    if explanation.prototypes:
        clauses.append(f"you and it are both close to items such as {explanation.prototypes[0][0]}")
    raising = sorted(((value, name) for name, value in explanation.parts.items() if value > 0.0), reverse=True)
    if len(explanation.parts) > 1 and raising:
        total = sum(value for value, _ in raising)
        amounts = [(name, _percent(value / total)) for value, name in raising[: explanation.most]]
        (name, amount), *rest = amounts
        clauses.append(listed([f"{name} adds {amount} of its score", *(f"{name} {amount}" for name, amount in rest)]))
    return f"{'; '.join(clauses)}." if clauses else ""


def _quoted(name: str) -> str:
    return f"'{name}'"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

"""An explanation, as facts, as sentences and as a picture."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .sentences import details, sentences

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Contribution(NamedTuple):
    """What an item of the history adds to a score.

    Args:
        item (Any): Original id of the item.
        title (str): Title of the item; its id where it has none.
        value (float): What it adds; negative if it lowers the score.

    Examples:
        >>> Contribution(7, "Alien", 0.5).title
        'Alien'
    """

    item: Any
    title: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """Why an item gets its score for a user, as :func:`~irllrec_pyg.recommender.explain` returns it.

    ``str(explanation)`` says it in at most three sentences for the person who gets the recommendation; ``details`` adds
    the amounts for experts. All amounts are exact: ``parts`` sum to ``score``, and so do the values of ``history``
    together with ``own``.

    Args:
        user: Original id of the user.
        item: Original id of the item.
        title: Title of the item; its id where it has none.
        score: Its score.
        rank: Its rank, from 1, among the items that the user has not taken.
        taken: Whether the user is known to have taken it. (default: ``False``)
        parts: What each part of the ranker adds to the score, by name. (default: none)
        history: What each item of the history adds, the largest first. (default: none)
        own: The rest of the score, which no single item adds, such as that of a learned user embedding.
            (default: ``0.0``)
        words: Words that the item's text shares with the user's, or likes that they share, and their weights.
            (default: none)
        disliked: Words of the item that the user dislikes, and their weights. (default: none)
        prototypes: Descriptions of the prototypes that carry the pair, and their shares. (default: none)
        from_history: Whether the user's words are those of their history, because they have no text of their own.
            (default: ``False``)
        most: Number of items and words that the sentences name. (default: ``3``)

    Examples:
        >>> history = [Contribution(1, "A", 0.5), Contribution(2, "B", -0.1)]
        >>> explanation = Explanation("ann", 3, "X", 0.4, 1, history=history)
        >>> print(explanation)
        'X' is recommended because you took 'A'.
        >>> explanation.details
        "'A' makes up 100 % of what raises its score."
    """

    user: Any
    item: Any
    title: str
    score: float
    rank: int
    taken: bool = False
    parts: dict[str, float] = field(default_factory=dict)
    history: list[Contribution] = field(default_factory=list)
    own: float = 0.0
    words: list[tuple[str, float]] = field(default_factory=list)
    disliked: list[tuple[str, float]] = field(default_factory=list)
    prototypes: list[tuple[str, float]] = field(default_factory=list)
    from_history: bool = False
    most: int = 3

    @property
    def details(self) -> str:
        """The amounts in words: the shares of the named items, and those of the parts of a blend."""
        return details(self)

    def sentences(self, title: bool = True) -> list[str]:
        """The explanation in at most three sentences.

        Args:
            title: Whether the first sentence names the item; not needed where its title stands above.
                (default: ``True``)
        """
        return sentences(self, title)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data, with ``text``, its sentences. Ids stay as they are."""
        content = asdict(self)
        content["history"] = [entry._asdict() for entry in self.history]
        for name in ("words", "disliked"):
            content[name] = [{"word": word, "weight": weight} for word, weight in getattr(self, name)]
        content["prototypes"] = [{"name": name, "share": share} for name, share in self.prototypes]
        return {**content, "text": str(self)}

    def plot(self, ax: Axes | None = None, most: int = 8) -> Axes:
        """Draws what the items of the history, and the rest, add to the score as bars.

        Args:
            ax: Axes to draw on. (default: new ones)
            most: Largest number of items, those with the largest amounts. (default: ``8``)
        """
        if ax is None:
            from matplotlib.figure import Figure

            ax = Figure(figsize=(6.0, 3.0), layout="constrained").subplots()
        chosen = sorted(self.history, key=lambda entry: -abs(entry.value))[:most]
        others = sum(entry.value for entry in self.history) - sum(entry.value for entry in chosen)
        bars = [(entry.title, entry.value) for entry in sorted(chosen, key=lambda entry: -entry.value)]
        least = 1e-6 * max(abs(self.score), *(abs(value) for _, value in bars), 0.0)  # less is rounding
        bars += [(name, value) for name, value in (("other items", others), ("rest", self.own)) if abs(value) > least]
        names, values = [name for name, _ in bars][::-1], [value for _, value in bars][::-1]
        ax.barh(range(len(bars)), values, color=["tab:blue" if value > 0 else "tab:red" for value in values])
        ax.set_yticks(range(len(bars)), names)
        ax.axvline(0.0, color="black", linewidth=0.8)
        ax.set(title=f"Why '{self.title}'?", xlabel=f"part of its score, {self.score:.3g}")
        return ax

    def _repr_html_(self) -> str:
        text = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences())
        amounts = f"<details><summary>amounts</summary>{html.escape(self.details)}</details>" if self.details else ""
        return text + amounts

    def __str__(self) -> str:
        return " ".join(self.sentences())

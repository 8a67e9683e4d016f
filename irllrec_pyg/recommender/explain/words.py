"""Words that two texts share, and words that are typical of some texts."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

_WORD = re.compile(r"[^\W_](?:[\w'\u2019&-]*[^\W_])?")

# Pronouns, articles, prepositions, conjunctions, auxiliary verbs, and other words that no reason consists of.
_STOP_WORDS = """
a about above across after again against all almost along already also although always am among an and another any
anyone anything are around as at away be became because become been before began being below best better between both
but by came can cannot come could did do does doing done don't down during each either else enough especially etc even
ever every everyone everything few for from further get gets give given gives go goes going got great had has have
having he her here hers herself him himself his how however i i'm i've if in including indeed instead into is it it's
its itself just keep kept know least less let like likely likes made make makes making many may maybe me might more
most much must my myself near never no none nor not nothing now of off offer offers often on once one ones only onto
or other others our ours out over own particularly per perhaps quite rather really same see seems seen several shall
she should since so some someone something still such take taken than that that's the their theirs them themselves
then there these they thing things this those though through throughout thus to together too toward towards under
until up upon us used using various very via was way we well were what when where whether which while who whom whose
why will with within without would yet you your yours yourself
"""
_STOP = frozenset(_STOP_WORDS.split())


def terms(text: str) -> list[str]:
    """Words of a text, and pairs of words with one space between them, in lower case and without stop words.

    Args:
        text: The text.

    Examples:
        >>> terms("The dream pop of the 90s")
        ['dream', 'pop', '90s', 'dream pop']
    """
    text = text.lower()
    found = [match for match in _WORD.finditer(text) if len(match.group()) > 1]
    kept = [match for match in found if match.group() not in _STOP]
    pairs = [f"{a.group()} {b.group()}" for a, b in pairwise(kept) if text[a.end() : b.start()] == " "]
    return [match.group() for match in kept] + pairs


class WordWeights:
    r"""Weights of words by TF-IDF over the texts of all items,

    .. math::
        x_{tw} \propto (1 + \log n_{tw}) \log \frac{1 + n}{1 + n_w} ,

    where :math:`n_{tw}` is the count of word :math:`w` in text :math:`t`, and :math:`n_w` the number of the :math:`n`
    texts that contain it. A pair of words counts as a word if at least half of the texts with its rarer word contain
    it, such as "dream pop". Words of more than half of the texts are left out.

    Args:
        texts: Texts of the items; empty ones do not count.

    Examples:
        >>> words = WordWeights(["a slow film", "a loud film", "loud music", "slow music"])
        >>> first, second = words.vector("slow and quiet"), words.vector("a slow film")
        >>> [word for word, _ in words.shared(first, second)]
        ['slow']
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.count: Counter[str] = Counter()
        self.num_texts = 0
        for text in texts:
            if text.strip():
                self.num_texts += 1
                self.count.update(set(terms(text)))

    def vector(self, text: str) -> dict[str, float]:
        """Weights of the words of a text, of unit length together.

        Args:
            text: The text.
        """
        weights = {
            term: (1.0 + math.log(count)) * math.log((1 + self.num_texts) / (1 + self.count[term]))
            for term, count in Counter(terms(text)).items()
            if self._counts(term)
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def _counts(self, term: str) -> bool:
        """Whether a word or pair is rare enough to say something, and a pair belongs together."""
        words = term.split()
        together = len(words) == 1 or 2 * self.count[term] >= max(2, min(self.count[word] for word in words))
        return together and 2 * self.count[term] <= self.num_texts

    def mean_vector(self, texts: Sequence[str]) -> dict[str, float]:
        """Mean of the weights of words over some texts, so that words of many of them weigh most.

        Args:
            texts: The texts; empty ones count too.
        """
        total: defaultdict[str, float] = defaultdict(float)
        for text in texts:
            for term, weight in self.vector(text).items():
                total[term] += weight / len(texts)
        return dict(total)

    def shared(
        self, first: Mapping[str, float], second: Mapping[str, float], most: int = 5, without: str = ""
    ) -> list[tuple[str, float]]:
        """Words that two vectors share, by what each adds to their inner product: the cosine of two texts, or the mean
        cosine of a text with others.

        Args:
            first: One vector, see :meth:`vector` and :meth:`mean_vector`.
            second: The other vector.
            most: Largest number of words. (default: ``5``)
            without: Words that say nothing here, such as the title of the item. (default: none)

        Returns:
            Words and weights, the largest first. No two of them have a word in common.
        """
        left_out = set(terms(without))
        both = {term: weight * second[term] for term, weight in first.items() if term in second}
        return largest_words({term: weight for term, weight in both.items() if not left_out & {*term.split()}}, most)


def largest_words(weights: Mapping[str, float], most: int) -> list[tuple[str, float]]:
    """Words with the largest weights, of which no two have a word in common.

    Args:
        weights: Weights of words and of pairs of words. A pair counts half as much again, so that it is preferred to
            one of its words.
        most: Largest number of words.

    Examples:
        >>> largest_words({"dream": 1.0, "pop": 0.7, "dream pop": 0.9, "slow": 0.5}, most=2)
        [('dream pop', 0.9), ('slow', 0.5)]
    """
    chosen: list[tuple[str, float]] = []
    used: set[str] = set()
    for term, weight in sorted(weights.items(), key=lambda entry: (-entry[1] * (1.0 + 0.5 * (" " in entry[0])), entry)):
        words = set(term.split())
        if len(chosen) < most and not words & used:
            chosen.append((term, weight))
            used |= words
    return sorted(chosen, key=lambda entry: -entry[1])

"""Why an item is recommended: items of a history, parts of a blend, words and prototypes that carry its score."""

from .explain import Explainer, explain
from .explanation import Explanation
from .phrase import phrase
from .prototypes import Prototypes
from .stated import with_stated_intents

__all__ = ["Explainer", "Explanation", "Prototypes", "explain", "phrase", "with_stated_intents"]

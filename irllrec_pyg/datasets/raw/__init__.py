"""From raw reviews to interactions and texts."""

from .amazon_2023 import read_amazon_2023
from .texts import training_texts

__all__ = ["read_amazon_2023", "training_texts"]

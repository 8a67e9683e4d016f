"""From raw reviews to interactions and texts."""

from .amazon_2014 import read_amazon_2014
from .amazon_2023 import read_amazon_2023
from .k_core import k_core
from .records import RawReviews, Skipped
from .texts import training_texts
from .yelp import read_yelp

__all__ = [
    "RawReviews",
    "Skipped",
    "k_core",
    "read_amazon_2014",
    "read_amazon_2023",
    "read_yelp",
    "training_texts",
]

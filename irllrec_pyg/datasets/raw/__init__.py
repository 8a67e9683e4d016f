"""From raw reviews to interactions and texts."""

from .amazon_2014 import read_amazon_2014
from .amazon_2023 import read_amazon_2023
from .corpus import ReviewCorpus, build_corpus, load_corpus
from .k_core import k_core
from .records import RawReviews, Skipped
from .table import read_table
from .texts import training_texts
from .yelp import read_yelp

__all__ = [
    "RawReviews",
    "ReviewCorpus",
    "Skipped",
    "build_corpus",
    "k_core",
    "load_corpus",
    "read_amazon_2014",
    "read_amazon_2023",
    "read_table",
    "read_yelp",
    "training_texts",
]

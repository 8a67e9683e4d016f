"""From raw reviews to interactions and texts."""

from .amazon_2014 import read_amazon_2014
from .amazon_2023 import read_amazon_2023
from .frame import SPLITS, from_dataframe
from .intent_features import feature_files, read_feature_manifest, write_feature_manifest
from .interactions import interactions_from_table
from .k_core import k_core
from .large_corpus import corpus_from_rows, large_corpus
from .lines import Limits
from .records import RawReviews, Skipped
from .review_corpus import ReviewCorpus, build_corpus, load_corpus
from .table import read_table
from .texts import training_texts
from .yelp import read_yelp

__all__ = [
    "SPLITS",
    "Limits",
    "RawReviews",
    "ReviewCorpus",
    "Skipped",
    "build_corpus",
    "corpus_from_rows",
    "feature_files",
    "from_dataframe",
    "interactions_from_table",
    "k_core",
    "large_corpus",
    "load_corpus",
    "read_amazon_2014",
    "read_amazon_2023",
    "read_feature_manifest",
    "read_table",
    "read_yelp",
    "training_texts",
    "write_feature_manifest",
]

"""Data objects: published matrices, Last.fm, anyone's table, and synthetic reviews with known intents."""

from .features import (
    check_features,
    features_of,
    has_text,
    load_features,
    mean_of_items,
    set_features,
    shuffle_features,
    unit_features,
)
from .frame import from_dataframe
from .interactions import INTERACTS, fingerprint, make_data, statistics
from .lastfm import LastFM
from .published import AmazonBook, AmazonMovie, PublishedDataset, Yelp
from .reviews import ReviewDataset
from .split import split_per_user
from .synthetic import INTENTS, SyntheticMovies, write_reviews

__all__ = [
    "INTENTS",
    "INTERACTS",
    "AmazonBook",
    "AmazonMovie",
    "LastFM",
    "PublishedDataset",
    "ReviewDataset",
    "SyntheticMovies",
    "Yelp",
    "check_features",
    "features_of",
    "fingerprint",
    "from_dataframe",
    "has_text",
    "load_features",
    "make_data",
    "mean_of_items",
    "set_features",
    "shuffle_features",
    "unit_features",
    "split_per_user",
    "statistics",
    "write_reviews",
]

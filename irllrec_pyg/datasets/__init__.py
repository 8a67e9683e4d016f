"""Datasets: published matrices, Last.fm, Google reviews, anyone's table, and synthetic reviews with known intents."""

from ..corpus import from_dataframe
from .feature_files import load_features
from .google import Google
from .lastfm import LastFM
from .published import AmazonBook, AmazonMovie, PublishedDataset, Yelp
from .registry import DATASETS, load_dataset
from .reviews import ReviewDataset
from .synthetic import INTENTS, SyntheticMovies, write_reviews

__all__ = [
    "DATASETS",
    "INTENTS",
    "AmazonBook",
    "AmazonMovie",
    "Google",
    "LastFM",
    "PublishedDataset",
    "ReviewDataset",
    "SyntheticMovies",
    "Yelp",
    "from_dataframe",
    "load_dataset",
    "load_features",
    "write_reviews",
]

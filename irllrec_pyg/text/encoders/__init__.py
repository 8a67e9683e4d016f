"""Text encoders: from texts to features."""

from .feature_file import DTYPES, encode_to_file
from .registry import ENCODERS, Encode, find_encoder
from .text_encoder import POOLINGS, TextEncoder
from .text_features import encode_texts, text_features
from .words import word_features

__all__ = [
    "DTYPES",
    "ENCODERS",
    "Encode",
    "POOLINGS",
    "TextEncoder",
    "encode_texts",
    "encode_to_file",
    "find_encoder",
    "text_features",
    "word_features",
]

"""Text encoders: from texts to features.

A new encoder is one file in this folder, or a function that a package registers::

    @ENCODERS.register("mine")
    def mine(texts): ...  # one row of features per text
"""

from .feature_file import DTYPES, encode_to_file
from .identity import encoder_identity
from .registry import ENCODERS, Encode, batch_dependent, find_encoder
from .text_encoder import POOLINGS, TextEncoder
from .text_features import encode_texts, text_features
from .words import word_features

__all__ = [
    "DTYPES",
    "ENCODERS",
    "Encode",
    "POOLINGS",
    "TextEncoder",
    "batch_dependent",
    "encode_texts",
    "encode_to_file",
    "encoder_identity",
    "find_encoder",
    "text_features",
    "word_features",
]

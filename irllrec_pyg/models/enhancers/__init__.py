"""Enhancers: methods that wrap any backbone and read texts."""

from .intent_encoding import IntentEncoding
from .irllrec import IRLLRec
from .kar import KAR
from .profile_contrast import ProfileContrast
from .published_irllrec import PublishedIRLLRec
from .ranking_matching import RankingMatching
from .rlmrec_con import RLMRecCon
from .rlmrec_gen import MaskedEncoding, RLMRecGen
from .text_ranking import TextRanking

__all__ = [
    "KAR",
    "IRLLRec",
    "IntentEncoding",
    "MaskedEncoding",
    "ProfileContrast",
    "PublishedIRLLRec",
    "RLMRecCon",
    "RLMRecGen",
    "RankingMatching",
    "TextRanking",
]

"""Losses over tensors: a module each, with a function beside it. None knows of models, batches or graphs."""

from .bpr import BPRLoss, bpr_loss
from .interaction_text_matching import InteractionTextMatching, interaction_text_matching_loss, soft_cross_entropy
from .l2 import l2_loss
from .pairwise_alignment import PairwiseAlignment, info_nce
from .translation_alignment import TranslationAlignment, perturb, translation_alignment_loss

__all__ = [
    "BPRLoss",
    "InteractionTextMatching",
    "PairwiseAlignment",
    "TranslationAlignment",
    "bpr_loss",
    "info_nce",
    "interaction_text_matching_loss",
    "l2_loss",
    "perturb",
    "soft_cross_entropy",
    "translation_alignment_loss",
]

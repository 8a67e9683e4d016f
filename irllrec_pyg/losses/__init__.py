"""Losses over tensors, each as a module and as a function. They do not depend on models, batches or graphs."""

from .bpr import BPRLoss, bpr_loss
from .in_batch_softmax import InBatchSoftmaxLoss, in_batch_softmax_loss
from .interaction_text_matching import InteractionTextMatching, interaction_text_matching_loss, soft_cross_entropy
from .l2 import l2_loss
from .pairwise_alignment import PairwiseAlignment, info_nce, info_nce_of_nodes
from .ranking_distillation import RankingDistillation, ranking_distillation_loss
from .softmax import SoftmaxLoss, softmax_loss
from .translation_alignment import TranslationAlignment, perturb, translation_alignment_loss

__all__ = [
    "BPRLoss",
    "InBatchSoftmaxLoss",
    "InteractionTextMatching",
    "PairwiseAlignment",
    "RankingDistillation",
    "SoftmaxLoss",
    "TranslationAlignment",
    "bpr_loss",
    "in_batch_softmax_loss",
    "info_nce",
    "info_nce_of_nodes",
    "interaction_text_matching_loss",
    "l2_loss",
    "perturb",
    "ranking_distillation_loss",
    "soft_cross_entropy",
    "softmax_loss",
    "translation_alignment_loss",
]

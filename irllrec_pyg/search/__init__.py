"""Search: the most accurate ranker for some data, found in one call."""

from .budget import Budget
from .everything import fit_on_everything
from .fit import fit
from .fitted import FittedRanker
from .inputs import load_data
from .report import Report
from .tune import Tuned, TunedTrial, tune, validation_ndcg

__all__ = [
    "Budget",
    "FittedRanker",
    "Report",
    "Tuned",
    "TunedTrial",
    "fit",
    "fit_on_everything",
    "load_data",
    "tune",
    "validation_ndcg",
]

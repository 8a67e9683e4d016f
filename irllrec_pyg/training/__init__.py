"""Sampling, training, evaluation and checkpoints."""

from .checkpoint import load_model, read_checkpoint, save_model, versions, write_checkpoint
from .evaluation import METRICS, evaluate, evaluate_scores
from .sampler import TripletSampler
from .trackers import JSONLinesTracker
from .trainer import Trainer, TrainResult

__all__ = [
    "METRICS",
    "JSONLinesTracker",
    "TrainResult",
    "Trainer",
    "TripletSampler",
    "evaluate",
    "evaluate_scores",
    "load_model",
    "read_checkpoint",
    "save_model",
    "versions",
    "write_checkpoint",
]

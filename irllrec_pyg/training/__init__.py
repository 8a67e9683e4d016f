"""Sampling, training and checkpoints."""

from .checkpoint import read_checkpoint, versions, write_checkpoint
from .sampler import TripletSampler
from .trackers import JSONLinesTracker
from .trainer import Trainer, TrainResult

__all__ = [
    "JSONLinesTracker",
    "TrainResult",
    "Trainer",
    "TripletSampler",
    "read_checkpoint",
    "versions",
    "write_checkpoint",
]

"""Training: sampling, the trainer, checkpoints and logs."""

from ..data import versions
from .checkpoint import read_checkpoint, write_checkpoint
from .result import TrainResult
from .sampler import TripletSampler
from .trackers import JSONLinesTracker
from .trainer import Trainer

__all__ = [
    "JSONLinesTracker",
    "TrainResult",
    "Trainer",
    "TripletSampler",
    "read_checkpoint",
    "versions",
    "write_checkpoint",
]

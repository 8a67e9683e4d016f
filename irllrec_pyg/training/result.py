"""The result of a training run, and early stopping."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class TrainResult:
    """Result of a training run so far.

    Args:
        epoch: Number of epochs that were trained. (default: ``0``)
        best_epoch: The epoch with the best validation metric, whose weights the model has after training.
            (default: ``0``)
        best: The best validation metric. (default: minus infinity)
        stale: Number of evaluations since the best one. (default: ``0``)
        seconds: Training time, evaluation included. (default: ``0.0``)
        history: One record per epoch: ``epoch``, ``loss``, its terms, ``seconds``, and the validation metrics if the
            epoch was evaluated. (default: none)

    Examples:
        >>> result = TrainResult(epoch=3)
        >>> result.update(0.2)
        True
        >>> result.best, result.best_epoch
        (0.2, 3)
    """

    epoch: int = 0
    best_epoch: int = 0
    best: float = float("-inf")
    stale: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def update(self, value: float) -> bool:
        """Records an evaluation of the current epoch.

        Args:
            value: The validation metric.

        Returns:
            Whether it is a new best.
        """
        if value > self.best:
            self.best, self.best_epoch, self.stale = value, self.epoch, 0
            return True
        self.stale += 1
        return False

    def ends(self, max_epochs: int, patience: int) -> bool:
        """Whether training is over.

        Args:
            max_epochs: Largest number of epochs.
            patience: Number of evaluations without a new best after which training stops.
        """
        return self.epoch >= max_epochs or self.stale >= patience

    def last_epoch(self, metric: str, max_epochs: int, patience: int) -> int:
        """The last epoch of the history that a run with other stopping rules would have trained.

        Args:
            metric: Name of the validation metric.
            max_epochs: Largest number of epochs.
            patience: Number of evaluations without a new best after which training stops.
        """
        replayed = TrainResult()
        for record in self.history:
            if replayed.ends(max_epochs, patience):
                break
            replayed.epoch += 1
            if metric in record:
                replayed.update(record[metric])
        return replayed.epoch

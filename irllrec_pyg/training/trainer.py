"""Training with early stopping, checkpoints and exact resumption."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator
from torch_geometric.data import HeteroData

from .._checks import check_at_least, check_choice, check_positive
from ..data import SPLIT_NAMES, JointGraph, digest, fingerprint
from ..models import Recommender
from ..ranking import Metric, Ranker, check_cutoffs, metric_names
from .blending import BlendedRankers
from .callbacks import Callback
from .epoch import run_epoch
from .evaluation import evaluate_together
from .fitting import fit_model
from .optimizers import (
    OptimizerLike,
    SchedulerLike,
    describe_optimizer,
    describe_scheduler,
    make_optimizer,
    make_scheduler,
)
from .pairs import checked_pairs
from .processes import Processes, default_accelerator
from .result import TrainResult
from .run_state import one_run_at_a_time
from .sampler import TripletSampler
from .tiles import check_tile_size

LR = 1e-3


class Trainer:
    """Trains any :class:`~irllrec_pyg.models.Recommender` with early stopping and checkpoints.

    An epoch depends on the seed and its number only, so that a run which was interrupted and resumed ends where an
    uninterrupted one does, bit for bit on a CPU. Negatives and the noise of the model come from different streams of
    random numbers. The caller's random state is left as it was. Where accelerate has started several processes, they
    share the work of every step, and the result is that of one process up to rounding.

    Args:
        model: The model to train.
        data: The data object.
        lr: Learning rate of Adam. (default: ``1e-3``)
        optimizer: An optimizer of the model's parameters, or a function that makes one of them, such as
            :class:`torch.optim.AdamW`. It has a learning rate of its own. (default: Adam)
        scheduler: A learning rate scheduler of the optimizer, or a function that makes one. It takes a step after every
            epoch; :class:`~torch.optim.lr_scheduler.ReduceLROnPlateau`, after every evaluation. (default: none)
        max_grad_norm: Largest norm of the gradient, to which it is scaled down. (default: no limit)
        batch_size: Number of triplets per step, of all processes together. (default: ``4096``)
        tile_size: Largest number of triplets whose loss is computed at once. Larger batches are cut into tiles, which
            share one encoding. Means over triplets stay the same; a contrast within the batch becomes one within each
            tile. Choose it for large graphs, with few steps of large batches. (default: the whole batch)
        by_user: Whether the interactions of a user stay together when they are shuffled. A softmax over all items is
            then computed once per user instead of once per interaction. (default: ``False``)
        max_epochs: Largest number of epochs. (default: ``300``)
        eval_every: Number of epochs between evaluations on the validation split. (default: ``3``)
        patience: Number of evaluations without a new best after which training stops. (default: ``5``)
        metric: The validation metric for early stopping, such as ``"recall@20"`` or ``"ndcg@10"``.
            (default: ``"recall@20"``)
        metrics: Names and functions of the metrics, see :func:`~irllrec_pyg.ranking.evaluate_users`. (default: recall,
            ndcg, precision, mrr and hit_ratio)
        k: Cut-offs of the metrics. (default: ``(5, 10, 20)``)
        seed: Seed of negatives, order and noise. It does not set the model's initial weights. (default: ``0``)
        blend_with: Rankers and their weights, ``[(ease, 2.0)]``, whose scores are added to the model's in every
            evaluation, early stopping included; see :class:`~irllrec_pyg.ranking.Blend`. (default: none)
        checkpoint: A ``.safetensors`` file that is written after every evaluation, and from which :meth:`fit` resumes.
            It holds the weights, so the initial weights of a resumed model do not count. (default: none)
        matmul_precision: ``"highest"``, ``"high"`` or ``"medium"``, see :func:`torch.set_float32_matmul_precision`.
            ``"medium"`` is fastest. (default: ``"highest"``)
        accelerator: Sets devices, precision, gradient accumulation, compilation and trackers. The default puts the
            model on an accelerator if there is one. (default: ``Accelerator()``)
        callbacks: Functions that are called with the trainer and the result after every epoch; training ends where one
            returns true. (default: none)
        log_every: Number of epochs between records of the trackers. Evaluations are always logged. (default: ``1``)
        end_training: Whether :meth:`fit` closes the trackers at its end. (default: ``False``)
        progress: Whether to show a progress bar on a terminal, and to write a line per epoch elsewhere.
            (default: ``True``)

    Raises:
        ValueError: An argument is out of its range, arguments do not go together, model, data and blended rankers have
            different sizes, or a split has no interactions.
        TypeError: There is a checkpoint, but an argument of the model or of a blended ranker cannot be described.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> trainer = Trainer(LightGCN(24, 20), tiny_data(), max_epochs=3, progress=False)
        >>> trainer.fit().epoch
        3
        >>> sorted(trainer.evaluate("test"))[-1]
        'recall@5'
    """

    def __init__(
        self,
        model: Recommender,
        data: HeteroData,
        *,
        lr: float = LR,
        optimizer: OptimizerLike | None = None,
        scheduler: SchedulerLike | None = None,
        max_grad_norm: float | None = None,
        batch_size: int = 4096,
        tile_size: int | None = None,
        by_user: bool = False,
        max_epochs: int = 300,
        eval_every: int = 3,
        patience: int = 5,
        metric: str = "recall@20",
        metrics: Sequence[Metric] | None = None,
        k: Sequence[int] = (5, 10, 20),
        seed: int = 0,
        blend_with: Sequence[tuple[Ranker, float]] = (),
        checkpoint: str | Path | None = None,
        matmul_precision: str = "highest",
        accelerator: Accelerator | None = None,
        callbacks: Sequence[Callback] = (),
        log_every: int = 1,
        end_training: bool = False,
        progress: bool = True,
    ) -> None:
        counts = {"max_epochs": max_epochs, "eval_every": eval_every, "patience": patience, "log_every": log_every}
        for name, value in counts.items():
            check_at_least(name, value, minimum=1)
        check_positive("lr", lr, "the paper uses 1e-3")
        if max_grad_norm is not None:
            check_positive("max_grad_norm", max_grad_norm, "use None for no limit")
        if optimizer is not None and lr != LR:
            raise ValueError(f"'lr' is {lr}, but 'optimizer' has a learning rate of its own; leave out 'lr'")
        check_cutoffs(k, model.num_items)
        check_choice("metric", metric, [f"{name}@{cut}" for cut in k for name in metric_names(metrics)])
        check_choice("matmul_precision", matmul_precision, ("highest", "high", "medium"))
        self.accelerator, self.matmul_precision = accelerator or default_accelerator(), matmul_precision
        check_tile_size(tile_size, self.accelerator)
        self.max_epochs, self.eval_every, self.patience = max_epochs, eval_every, patience
        self.metric, self.metrics, self.k, self.seed = metric, metrics, tuple(k), seed
        self.max_grad_norm, self.callbacks, self.tile_size = max_grad_norm, callbacks, tile_size
        self.log_every, self.end_training = log_every, end_training
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.progress = progress and self.accelerator.is_main_process
        self.processes = Processes(self.accelerator)
        device, sizes = self.accelerator.device, (model.num_users, model.num_items)
        pairs = checked_pairs(data, *sizes)
        self.graph = JointGraph.from_pairs(pairs["edge_index"], *sizes).to(device)
        self.pairs = {name: split.to(device) for name, split in pairs.items()}
        self.sampler = TripletSampler(self.pairs["edge_index"], model.num_items, batch_size, seed, by_user)
        self.blend_with = BlendedRankers(blend_with, *sizes, device)
        self.model = model
        own_optimizer = make_optimizer(optimizer, model, lr)
        given = {"lr": lr, "batch_size": batch_size, "by_user": by_user, "eval_every": eval_every, "metric": metric}
        self.settings: dict[str, Any] = {
            "data": fingerprint(data, features=()),  # the features that a model reads are part of its config
            "accumulation": self.accelerator.gradient_accumulation_steps,
            "precision": self.accelerator.mixed_precision,
            **given,
            "k": list(self.k),
            "seed": seed,
        }
        # What has its default is not named, as in older checkpoints.
        precision = None if matmul_precision == "highest" else matmul_precision
        optional = {"matmul_precision": precision, "max_grad_norm": max_grad_norm, "tile_size": tile_size}
        self.settings |= {name: value for name, value in optional.items() if value is not None}
        if optimizer is not None:
            self.settings["optimizer"] = describe_optimizer(own_optimizer)
            del self.settings["lr"]
        self.scheduler = make_scheduler(scheduler, own_optimizer)
        if self.scheduler is not None:
            self.settings["scheduler"] = describe_scheduler(self.scheduler)
        self.step_model, self.optimizer = self.processes.prepare(model, own_optimizer)
        self.processes.check_same(self.settings, model)
        self.processes.start_alike(model)
        if self.checkpoint is not None:
            _ = self.description  # what cannot be described is an error now, not after the first evaluation

    @one_run_at_a_time
    def fit(self, resume: bool = True, stop: Callable[[TrainResult], bool] | None = None) -> TrainResult:
        """Trains until the metric stops improving, and loads the best weights into the model.

        Args:
            resume: Whether to continue from ``checkpoint`` if that file exists. (default: ``True``)
            stop: Called with the result before every epoch; where it returns true, training ends. (default: none)

        Raises:
            ValueError: The checkpoint belongs to another run, or to one that was trained longer.
            FloatingPointError: A term of the loss is NaN or infinite; the message says in which step. The model has
                the best weights until then.
            RuntimeError: Another run works on the checkpoint.
        """
        return fit_model(self, resume, stop)

    @cached_property
    def description(self) -> dict[str, Any]:
        """All that a resumed run must share with the run that it continues, in values that JSON can hold: settings,
        data, and configs of model and blended rankers with hashes of features.

        Raises:
            TypeError: An argument of the model or of a blended ranker cannot be described.
        """
        parts = {"model": self.model.description(), "blend_with": self.blend_with.config()}
        return cast(dict[str, Any], json.loads(json.dumps({**self.settings, **parts})))

    @property
    def identity(self) -> str:
        """Hash of :attr:`description`."""
        return digest(self.description)

    def ranker(self) -> Ranker:
        """The ranker that the model is at present, blended with the rankers of ``blend_with``."""
        return self.blend_with.with_model(self.model.ranker(self.graph))

    def evaluate(self, split: str = "test", exclude_val: bool = False) -> dict[str, float]:
        """Metrics of the model as it is at present.

        Args:
            split: ``"val"`` or ``"test"``. (default: ``"test"``)
            exclude_val: Whether the test ranking leaves out validation items; the paper does not. (default: ``False``)

        Raises:
            ValueError: There is no such split, or a score is NaN or infinity.
        """
        check_choice("split", split, ("val", "test"))
        exclude = self.pairs["edge_index"]
        if exclude_val and split == "test":
            exclude = torch.cat([exclude, self.pairs["val_label_index"]], dim=1)
        labels = self.pairs[SPLIT_NAMES[split]]
        return evaluate_together(self.processes, self.ranker(), labels, exclude, self.k, self.metrics)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Trains one epoch, without evaluation.

        Args:
            epoch: Number of the epoch, on which order, negatives and noise depend.

        Returns:
            Means of the loss and of its terms over the steps.

        Raises:
            FloatingPointError: A term of the loss, or a weight after the epoch, is NaN or infinite.
        """
        return run_epoch(self, epoch)

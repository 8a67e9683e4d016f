"""Training with early stopping, checkpoints and exact resumption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator
from torch import Tensor
from torch_geometric.data import HeteroData
from tqdm import tqdm

from .._checks import check_at_least, check_choice, check_positive
from ..data import SPLIT_NAMES, JointGraph, digest, fingerprint
from ..models import Recommender
from ..ops.precision import use_matmul_precision
from ..ranking import METRICS, Ranker, check_cutoffs, evaluate
from ..seeding import seeded, stream_seed
from .blending import BlendedRankers
from .pairs import checked_pairs
from .result import TrainResult
from .run_state import State, load_run, save_run, snapshot
from .sampler import TripletSampler


class Trainer:
    """Trains any :class:`~irllrec_pyg.models.Recommender` with Adam, early stopping and checkpoints.

    An epoch depends on the seed and its number only, so that a run which was interrupted and resumed ends where an
    uninterrupted one does, bit for bit on a CPU. Negatives and the noise of the model come from different streams of
    random numbers. The caller's random state is left as it was.

    Args:
        model: The model to train.
        data: The data object.
        lr: Learning rate of Adam. (default: ``1e-3``)
        batch_size: Number of triplets per step. (default: ``4096``)
        by_user: Whether the interactions of a user stay together when they are shuffled. A softmax over all items is
            then computed once per user instead of once per interaction. (default: ``False``)
        max_epochs: Largest number of epochs. (default: ``300``)
        eval_every: Number of epochs between evaluations on the validation split. (default: ``3``)
        patience: Number of evaluations without a new best after which training stops. (default: ``5``)
        metric: The validation metric for early stopping, such as ``"recall@20"`` or ``"ndcg@10"``.
            (default: ``"recall@20"``)
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
        progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

    Raises:
        ValueError: An argument is out of its range, model, data and blended rankers have different sizes, or a split
            has no interactions.
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
        lr: float = 1e-3,
        batch_size: int = 4096,
        by_user: bool = False,
        max_epochs: int = 300,
        eval_every: int = 3,
        patience: int = 5,
        metric: str = "recall@20",
        k: Sequence[int] = (5, 10, 20),
        seed: int = 0,
        blend_with: Sequence[tuple[Ranker, float]] = (),
        checkpoint: str | Path | None = None,
        matmul_precision: str = "highest",
        accelerator: Accelerator | None = None,
        progress: bool = True,
    ) -> None:
        for name, value in (("max_epochs", max_epochs), ("eval_every", eval_every), ("patience", patience)):
            check_at_least(name, value, minimum=1)
        check_positive("lr", lr, "the paper uses 1e-3")
        check_cutoffs(k, model.num_items)
        check_choice("metric", metric, [f"{name}@{cut}" for cut in k for name in METRICS])
        check_choice("matmul_precision", matmul_precision, ("highest", "high", "medium"))
        self.accelerator, self.matmul_precision = accelerator or Accelerator(), matmul_precision
        self.max_epochs, self.eval_every, self.patience = max_epochs, eval_every, patience
        self.metric, self.k, self.seed = metric, tuple(k), seed
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.progress = progress and self.accelerator.is_main_process
        device, sizes = self.accelerator.device, (model.num_users, model.num_items)
        pairs = checked_pairs(data, *sizes)
        self.graph = JointGraph.from_pairs(pairs["edge_index"], *sizes).to(device)
        self.pairs = {name: split.to(device) for name, split in pairs.items()}
        self.sampler = TripletSampler(self.pairs["edge_index"], model.num_items, batch_size, seed, by_user)
        self.blend_with = BlendedRankers(blend_with, *sizes, device)
        self.model = model
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
        self.step_model, self.optimizer = self.accelerator.prepare(model, optimizer)
        given = {"lr": lr, "batch_size": batch_size, "by_user": by_user, "eval_every": eval_every, "metric": metric}
        self.settings: dict[str, Any] = {
            "data": fingerprint(data, features=()),  # the features that a model reads are part of its config
            "accumulation": self.accelerator.gradient_accumulation_steps,
            "precision": self.accelerator.mixed_precision,
            **given,
            "k": list(self.k),
            "seed": seed,
        }
        if matmul_precision != "highest":  # older checkpoints do not name it
            self.settings["matmul_precision"] = matmul_precision
        if self.checkpoint is not None:
            _ = self.description  # what cannot be described is an error now, not after the first evaluation

    def fit(self, resume: bool = True, stop: Callable[[TrainResult], bool] | None = None) -> TrainResult:
        """Trains until the metric stops improving, and loads the best weights into the model.

        Args:
            resume: Whether to continue from ``checkpoint`` if that file exists. (default: ``True``)
            stop: Called with the result so far before every epoch; training ends where it returns true.
                (default: :obj:`None`)

        Raises:
            ValueError: The checkpoint belongs to another run, or to one that was trained longer.
            FloatingPointError: The loss is NaN or infinite.
        """
        result, best = TrainResult(), snapshot(self.model)
        if resume and self.checkpoint is not None and self.checkpoint.is_file():
            result, best = self._resume(self.checkpoint)
        if self.accelerator.log_with:
            config = {**self.settings, "k": str(self.k), "model": json.dumps(self.model.description())}
            self.accelerator.init_trackers("irllrec_pyg", config=config)
        disable = None if self.progress else True  # None shows the bar if there is a terminal
        bar = tqdm(total=self.max_epochs, initial=result.epoch, desc="train", unit="epoch", disable=disable)
        with bar, use_matmul_precision(self.matmul_precision):
            while not (result.ends(self.max_epochs, self.patience) or (stop is not None and stop(result))):
                started = time.perf_counter()
                result.epoch += 1
                record = {"epoch": result.epoch, **self.train_epoch(result.epoch)}
                if result.epoch % self.eval_every == 0 or result.epoch == self.max_epochs:
                    record |= self.evaluate("val")
                    if result.update(record[self.metric]):
                        best = snapshot(self.model)
                record["seconds"] = time.perf_counter() - started
                result.seconds += record["seconds"]
                result.history.append(record)
                self.accelerator.log(record, step=result.epoch)
                if self.checkpoint is not None and self.metric in record and self.accelerator.is_main_process:
                    save_run(self.checkpoint, self.description, self.model, self.optimizer, best, result)
                bar.update()
                bar.set_postfix({"loss": f"{record['loss']:.4f}", self.metric: f"{result.best:.4f}"})
        if result.best_epoch:
            self.model.load_state_dict(best)
        self.model.eval()
        return result

    def _resume(self, file: Path) -> tuple[TrainResult, State]:
        result, best = load_run(file, self.description, self.model, self.optimizer)
        last = result.last_epoch(self.metric, self.max_epochs, self.patience)
        if last < result.epoch:
            raise ValueError(
                f"'{file}' holds a run of {result.epoch} epochs, but with max_epochs={self.max_epochs} and "
                f"patience={self.patience} it ends after {last}; use another file, or fit(resume=False)"
            )
        return result, best

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
            exclude_val: Whether validation items are excluded from the ranking when testing. The paper excludes
                training items only. (default: ``False``)

        Raises:
            ValueError: There is no such split, or a score is NaN or infinity.
        """
        check_choice("split", split, ("val", "test"))
        exclude = self.pairs["edge_index"]
        if exclude_val and split == "test":
            exclude = torch.cat([exclude, self.pairs["val_label_index"]], dim=1)
        return evaluate(self.ranker(), self.pairs[SPLIT_NAMES[split]], exclude, self.k)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Trains one epoch, without evaluation.

        Args:
            epoch: Number of the epoch, on which order, negatives and noise depend.

        Returns:
            Means of the loss and of its terms over the steps.
        """
        self.step_model.train()
        totals: dict[str, Tensor] = {}
        with seeded(stream_seed(self.seed, epoch, "noise"), self.accelerator.device):
            for step, batch in enumerate(self.sampler.epoch(epoch), start=1):
                complete = step % self.accelerator.gradient_accumulation_steps == 0
                # Gradients of the last steps are not carried into the next epoch, which another process may train.
                self.accelerator.sync_gradients = complete or step == len(self.sampler)
                with self.accelerator.autocast():
                    terms = self.step_model(self.graph, batch)
                terms["loss"] = torch.stack(list(terms.values())).sum()
                self.accelerator.backward(terms["loss"])
                self.optimizer.step()  # this line and the next do nothing while gradients are accumulated
                self.optimizer.zero_grad()
                if self.accelerator.sync_gradients:
                    self.model.after_step()
                for name, value in terms.items():  # summed on the device: reading a value would wait for it
                    totals[name] = totals.get(name, 0.0) + value.detach()
        means = {name: float(value) / len(self.sampler) for name, value in totals.items()}
        if not torch.tensor(means["loss"]).isfinite():
            hint = "lower the learning rate or the weight of the term that diverged"
            raise FloatingPointError(f"the loss of epoch {epoch} is {means['loss']} ({means}); {hint}")
        return means

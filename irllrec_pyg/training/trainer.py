"""Training with early stopping, checkpoints and exact resumption."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from tqdm import tqdm

from .._config import Configurable
from ..data import INTERACTS, JointGraph, digest, fingerprint
from ..models import Recommender
from ..ranking import METRICS, Blend, Ranker, check_cutoffs, evaluate
from ..seeding import seeded, stream_seed
from .checkpoint import read_checkpoint, write_checkpoint
from .sampler import TripletSampler


@dataclass
class TrainResult:
    """What a training run came to.

    Args:
        epoch: Epochs run.
        best_epoch: The epoch whose weights the model now has.
        best: Its validation metric.
        stale: Evaluations since then.
        seconds: Time spent training, evaluation included.
        history: A record an epoch: ``epoch``, ``loss``, each term of it, ``seconds``, and after an evaluation the
            validation metrics.
    """

    epoch: int = 0
    best_epoch: int = 0
    best: float = float("-inf")
    stale: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


class Trainer:
    """Trains any :class:`~irllrec_pyg.models.Recommender`, and never looks inside.

    Each epoch is seeded by ``(seed, epoch)``, negatives and the model's own noise alike, so that a run which was
    interrupted and resumed ends where an uninterrupted one does, bit for bit on a CPU. The caller's random state is
    left as it was.

    Args:
        model: What to train.
        data: A data object of the package.
        lr: Learning rate of Adam. (default: ``1e-3``)
        batch_size: Triplets a step. (default: ``4096``)
        by_user: Whether pairs are shuffled by user, so that a batch holds all pairs of its users: a softmax over the
            catalogue then costs one pass a user, not one a pair. (default: ``False``)
        max_epochs: When to stop at the latest. (default: ``300``)
        eval_every: Epochs between evaluations on the validation split. (default: ``3``)
        patience: Evaluations without a new best before stopping. (default: ``5``)
        metric: What is to improve, such as ``"recall@20"`` or ``"ndcg@10"``. (default: ``"recall@20"``)
        k: Cut-offs of the metrics. (default: ``(5, 10, 20)``)
        seed: Of negatives, order and noise; seed the model's initial weights yourself. (default: ``0``)
        blend_with: Fitted rankers and their weights, ``[(ease, 2.0)]``, whose scores are added to the model's wherever
            it is evaluated, early stopping included; see :class:`~irllrec_pyg.ranking.Blend`. (default: none)
        checkpoint: A ``.safetensors`` file, written after every evaluation, that :meth:`fit` resumes from.
            (default: none)
        accelerator: Devices, precision, gradient accumulation, compilation and trackers; its default puts the model on
            whatever accelerator there is. (default: ``Accelerator()``)
        progress: Whether to show a progress bar, where there is a terminal to show it on. (default: ``True``)

    Raises:
        ValueError: An argument is out of its range, or the data has nothing to train or evaluate on.
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
        accelerator: Accelerator | None = None,
        progress: bool = True,
    ) -> None:
        for name, value in (("max_epochs", max_epochs), ("eval_every", eval_every), ("patience", patience)):
            if value < 1:
                raise ValueError(f"'{name}' must be at least 1 (got {value})")
        if not lr > 0.0:
            raise ValueError(f"'lr' must be above 0 (got {lr}); the paper uses 1e-3")
        check_cutoffs(k, model.num_items)
        known = [f"{name}@{cut}" for cut in k for name in METRICS]
        if metric not in known:
            raise ValueError(f"'metric' must be one of {', '.join(known)} (got {metric!r})")
        if (model.num_users, model.num_items) != (data["user"].num_nodes, data["item"].num_nodes):
            raise ValueError(
                f"the model has {model.num_users} users and {model.num_items} items, the data "
                f"{data['user'].num_nodes} and {data['item'].num_nodes}; build the model for this data"
            )
        self.accelerator = accelerator or Accelerator()
        self.max_epochs, self.eval_every, self.patience = max_epochs, eval_every, patience
        self.metric, self.k, self.seed = metric, tuple(k), seed
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.progress = progress and self.accelerator.is_main_process
        device = self.accelerator.device
        self.pairs = {name: data[INTERACTS][name].to(device) for name in _SPLITS.values()}
        self.graph = JointGraph.from_data(data).to(device)
        self.sampler = TripletSampler(self.pairs["edge_index"], model.num_items, batch_size, seed, by_user)
        self.model = model
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
        self.step_model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.blend_with = [(_to(ranker, device), float(weight)) for ranker, weight in blend_with]
        self.settings: dict[str, Any] = {
            "data": fingerprint(data, features=()),  # a model's features are part of its config
            "lr": lr,
            "batch_size": batch_size,
            "accumulation": self.accelerator.gradient_accumulation_steps,
            "by_user": by_user,
            "eval_every": eval_every,
            "metric": metric,
            "seed": seed,
        }

    def fit(self, resume: bool = True) -> TrainResult:
        """Trains until the metric stops improving, and leaves the best weights in the model.

        Args:
            resume: Whether to continue from ``checkpoint`` where there is one. (default: ``True``)

        Raises:
            ValueError: The checkpoint belongs to another run.
            FloatingPointError: The loss is no longer a number.
        """
        result, best_state = TrainResult(), _snapshot(self.model)
        if resume and self.checkpoint is not None and self.checkpoint.is_file():
            result, best_state = self._load()
        if self.accelerator.log_with:
            self.accelerator.init_trackers("irllrec_pyg", config=self.settings)
        bar = tqdm(
            total=self.max_epochs,
            initial=result.epoch,
            desc="train",
            unit="epoch",
            disable=None if self.progress else True,
        )
        with bar:
            while result.epoch < self.max_epochs and result.stale < self.patience:
                started = time.perf_counter()
                result.epoch += 1
                record = {"epoch": result.epoch, **self.train_epoch(result.epoch)}
                if result.epoch % self.eval_every == 0 or result.epoch == self.max_epochs:
                    metrics = self.evaluate("val")
                    record |= metrics
                    result.stale += 1
                    if metrics[self.metric] > result.best:
                        result.best, result.best_epoch, result.stale = metrics[self.metric], result.epoch, 0
                        best_state = _snapshot(self.model)
                record["seconds"] = time.perf_counter() - started
                result.seconds += record["seconds"]
                result.history.append(record)
                self.accelerator.log(record, step=result.epoch)
                if self.checkpoint is not None and self.metric in record:
                    self._save(result, best_state)
                bar.update()
                bar.set_postfix({"loss": f"{record['loss']:.4f}", self.metric: f"{result.best:.4f}"})
        if result.best_epoch:
            self.model.load_state_dict(best_state)
        self.model.eval()
        return result

    @cached_property
    def description(self) -> dict[str, Any]:
        """All that a resumed run must share with the one that it continues, in the form of JSON: settings, data, the
        config of the model with hashes of its features, and that of the rankers beside it.

        Raises:
            TypeError: An argument of the model is neither plain, nor a tensor, nor itself configurable.
        """
        beside = [[_config(ranker), weight] for ranker, weight in self.blend_with]
        whole = {**self.settings, "model": self.model.config(), "blend_with": beside}
        description: dict[str, Any] = json.loads(json.dumps(whole))
        return description

    @property
    def identity(self) -> str:
        """Hash of :attr:`description`."""
        return digest(self.description)

    def ranker(self) -> Ranker:
        """What the model recommends by as it is, blended where ``blend_with`` says so."""
        ranker = self.model.ranker(self.graph)
        if not self.blend_with:
            return ranker
        others, weights = zip(*self.blend_with, strict=True)
        return Blend([ranker, *others], [1.0, *weights])

    def evaluate(self, split: str = "test", exclude_val: bool = False) -> dict[str, float]:
        """Metrics of the model as it is.

        Args:
            split: ``"val"`` or ``"test"``. (default: ``"test"``)
            exclude_val: Whether items of the validation split are left out of the ranking when testing; the paper's
                protocol excludes training items only. (default: ``False``)

        Raises:
            ValueError: There is no such split.
        """
        if split not in ("val", "test"):
            raise ValueError(f"'split' must be 'val' or 'test' (got {split!r})")
        exclude = self.pairs["edge_index"]
        if exclude_val and split == "test":
            exclude = torch.cat([exclude, self.pairs["val_label_index"]], dim=1)
        return evaluate(self.ranker(), self.pairs[_SPLITS[split]], exclude, self.k)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One epoch, without evaluation.

        Args:
            epoch: Its number, of which its order, negatives and noise follow.

        Returns:
            Means of the loss and of its terms over the steps.

        Raises:
            FloatingPointError: The loss is no longer a number.
        """
        self.step_model.train()
        totals: dict[str, Tensor] = {}
        with seeded(stream_seed(self.seed, epoch, "noise"), self.accelerator.device):
            for step, batch in enumerate(self.sampler.epoch(epoch), start=1):
                full = step % self.accelerator.gradient_accumulation_steps == 0
                # What is gathered at the end of an epoch is not carried into the next, which may be another process's.
                self.accelerator.sync_gradients = full or step == len(self.sampler)
                with self.accelerator.autocast():
                    terms = self.step_model(self.graph, batch)
                terms["loss"] = torch.stack(list(terms.values())).sum()
                self.accelerator.backward(terms["loss"])
                self.optimizer.step()  # this and the next do nothing while gradients are gathered
                self.optimizer.zero_grad()
                if self.accelerator.sync_gradients:
                    self.model.after_step()
                for name, value in terms.items():  # summed on the device: reading a value would wait for it
                    totals[name] = totals.get(name, 0.0) + value.detach()
        means = {name: float(value) / len(self.sampler) for name, value in totals.items()}
        if not torch.tensor(means["loss"]).isfinite():
            raise FloatingPointError(
                f"the loss of epoch {epoch} is {means['loss']} ({means}); lower the learning rate or the weight of the "
                "term that diverged"
            )
        return means

    def _save(self, result: TrainResult, best_state: dict[str, Tensor]) -> None:
        if not self.accelerator.is_main_process or self.checkpoint is None:
            return
        optimizer = self.optimizer.state_dict()["state"]
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in best_state.items()}
        tensors |= {f"optimizer.{row}.{key}": value for row, state in optimizer.items() for key, value in state.items()}
        write_checkpoint(self.checkpoint, tensors, {"run": self.description, "result": asdict(result)})

    def _load(self) -> tuple[TrainResult, dict[str, Tensor]]:
        assert self.checkpoint is not None
        tensors, meta = read_checkpoint(self.checkpoint)
        differ = _differences(meta.get("run", {}), self.description)
        if differ:
            raise ValueError(
                f"'{self.checkpoint}' belongs to another run ({'; '.join(differ[:5])}); use another file, or "
                "fit(resume=False)"
            )
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
        for name, tensor in tensors.items():
            part, rest = name.split(".", 1)
            parts[part][rest] = tensor
        self.model.load_state_dict(parts["model"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimizer"].items():
            row, key = name.split(".", 1)
            state.setdefault(int(row), {})[key] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        return TrainResult(**meta["result"]), parts["best"]


_SPLITS = {"train": "edge_index", "val": "val_label_index", "test": "test_label_index"}


def _snapshot(model: Recommender) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _config(ranker: Ranker) -> dict[str, Any]:
    if not isinstance(ranker, Configurable):
        raise TypeError(f"{type(ranker).__name__} cannot be described; train without 'checkpoint', or inherit Configurable")
    return ranker.config()


def _to(ranker: Ranker, device: torch.device) -> Ranker:
    return ranker.to(device) if isinstance(ranker, nn.Module) else ranker


def _differences(before: Any, now: Any, name: str = "") -> list[str]:
    """What two descriptions differ in, by dotted names."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            difference
            for key in {**before, **now}
            for difference in _differences(before.get(key), now.get(key), f"{name}.{key}" if name else key)
        ]
    return [] if before == now else [f"{name} was {before!r}, is {now!r}"]

"""One epoch of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..models import Batch
from ..ops.share import use_share
from ..seeding import seeded, stream_seed
from .term_sums import TermSums, check_finite_weights
from .tiles import tiled_backward

if TYPE_CHECKING:
    from .trainer import Trainer


def run_epoch(trainer: Trainer, epoch: int) -> dict[str, float]:
    """Trains one epoch. See :meth:`Trainer.train_epoch <irllrec_pyg.training.Trainer.train_epoch>`.

    Args:
        trainer: The trainer.
        epoch: Number of the epoch.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.training import Trainer
        >>> sorted(run_epoch(Trainer(LightGCN(24, 20), tiny_data()), epoch=1))
        ['bpr', 'l2', 'loss']
    """
    accelerator, processes = trainer.accelerator, trainer.processes
    trainer.step_model.train()
    sums, noise = TermSums(epoch, processes), stream_seed(trainer.seed, epoch, "noise")
    with seeded(noise, accelerator.device), use_share(processes.share):
        for step, batch in enumerate(trainer.sampler.epoch(epoch), start=1):
            complete = step % accelerator.gradient_accumulation_steps == 0
            # Gradients of the last steps are not carried into the next epoch, which another process may train.
            accelerator.sync_gradients = complete or step == len(trainer.sampler)
            terms = _backward(trainer, batch)
            if accelerator.sync_gradients:
                processes.average_gradients(trainer.model.parameters())
                if trainer.max_grad_norm is not None:
                    accelerator.clip_grad_norm_(trainer.model.parameters(), trainer.max_grad_norm)
            trainer.optimizer.step()  # this line and the next do nothing while gradients are accumulated
            trainer.optimizer.zero_grad()
            if accelerator.sync_gradients:
                trainer.model.after_step()
            sums.add(step, terms)
    means = sums.means()
    check_finite_weights(trainer.model, epoch)
    return means


def _backward(trainer: Trainer, batch: Batch) -> dict[str, Tensor]:
    """Adds the gradient of a step to that of the parameters, and returns the loss and its terms."""
    if trainer.tile_size is not None:
        terms = tiled_backward(trainer.model, trainer.graph, batch, trainer.tile_size, trainer.accelerator)
        return {**terms, "loss": torch.stack(list(terms.values())).sum()}
    with trainer.accelerator.autocast():
        terms = trainer.step_model(trainer.graph, batch)
    terms["loss"] = torch.stack(list(terms.values())).sum()
    trainer.accelerator.backward(terms["loss"])
    return terms

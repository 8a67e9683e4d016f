"""Training of a student, until its lists no longer come closer to the teacher's."""

from __future__ import annotations

import time

import torch
from torch import Tensor
from tqdm import tqdm

from .._checks import check_at_least, check_positive
from ..losses import ranking_distillation_loss
from ..nn.weights import has_finite_weights, snapshot
from ..ranking import EmbeddingRanker, UserItemIndex, top_k
from .head import TeacherHead
from .student import Student

_DEPTH = 20  # length of the lists that are compared
_SAMPLE = 8192  # users whose lists are compared


def fit_student(
    student: Student,
    head: TeacherHead,
    exclude: Tensor,
    *,
    lr: float = 0.05,
    epochs: int = 60,
    eval_every: int = 5,
    patience: int = 2,
    max_seconds: float | None = None,
    progress: bool = True,
) -> EmbeddingRanker:
    """Trains a student by :func:`~irllrec_pyg.losses.ranking_distillation_loss` and Adam, with a learning rate that
    falls to zero in a straight line. Random numbers come from the global state.

    Args:
        student: The student; it is changed.
        head: What is kept of the teacher.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``.
        lr: Learning rate at the start. (default: ``0.05``)
        epochs: Largest number of epochs. (default: ``60``)
        eval_every: Number of epochs between measurements of :func:`overlap`. (default: ``5``)
        patience: Number of measurements without growth after which training stops. (default: ``2``)
        max_seconds: Time limit. The number of epochs is lowered after the first one so that they fit. (default: none)
        progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

    Returns:
        The student with the largest overlap.

    Raises:
        ValueError: An argument is out of its range.
        FloatingPointError: The loss is NaN or infinite; the message says in which step. The student has the best
            weights until then.

    Examples:
        >>> head = TeacherHead(torch.tensor([[2, 1], [0, 1]]), torch.tensor([[0.7, 0.2], [0.7, 0.2]]))
        >>> student = Student(torch.randn(2, 2), torch.randn(3, 2), torch.arange(2).split(1))
        >>> ranker = fit_student(student, head, torch.empty(2, 0, dtype=torch.long), progress=False)
        >>> overlap(ranker, head, torch.tensor([0, 1]), k=2)
        1.0
    """
    check_positive("lr", lr, "0.05 is the default")
    for name, value in (("epochs", epochs), ("eval_every", eval_every), ("patience", patience)):
        check_at_least(name, value, minimum=1)
    if max_seconds is not None:
        check_positive("max_seconds", max_seconds, "pass None for no limit")
    excluded = UserItemIndex(exclude, head.item.size(0), student.item.size(0), "exclude")
    optimizer = torch.optim.Adam(student.parameters(), lr=lr, fused=True)
    steps, sample = len(student.batches), torch.cat(student.batches)[:_SAMPLE]
    best, largest, stale, epoch, started = student.ranker(), -1.0, 0, 0, time.perf_counter()
    weights = snapshot(student)
    with tqdm(total=epochs, desc="distil", unit="epoch", disable=None if progress else True) as bar:
        while epoch < epochs and stale < patience:
            losses = []
            for step, batch in enumerate(torch.randperm(steps).tolist()):
                optimizer.param_groups[0]["lr"] = lr * (1.0 - (epoch + step / steps) / epochs)
                users = student.batches[batch]
                pairs = torch.stack(excluded.lookup(users))
                loss = ranking_distillation_loss(
                    student.user[batch], student.items(), head.item[users], head.prob[users], pairs
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())  # kept on the device: reading a value would wait for it
            epoch += 1
            values = torch.stack(losses)
            if not values.isfinite().all() or not has_finite_weights(student):
                student.load_state_dict(weights)
                raise FloatingPointError(_divergence(values, epoch))
            if max_seconds is not None and epoch == 1:
                epochs = max(1, min(epochs, int(max_seconds / (time.perf_counter() - started))))
                bar.total = epochs
            if epoch % eval_every == 0 or epoch >= epochs:
                ranker = student.ranker()
                share = overlap(ranker, head, sample, exclude)
                stale = 0 if share > largest else stale + 1
                if share > largest:
                    best, largest, weights = ranker, share, snapshot(student)
            bar.update()
            bar.set_postfix({"loss": f"{float(values.mean()):.4f}", "overlap": f"{max(largest, 0.0):.4f}"})
    return best


def _divergence(losses: Tensor, epoch: int) -> str:
    """What is said of an epoch with losses or weights that are not finite."""
    bad = (~losses.isfinite()).nonzero().flatten().tolist()
    what = f"the distillation loss is NaN or infinite in step {bad[0] + 1} of" if bad else "weights are infinite after"
    return f"{what} epoch {epoch}; lower 'lr', which falls to zero from its first value"


def overlap(
    ranker: EmbeddingRanker, head: TeacherHead, user: Tensor, exclude: Tensor | None = None, k: int = _DEPTH
) -> float:
    """Share of the teacher's best items that are among the student's, in the mean over users.

    Args:
        ranker: The student.
        head: What is kept of the teacher.
        user: Ids of users, ``[n]``.
        exclude: (user, item) pairs that are never recommended, ``[2, E]``. (default: none)
        k: Number of items; fewer where the head is shorter. (default: ``20``)

    Examples:
        >>> head = TeacherHead(torch.tensor([[2, 1]]), torch.tensor([[0.7, 0.3]]))
        >>> overlap(EmbeddingRanker(torch.ones(1, 1), torch.tensor([[2.0], [1.0], [3.0]])), head, torch.tensor([0]))
        0.5
    """
    target = head.top(k)[user]
    found, _ = top_k(ranker, user, target.size(1), exclude)
    hit = (target.unsqueeze(2) == found.unsqueeze(1)).any(dim=2).sum(dim=1)  # -1 is no item of the student
    count = (target >= 0).sum(dim=1)
    share = hit[count > 0] / count[count > 0]
    return float(share.mean()) if share.numel() else 1.0

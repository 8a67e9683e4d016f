"""Distillation of any ranker into one pair of embeddings."""

from __future__ import annotations

import torch
from torch import Tensor

from .._checks import check_at_least
from ..data import check_pairs
from ..ranking import EmbeddingRanker, Ranker, UserItemIndex, device_of
from ..ranking.top_k import Pairs
from ..seeding import seeded
from .fit import fit_student
from .head import teacher_head
from .start import factorize
from .student import Student


def compact(
    teacher: Ranker,
    dim: int = 128,
    exclude: Pairs | None = None,
    features: Tensor | None = None,
    *,
    temperature: float = 2.0,
    head_size: int = 400,
    rest_weight: float = 0.1,
    lr: float = 0.05,
    batch_size: int = 512,
    epochs: int = 60,
    eval_every: int = 5,
    patience: int = 2,
    max_seconds: float | None = None,
    seed: int = 0,
    progress: bool = True,
) -> EmbeddingRanker:
    r"""Distils any ranker into one embedding per user and one per item.

    Choose it to serve a ranker that is no inner product, such as a :class:`~irllrec_pyg.ranking.Blend` with
    :class:`~irllrec_pyg.models.EASE`: an index of nearest neighbors can hold the student, and its files are small. It
    minimizes the divergence of the student's softmax over items from that of the teacher, which stays as it is,

    .. math::
        \min_{\mathbf{E}} \; \sum_u \mathrm{KL} \big( \mathbf{q}_u \,\|\, \mathbf{p}_u \big), \qquad
        q_{ui} \propto \exp \Big( \frac{s_{ui} - \mu_u}{\tau \, \sigma_u} \Big), \qquad
        p_{ui} \propto \exp ( \mathbf{e}_u^{\top} \mathbf{e}_i ),

    with mean :math:`\mu_u` and standard deviation :math:`\sigma_u` of the teacher's scores :math:`s_{ui}` of a user,
    which do not change its ranking. Excluded items have no part in either softmax, so that the student spends its width
    on what can be recommended. The loss, :class:`~irllrec_pyg.losses.RankingDistillation`, combines `"Ranking
    Distillation" <https://arxiv.org/abs/1809.07428>`_ with the soft targets of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_.

    The teacher scores every user once, a tile of users at a time. What is kept of it are the best :math:`C` items of
    each user, their probabilities, and the probability of all other items together
    (:func:`~irllrec_pyg.distillation.teacher_head`): :math:`O(MC)` numbers, however many items there are. The student
    starts from a singular value decomposition of these (:func:`~irllrec_pyg.distillation.factorize`). Then Adam trains
    it, at a cost of :math:`O(MNd)` per epoch. No labels are read: training stops early where the share of the teacher's
    best 20 items among the student's no longer grows, and the student with the largest share is returned.

    The student knows the users of the teacher only. Distil again when the teacher has been trained again.

    Args:
        teacher: Anything that scores.
        dim: Width :math:`d` of the student. (default: ``128``)
        exclude: (user, item) pairs that are never recommended, ``[2, E]``, such as the training interactions. Exclude
            them from the student's lists too: their scores mean nothing. (default: none)
        features: Text features of items, ``[N, d_t]``, a row of zeros where an item has no text. The item embeddings
            are then the sum of free embeddings and projected texts (:class:`~irllrec_pyg.nn.TextProjector`).
            (default: none)
        temperature: Temperature :math:`\tau`. A smaller one gives the first items of a list more weight.
            (default: ``2.0``)
        head_size: Number :math:`C` of items that are kept per user. (default: ``400``)
        rest_weight: Factor of the teacher's odds for all other items, between 0 and 1. (default: ``0.1``)
        lr: Learning rate of Adam at the start; it falls to zero. (default: ``0.05``)
        batch_size: Number of users per step. (default: ``512``)
        epochs: Largest number of epochs. (default: ``60``)
        eval_every: Number of epochs between measurements of the share. (default: ``5``)
        patience: Number of measurements without growth after which training stops. (default: ``2``)
        max_seconds: Time limit of the training. The number of epochs is lowered after the first one so that they fit,
            so the result depends on the speed of the machine. (default: none)
        seed: Seed of start, batches and order. (default: ``0``)
        progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

    Returns:
        The student, on the device of the teacher.

    Raises:
        ValueError: An argument is out of its range, ``features`` does not fit the items, or a score of the teacher is
            NaN or infinite.

    Examples:
        >>> from irllrec_pyg.data import INTERACTS
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> compact(EASE.from_data(data), dim=8, exclude=data[INTERACTS].edge_index, epochs=5)
        EmbeddingRanker(24, 20, embedding_dim=8)
    """
    num_users, num_items, device = teacher.num_users, teacher.num_items, device_of(teacher)
    if not 1 <= dim <= min(num_users, num_items):
        raise ValueError(
            f"'dim' must lie between 1 and the smaller of the numbers of users and items, {min(num_users, num_items)} "
            f"(got {dim}); a wider student has nothing to add"
        )
    if features is not None:
        _check_features(features, num_items)
    check_at_least("batch_size", batch_size, 1, "512 is the default")
    pairs = check_pairs([[], []] if exclude is None else exclude, num_users, num_items, "exclude").to(device)
    excluded = UserItemIndex(pairs, num_users, num_items, "exclude")
    head = teacher_head(teacher, head_size, temperature, rest_weight, excluded)
    with seeded(seed, device):
        # A pair that was given twice counts once.
        pairs = torch.stack(excluded.lookup(torch.arange(num_users, device=device)))
        start = factorize(head, num_items, dim, pairs)
        batches = torch.randperm(num_users).to(device).split(batch_size)
        student = Student(*start, batches, None if features is None else features.to(device))
        return fit_student(
            student,
            head,
            pairs,
            lr=lr,
            epochs=epochs,
            eval_every=eval_every,
            patience=patience,
            max_seconds=max_seconds,
            progress=progress,
        )


def _check_features(features: Tensor, num_items: int) -> None:
    if features.dim() != 2 or features.size(0) != num_items or not features.isfinite().all():
        raise ValueError(
            f"'features' must have one finite row for each of the {num_items} items (got {list(features.shape)}"
            f"{'' if features.isfinite().all() else ' with NaN or infinity'})"
        )

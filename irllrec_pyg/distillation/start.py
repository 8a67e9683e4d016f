"""The start of a distillation: a singular value decomposition of the teacher's best scores."""

from __future__ import annotations

import torch
from torch import Tensor

from .head import TeacherHead


def factorize(
    head: TeacherHead, num_items: int, dim: int, exclude: Tensor | None = None, num_iters: int = 2
) -> tuple[Tensor, Tensor]:
    r"""User and item embeddings whose inner products approximate the head of the teacher's scores.

    The matrix that is factorised has the logits :math:`\log q_{ui} - \log q_{u,C}` of the head, relative to its last
    item, and zeros elsewhere. An excluded item counts as the user's best: it is not ranked, and what a teacher scores
    high as well as what the user took then has a common low rank. With the randomised decomposition
    :math:`\mathbf{P} \mathbf{\Sigma} \mathbf{R}^{\top}` of this sparse matrix (:func:`torch.svd_lowrank`), the
    embeddings are :math:`\mathbf{P} \mathbf{\Sigma}^{1/2}` and :math:`\mathbf{R} \mathbf{\Sigma}^{1/2}`. Random numbers
    come from the global state.

    Args:
        head: What is kept of the teacher.
        num_items: :math:`N`.
        dim: Width :math:`d`, at most the smaller of :math:`M` and :math:`N`.
        exclude: Excluded pairs, ``[2, E]``. (default: none)
        num_iters: Number of power iterations. (default: ``2``)

    Returns:
        Embeddings of users ``[M, d]`` and of items ``[N, d]``.

    Examples:
        >>> prob = torch.tensor([[0.0, 2.0], [1.0, 0.0]]).softmax(dim=1).sort(descending=True)
        >>> user, item = factorize(TeacherHead(prob.indices, prob.values), num_items=2, dim=2)
        >>> torch.allclose(user @ item.t(), torch.tensor([[0.0, 2.0], [1.0, 0.0]]), atol=1e-5)
        True
    """
    num_users, device = head.item.size(0), head.item.device
    known = head.prob > 0
    log = head.prob.clamp(min=torch.finfo(head.prob.dtype).tiny).log()
    last = log.masked_fill(~known, torch.inf).amin(dim=1, keepdim=True)
    logit = (log - last).masked_fill(~known, 0.0)
    row = torch.arange(num_users, device=device).repeat_interleave(head.item.size(1))
    index, value = torch.stack([row, head.item.flatten().long()]), logit.flatten()
    if exclude is not None:
        index, value = torch.cat([index, exclude], dim=1), torch.cat([value, logit[:, 0][exclude[0]]])
    matrix = torch.sparse_coo_tensor(index, value, (num_users, num_items), check_invariants=False).coalesce()
    # A few more directions than are kept make the kept ones accurate.
    p, sigma, r = torch.svd_lowrank(matrix, min(dim + 16, num_users, num_items), num_iters)
    # A direction that the matrix lacks starts small: from zero it could not be trained.
    root = sigma[:dim].sqrt().clamp(min=0.1)
    return p[:, :dim] * root, r[:, :dim] * root

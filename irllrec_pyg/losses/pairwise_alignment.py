"""Contrastive alignment of two views of the same nodes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..ops import tiled_cross_entropy, tiled_logsumexp
from ._checks import check_positive, check_rows


def info_nce(
    anchor: Tensor,
    candidate: Tensor,
    target: Tensor | None = None,
    temperature: float = 0.2,
    weight: Tensor | None = None,
) -> Tensor:
    r"""Functional form of :class:`PairwiseAlignment`."""
    if target is None:
        check_rows(anchor=anchor, candidate=candidate)
        target = torch.arange(anchor.size(0), device=anchor.device)
    anchor, candidate = F.normalize(anchor, dim=-1) / temperature, F.normalize(candidate, dim=-1)
    return tiled_cross_entropy(anchor, candidate, target, weight)


def info_nce_of_nodes(
    anchor: Tensor, candidate: Tensor, ids: tuple[Tensor, Tensor], temperature: float = 0.2
) -> Tensor:
    r"""``info_nce(anchor[ids[0]], candidate[ids[1]])``, with each node computed once however often it occurs: of a
    batch of interactions popular items fill a large part.

    Args:
        anchor: All nodes in one view, ``[n, d]``.
        candidate: All nodes in the other, ``[m, d]``.
        ids: Rows of either that pair up, ``[B]`` each.
        temperature: :math:`\tau`. (default: :obj:`0.2`)

    Returns:
        A scalar; zero where there are no ids.
    """
    if ids[0].numel() == 0:
        return (anchor.sum() + candidate.sum()) * 0.0
    rows, row, row_count = ids[0].unique(return_inverse=True, return_counts=True)
    columns, column, column_count = ids[1].unique(return_inverse=True, return_counts=True)
    a = F.normalize(anchor.index_select(0, rows), dim=-1) / temperature
    c = F.normalize(candidate.index_select(0, columns), dim=-1)
    positive = (a.index_select(0, row) * c.index_select(0, column)).sum(dim=-1).mean()
    # A candidate that occurs n times adds n equal exponentials: log n more on its logit, as one more coordinate.
    a = torch.cat([a, a.new_ones(a.size(0), 1)], dim=1)
    c = torch.cat([c, column_count.to(c.dtype).log().unsqueeze(-1)], dim=1)
    return tiled_logsumexp(a, c, row_count.to(a.dtype) / ids[0].numel()) - positive


class PairwiseAlignment(nn.Module):
    r"""InfoNCE between two views of the same nodes (Eq. 13 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_),

    .. math::
        \mathcal{L}_{\text{pair}} = \frac{1}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} -\log
        \frac{\exp(\cos(\mathbf{r}_i, \mathbf{z}_i) / \tau)}
        {\sum_{j \in \mathcal{C}} \exp(\cos(\mathbf{r}_i, \mathbf{z}_j) / \tau)} .

    The candidates :math:`\mathcal{C}` are the batch itself, or any larger set that holds it (the published code
    contrasts users with all users). Large sets cost time, not memory: the similarities are computed in tiles.

    It pulls one view towards the other; :class:`TranslationAlignment` does so in both directions and under noise.

    Args:
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)

    Raises:
        ValueError: ``temperature`` is not above zero, or rows do not pair up.

    Shapes:
        - **input:** anchors :math:`(B, d)`, candidates :math:`(C, d)`, and where :math:`C \neq B` the candidate that is
          each anchor's positive, :math:`(B)`; weights of the anchors in the mean, :math:`(B)` *(optional)*
        - **output:** a scalar
    """

    def __init__(self, temperature: float = 0.2) -> None:
        super().__init__()
        self.temperature = check_positive("temperature", temperature)

    def forward(
        self, anchor: Tensor, candidate: Tensor, target: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        """Loss of ``anchor`` (:math:`\\mathbf{r}`) against ``candidate`` (:math:`\\mathbf{z}`)."""
        return info_nce(anchor, candidate, target, self.temperature, weight)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature})"

"""Contrastive alignment of two views of the same nodes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_positive, check_rows
from ..ops import tiled_cross_entropy, tiled_logsumexp
from ..ops.precision import single


def info_nce(
    anchor: Tensor,
    candidate: Tensor,
    target: Tensor | None = None,
    temperature: float = 0.2,
    weight: Tensor | None = None,
) -> Tensor:
    r"""Functional form of :class:`PairwiseAlignment`.

    Args:
        anchor: Nodes in one view, ``[B, d]``.
        candidate: Nodes in the other view, ``[C, d]``.
        target: Row of ``candidate`` that is the positive of each anchor, ``[B]``. (default: the same row)
        temperature: :math:`\tau`. (default: :obj:`0.2`)
        weight: Constant weight of each anchor in the mean, ``[B]``. (default: ones)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no anchors.

    Raises:
        ValueError: ``target`` is not given and the numbers of rows differ.

    Examples:
        >>> x = torch.eye(4)
        >>> info_nce(x, x) < info_nce(x, x, target=torch.tensor([1, 2, 3, 0]))
        tensor(True)
    """
    if target is None:
        check_rows(anchor=anchor, candidate=candidate)
        target = torch.arange(anchor.size(0), device=anchor.device)
    anchor, candidate = single(anchor), single(candidate)
    anchor, candidate = F.normalize(anchor, dim=-1) / temperature, F.normalize(candidate, dim=-1)
    return tiled_cross_entropy(anchor, candidate, target, weight)


def info_nce_of_nodes(
    anchor: Tensor, candidate: Tensor, ids: tuple[Tensor, Tensor], temperature: float = 0.2
) -> Tensor:
    r"""Computes ``info_nce(anchor[ids[0]], candidate[ids[1]])`` with every distinct node computed once.

    Choose it for batches of interactions, in which popular items fill many rows.

    Args:
        anchor: All nodes in one view, ``[n, d]``.
        candidate: All nodes in the other view, ``[m, d]``.
        ids: Rows of ``anchor`` and of ``candidate`` that are pairs, ``[B]`` each.
        temperature: :math:`\tau`. (default: :obj:`0.2`)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no ids.

    Examples:
        >>> x, z, ids = torch.randn(5, 4), torch.randn(5, 4), torch.tensor([0, 0, 3, 0])
        >>> torch.allclose(info_nce_of_nodes(x, z, (ids, ids)), info_nce(x[ids], z[ids]))
        True
    """
    if ids[0].numel() == 0:
        return (single(anchor).sum() + single(candidate).sum()) * 0.0
    rows, row, row_count = ids[0].unique(return_inverse=True, return_counts=True)
    columns, column, column_count = ids[1].unique(return_inverse=True, return_counts=True)
    a = F.normalize(single(anchor.index_select(0, rows)), dim=-1) / temperature
    c = F.normalize(single(candidate.index_select(0, columns)), dim=-1)
    positive = (a.index_select(0, row) * c.index_select(0, column)).sum(dim=-1).mean()
    # A candidate that occurs n times adds n equal exponentials. This adds log n to its logit, by one more coordinate.
    a = torch.cat([a, a.new_ones(a.size(0), 1)], dim=1)
    c = torch.cat([c, column_count.to(c.dtype).log().unsqueeze(-1)], dim=1)
    return tiled_logsumexp(a, c, row_count.to(a.dtype) / ids[0].numel()) - positive


class PairwiseAlignment(nn.Module):
    r"""InfoNCE between two views of the same nodes (Eq. 13 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_),

    .. math::
        \mathcal{L}_{\text{pair}} = \frac{1}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} -\log
        \frac{\exp(\cos(\mathbf{r}_i, \mathbf{z}_i) / \tau)}
        {\sum_{j \in \mathcal{C}} \exp(\cos(\mathbf{r}_i, \mathbf{z}_j) / \tau)} .

    The candidates :math:`\mathcal{C}` are the batch itself, or any larger set that includes it (the published code
    contrasts users with all users). Large sets cost time, but not memory: the similarities are computed in tiles.

    It pulls one view towards the other. Choose :class:`TranslationAlignment` for both directions and noise.

    Args:
        temperature (float, optional): :math:`\tau`. (default: :obj:`0.2`)

    Raises:
        ValueError: ``temperature`` is not above zero, or the rows are not pairs.

    Shapes:
        - **input:** anchors :math:`(B, d)`, candidates :math:`(C, d)`; if :math:`C \neq B`, the candidate that is the
          positive of each anchor, :math:`(B)`; weights of the anchors in the mean, :math:`(B)` *(optional)*
        - **output:** a scalar

    Examples:
        >>> interaction, text = torch.randn(5, 4), torch.randn(5, 4)
        >>> PairwiseAlignment(temperature=0.5)(interaction, text).shape
        torch.Size([])
    """

    def __init__(self, temperature: float = 0.2) -> None:
        super().__init__()
        self.temperature = check_positive("temperature", temperature, "the paper uses 0.2")

    def forward(
        self, anchor: Tensor, candidate: Tensor, target: Tensor | None = None, weight: Tensor | None = None
    ) -> Tensor:
        r"""Computes the loss of anchors against candidates.

        Args:
            anchor: Nodes in one view, :math:`\mathbf{r}`.
            candidate: Nodes in the other view, :math:`\mathbf{z}`.
            target: Row of ``candidate`` that is the positive of each anchor. (default: the same row)
            weight: Constant weight of each anchor in the mean. (default: ones)
        """
        return info_nce(anchor, candidate, target, self.temperature, weight)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature})"

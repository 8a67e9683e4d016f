"""RP3beta."""

from __future__ import annotations

import torch
from torch import Tensor

from ..._checks import check_at_least, check_non_negative
from ..registry import CLOSED_FORMS
from .linear import ItemItemModel


@CLOSED_FORMS.register("rp3-beta")
class RP3Beta(ItemItemModel):
    r"""Random walks of three steps with popular items made less likely (`"Updatable, Accurate, Diverse, and Scalable
    Recommendations for Interactive Applications" <https://dl.acm.org/doi/10.1145/2955101>`_),

    .. math::
        s_{ui} = \sum_{j \in \mathcal{N}(u)} B_{ji}, \qquad
        B_{ji} = \frac{1}{d_i^{\beta}} \sum_{v \in \mathcal{N}(j) \cap \mathcal{N}(i)}
        \left( \frac{1}{d_j} \cdot \frac{1}{d_v} \right)^{\alpha},

    where a walk goes from an item :math:`j` of the user over another user :math:`v` to an item :math:`i`, and :math:`d`
    counts interactions. For each item :math:`i` the :math:`k` largest :math:`B_{ji}` with :math:`j \neq i` are kept.

    Choose it as a baseline and as a part of a blend where users have few interactions: it needs no matrix inverse, and
    it often ranks as well as :class:`~irllrec_pyg.models.EASE`.

    Args:
        pairs (Tensor): Training interactions, ``[2, E]``.
        num_users (int): :math:`M`.
        num_items (int): :math:`N`.
        k (int, optional): Number of neighbors :math:`k` per item. (default: :obj:`500`)
        alpha (float, optional): Exponent :math:`\alpha` of the probabilities of a step. (default: :obj:`0.5`)
        beta (float, optional): Exponent :math:`\beta`, which lowers the scores of popular items. (default: :obj:`0.2`)

    Raises:
        ValueError: ``k`` is below one, or ``alpha`` or ``beta`` is negative.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> RP3Beta.from_data(tiny_data(), k=5).score(torch.tensor([0, 3])).shape
        torch.Size([2, 20])
    """

    def __init__(
        self, pairs: Tensor, num_users: int, num_items: int, k: int = 500, alpha: float = 0.5, beta: float = 0.2
    ) -> None:
        super().__init__(pairs, num_users, num_items)
        check_at_least("k", k, 1)
        check_non_negative("alpha", alpha, "use 1 for probabilities, and 0 to count walks")
        check_non_negative("beta", beta, "use 0 to leave popular items as they are")
        x = self.interactions
        user_degree = torch.sparse.sum(x, dim=1).to_dense().clamp(min=1.0)
        item_degree = torch.sparse.sum(x, dim=0).to_dense().clamp(min=1.0)
        value = user_degree[x.indices()[0]] ** -alpha
        weighted = torch.sparse_coo_tensor(x.indices(), value, x.shape, check_invariants=False).coalesce()
        similarity = torch.sparse.mm(x.t(), weighted).to_dense()
        similarity *= (item_degree**-alpha).unsqueeze(1) * item_degree**-beta
        similarity.fill_diagonal_(0.0)
        kept, row = similarity.topk(min(k, num_items), dim=0)
        self.set_weight(torch.zeros_like(similarity).scatter_(0, row, kept))

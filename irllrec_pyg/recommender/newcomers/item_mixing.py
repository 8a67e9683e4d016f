"""New items as mixtures of known ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from ..._plain import plain
from ...data import INTERACTS


class TextMixing:
    r"""Weights by which the scores of known items predict those of a new one from its text: ridge regression of the
    scores of items on their texts :math:`\mathbf{F}`,

    .. math::
        s_{u, \text{new}} = \sum_i a_i s_{ui}, \qquad
        \mathbf{a} = \mathbf{F} (\mathbf{F}^{\top} \mathbf{F} + \lambda \mathbf{I})^{-1} \mathbf{f}_{\text{new}} .

    The weights are the same for all users, and do not depend on the ranker.

    Args:
        text: Texts of the known items, ``[N, D]``; zeros where there is no text.

    Examples:
        >>> mixing = TextMixing(torch.eye(3))
        >>> mixing.weights(torch.tensor([[1.0, 0.0, 0.0]]), ridge=1.0)
        tensor([[0.5000],
                [0.0000],
                [0.0000]])
    """

    def __init__(self, text: Tensor) -> None:
        self.text = text
        values, axes = torch.linalg.eigh((text.t() @ text).double())
        self._values, self._axes = values.clamp(min=0.0).to(text), axes.to(text)

    def weights(self, text: Tensor, ridge: float) -> Tensor:
        """Weights of the known items for new ones, ``[N, m]``.

        Args:
            text: Texts of the new items, ``[m, D]``.
            ridge: :math:`\\lambda`.
        """
        return self.text @ (self._axes @ ((text @ self._axes) / (self._values + ridge)).t())

    def left_out(self, item: Tensor, ridge: float) -> Tensor:
        r"""Weights for known items as if each of them were new, ``[N, m]``. With the matrix :math:`\mathbf{H}` of the
        weights of all items, they are :math:`H_{ij} / (1 - H_{jj})`, and zero for the item itself.

        Args:
            item: The items, ``[m]``.
            ridge: :math:`\lambda`.
        """
        weight = self.weights(self.text[item], ridge)
        column = torch.arange(item.numel())
        own = weight[item, column].clone()
        weight[item, column] = 0.0
        return weight / (1.0 - own).clamp(min=1e-6)


class UserMixing:
    r"""Weights by which the scores of known items predict those of a new one from the users who took it: how often they
    took known items :math:`i` too, with less weight for popular items and for users with many of them,

    .. math::
        a_i = \frac{1}{\sqrt{|\mathcal{N}_i|}} \sum_{u \in \mathcal{N}_{\text{new}} \cap \mathcal{N}_i}
        \frac{1}{\sqrt{|\mathcal{N}_u|}} .

    Args:
        data: The data object.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> UserMixing(tiny_data()).weights([torch.tensor([0, 1])]).shape
        torch.Size([20, 1])
    """

    def __init__(self, data: HeteroData) -> None:
        pairs = coalesce(plain(data[INTERACTS].edge_index).cpu())
        shape = data["user"].num_nodes, data["item"].num_nodes
        user, item = (torch.bincount(ids, minlength=size).float() for ids, size in zip(pairs, shape, strict=True))
        value = (user[pairs[0]] * item[pairs[1]]).rsqrt()
        self._matrix = torch.sparse_coo_tensor(pairs, value, shape, check_invariants=False).coalesce()

    def weights(self, users: list[Tensor], without: Tensor | None = None) -> Tensor:
        """Weights of the known items for new ones, ``[N, m]``, of unit length.

        Args:
            users: Users who took each of the new items.
            without: Known items that stand for the new ones, ``[m]``, which get no weight. (default: none)
        """
        row = torch.arange(len(users)).repeat_interleave(
            torch.tensor([user.numel() for user in users], dtype=torch.long)
        )
        pairs = torch.stack([row, torch.cat([*users, row[:0]])])
        shape = len(users), self._matrix.size(0)
        taken = torch.sparse_coo_tensor(pairs, torch.ones(row.numel()), shape, check_invariants=False)
        weight = torch.sparse.mm(taken, self._matrix).to_dense().t().contiguous()
        if without is not None:
            weight[without, torch.arange(without.numel())] = 0.0
        return F.normalize(weight, dim=0)

"""Text features by several experts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .text_projector import TextProjector


class ExpertAdapter(nn.Module):
    r"""The hybrid-expert adaptor of `"Towards Open-World Recommendation with Knowledge Augmentation from Large Language
    Models" <https://arxiv.org/abs/2306.10933>`_ for users and items: each side has experts of its own, both share some,
    and a gate a side weighs them,

    .. math::
        \mathbf{a} = \sum_{k} g_k \, \mathrm{MLP}_k(\mathbf{x}), \qquad
        \mathbf{g} = \mathrm{softmax}(\mathbf{W} \mathbf{x} + \mathbf{b}) .

    Args:
        in_channels (int): Width :math:`d_t` of the text features.
        out_channels (int): Width :math:`d`.
        num_shared (int, optional): Experts that both sides share. (default: :obj:`2`)
        num_own (int, optional): Experts of each side. (default: :obj:`2`)
        hidden_channels (int, optional): Of an expert. (default: see :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: There is no expert, or a number is negative.

    Shapes:
        - **input:** features of users :math:`(M, d_t)` and of items :math:`(N, d_t)`
        - **output:** :math:`(M, d)` and :math:`(N, d)`
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_shared: int = 2,
        num_own: int = 2,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__()
        if min(num_shared, num_own) < 0 or num_shared + num_own < 1:
            raise ValueError(f"need at least one expert a side (got 'num_shared' {num_shared}, 'num_own' {num_own})")

        def experts(count: int) -> nn.ModuleList:
            return nn.ModuleList(TextProjector(in_channels, out_channels, hidden_channels) for _ in range(count))

        self.shared, self.user, self.item = experts(num_shared), experts(num_own), experts(num_own)
        self.user_gate, self.item_gate = (nn.Linear(in_channels, num_shared + num_own) for _ in range(2))

    def forward(self, user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        """Augmented embeddings of both sides."""
        return self._mix(user, self.user, self.user_gate), self._mix(item, self.item, self.item_gate)

    def _mix(self, x: Tensor, own: nn.ModuleList, gate: nn.Linear) -> Tensor:
        told = torch.stack([expert(x) for expert in (*self.shared, *own)], dim=1)
        weight = gate(x.to(gate.weight.dtype)).softmax(dim=-1)
        return torch.einsum("nk,nkd->nd", weight, told)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.user_gate.in_features}, shared={len(self.shared)}, own={len(self.user)})"

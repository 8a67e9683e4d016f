"""Projection of text features by a mixture of experts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .._checks import check_at_least
from .text_projector import TextProjector


class ExpertAdapter(nn.Module):
    r"""The hybrid-expert adaptor of `"Towards Open-World Recommendation with Knowledge Augmentation from Large Language
    Models" <https://arxiv.org/abs/2306.10933>`_ for users and items. Each side has experts of its own, both sides share
    some, and each side has a gate that weighs them,

    .. math::
        \mathbf{a} = \sum_{k} g_k \, \mathrm{MLP}_k(\mathbf{x}), \qquad
        \mathbf{g} = \mathrm{softmax}(\mathbf{W} \mathbf{x} + \mathbf{b}) .

    Choose it over :class:`TextProjector` where the texts of users and items have much, but not all, in common.

    Args:
        in_channels (int): Width :math:`d_t` of the text features.
        out_channels (int): Width :math:`d` of the output.
        num_shared (int, optional): Number of experts that both sides share. (default: :obj:`2`)
        num_own (int, optional): Number of experts of each side. (default: :obj:`2`)
        hidden_channels (int, optional): Width of the hidden layer of each expert. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: There is no expert, a number is negative, or a width is below one.

    Shapes:
        - **input:** features of users :math:`(M, d_t)` and of items :math:`(N, d_t)`
        - **output:** :math:`(M, d)` and :math:`(N, d)`

    Examples:
        >>> user, item = ExpertAdapter(16, 4)(torch.randn(3, 16), torch.randn(5, 16))
        >>> user.shape, item.shape
        (torch.Size([3, 4]), torch.Size([5, 4]))
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
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels)):
            check_at_least(name, value, 1, "it is the width of a layer")
        if min(num_shared, num_own) < 0 or num_shared + num_own < 1:
            raise ValueError(
                f"need at least one expert per side (got 'num_shared' {num_shared}, 'num_own' {num_own}); "
                "2 and 2 are the defaults"
            )

        def experts(count: int) -> nn.ModuleList:
            return nn.ModuleList(TextProjector(in_channels, out_channels, hidden_channels) for _ in range(count))

        self.shared, self.user, self.item = experts(num_shared), experts(num_own), experts(num_own)
        self.user_gate, self.item_gate = (nn.Linear(in_channels, num_shared + num_own) for _ in range(2))

    def reset_parameters(self) -> None:
        """Initializes all experts and gates."""
        for expert in (*self.shared, *self.user, *self.item):
            expert.reset_parameters()
        self.user_gate.reset_parameters()
        self.item_gate.reset_parameters()

    def forward(self, user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the embeddings of both sides.

        Args:
            user: Text features of users.
            item: Text features of items.
        """
        return self._mix(user, self.user, self.user_gate), self._mix(item, self.item, self.item_gate)

    def _mix(self, x: Tensor, own: nn.ModuleList, gate: nn.Linear) -> Tensor:
        outputs = torch.stack([expert(x) for expert in (*self.shared, *own)], dim=1)
        weight = gate(x.to(gate.weight.dtype)).softmax(dim=-1)
        return torch.einsum("nk,nkd->nd", weight, outputs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.user_gate.in_features}, shared={len(self.shared)}, own={len(self.user)})"

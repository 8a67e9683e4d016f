"""Projection from a language model's embedding space into the recommender's."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_at_least


class TextProjector(nn.Module):
    r"""The text encoder of `IRLLRec <https://arxiv.org/abs/2502.03307>`_ (Eq. 7), a two-layer perceptron,

    .. math::
        \mathbf{z} = \mathbf{W}_2 \, \mathrm{LeakyReLU}(\mathbf{W}_1 \mathbf{x} + \mathbf{b}_1) + \mathbf{b}_2 .

    Args:
        in_channels (int): Width :math:`d_t` of the text features.
        out_channels (int): Width :math:`d` of the recommender's embeddings.
        hidden_channels (int, optional): Width of the hidden layer. (default: the mean of the other two, rounded down,
            as published)
        negative_slope (float, optional): Slope of LeakyReLU below zero. (default: :obj:`0.01`)

    Raises:
        ValueError: A width is below one.

    Shapes:
        - **input:** :math:`(*, d_t)`, of any floating point type; it is converted to the type of the weights
        - **output:** :math:`(*, d)`

    Examples:
        >>> TextProjector(16, 4)(torch.randn(3, 16)).shape
        torch.Size([3, 4])
    """

    def __init__(
        self, in_channels: int, out_channels: int, hidden_channels: int | None = None, negative_slope: float = 0.01
    ) -> None:
        super().__init__()
        hidden_channels = (in_channels + out_channels) // 2 if hidden_channels is None else hidden_channels
        widths = {"in_channels": in_channels, "hidden_channels": hidden_channels, "out_channels": out_channels}
        for name, value in widths.items():
            check_at_least(name, value, 1, "it is the width of a layer")
        self.negative_slope = negative_slope
        self.lin1 = nn.Linear(in_channels, hidden_channels)
        self.lin2 = nn.Linear(hidden_channels, out_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initializes the weights with Xavier's uniform distribution and the biases with zero."""
        for lin in (self.lin1, self.lin2):
            nn.init.xavier_uniform_(lin.weight)
            nn.init.zeros_(lin.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Projects text features.

        Args:
            x: Text features.
        """
        if not torch.is_autocast_enabled(x.device.type):  # autocast reads half precision, and chooses a type itself
            x = x.to(self.lin1.weight.dtype)  # features may be stored in half precision to save memory
        out: Tensor = self.lin2(F.leaky_relu(self.lin1(x), self.negative_slope))
        return out

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.lin1.in_features}, {self.lin2.out_features})"

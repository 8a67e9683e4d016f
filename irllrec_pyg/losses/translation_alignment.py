"""Alignment of two views of a node under multiplicative noise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..ops import two_sided_cross_entropy
from ._checks import check_positive, check_rows


def perturb(x: Tensor, noise: float = 1.0) -> Tensor:
    r"""Multiplicative noise, :math:`\mathbf{x} + \epsilon \odot \mathbf{x}` with
    :math:`\epsilon \sim \mathcal{N}(0, \sigma^2 \mathbf{I})` (Eq. 14)."""
    return x + noise * torch.randn_like(x) * x if noise else x


def translation_alignment_loss(
    interaction: Tensor, text: Tensor, scale: float = 1.0, noise: float = 1.0, cosine: bool = False
) -> Tensor:
    r"""Functional form of :class:`TranslationAlignment`."""
    check_rows(interaction=interaction, text=text)
    r, z = perturb(interaction, noise), perturb(text, noise)
    if cosine:
        r, z = F.normalize(r, dim=-1), F.normalize(z, dim=-1)
    return two_sided_cross_entropy(scale * r, z)


class TranslationAlignment(nn.Module):
    r"""Two-sided contrast of perturbed views (Eq. 14 and 15 of `IRLLRec <https://arxiv.org/abs/2502.03307>`_),

    .. math::
        \mathbf{r}' = \mathbf{r} + \epsilon_r \odot \mathbf{r}, \quad
        \mathbf{z}' = \mathbf{z} + \epsilon_z \odot \mathbf{z}, \quad
        \epsilon \sim \mathcal{N}(0, \sigma^2 \mathbf{I}), \qquad
        \mathcal{L}_{\text{tran}} = \frac{1}{n} \sum_i \left(
        -\log \frac{\exp(\eta \, \mathbf{r}'_i \cdot \mathbf{z}'_i)}
        {\sum_j \exp(\eta \, \mathbf{r}'_i \cdot \mathbf{z}'_j)}
        -\log \frac{\exp(\eta \, \mathbf{z}'_i \cdot \mathbf{r}'_i)}
        {\sum_j \exp(\eta \, \mathbf{z}'_i \cdot \mathbf{r}'_j)}
        \right),

    the text side and the interaction side together. Only a node's own two intents are a positive pair, whatever it
    interacted with; the noise keeps the alignment from leaning on single features.

    Args:
        scale (float, optional): :math:`\eta`. (default: :obj:`1.0`)
        noise (float, optional): :math:`\sigma`; 0 for none. (default: :obj:`1.0`, the paper's)
        cosine (bool, optional): If :obj:`True`, similarities are cosines, as in the published code, rather than inner
            products. (default: :obj:`False`)

    Raises:
        ValueError: ``scale`` is not above zero, ``noise`` is negative, or rows do not pair up.

    Shapes:
        - **input:** interaction intents :math:`(n, d)`, text intents :math:`(n, d)`
        - **output:** a scalar
    """

    def __init__(self, scale: float = 1.0, noise: float = 1.0, cosine: bool = False) -> None:
        super().__init__()
        if noise < 0.0:
            raise ValueError(f"'noise' must not be negative (got {noise}); use 0 for none")
        self.scale = check_positive("scale", scale)
        self.noise = float(noise)
        self.cosine = cosine

    def forward(self, interaction: Tensor, text: Tensor) -> Tensor:
        """Loss of paired rows."""
        return translation_alignment_loss(interaction, text, self.scale, self.noise, self.cosine)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scale={self.scale}, noise={self.noise}, cosine={self.cosine})"

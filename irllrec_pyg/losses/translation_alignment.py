"""Alignment of two views of a node under multiplicative noise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_non_negative, check_positive, check_rows
from ..ops import two_sided_cross_entropy
from ..ops.precision import single


def perturb(x: Tensor, noise: float = 1.0) -> Tensor:
    r"""Adds multiplicative noise, :math:`\mathbf{x} + \epsilon \odot \mathbf{x}` with
    :math:`\epsilon \sim \mathcal{N}(0, \sigma^2 \mathbf{I})` (Eq. 14 of `IRLLRec
    <https://arxiv.org/abs/2502.03307>`_).

    Args:
        x: Embeddings of any shape.
        noise: :math:`\sigma`; 0 for none. (default: :obj:`1.0`)

    Examples:
        >>> perturb(torch.zeros(2))
        tensor([0., 0.])
        >>> perturb(torch.ones(2), noise=0.0)
        tensor([1., 1.])
    """
    return x + noise * torch.randn_like(x) * x if noise else x


def translation_alignment_loss(
    interaction: Tensor, text: Tensor, scale: float = 1.0, noise: float = 1.0, cosine: bool = False
) -> Tensor:
    r"""Functional form of :class:`TranslationAlignment`. It always adds noise; pass ``noise=0`` in evaluation.

    Args:
        interaction: Interaction intents, ``[n, d]``.
        text: Text intents, ``[n, d]``.
        scale: :math:`\eta`. (default: :obj:`1.0`)
        noise: :math:`\sigma`; 0 for none. (default: :obj:`1.0`)
        cosine: If :obj:`True`, similarities are cosines. (default: :obj:`False`)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Raises:
        ValueError: The rows are not pairs.

    Examples:
        >>> x = 9 * torch.eye(4)
        >>> translation_alignment_loss(x, x, noise=0.0)
        tensor(0.)
    """
    check_rows(interaction=interaction, text=text)
    r, z = perturb(single(interaction), noise), perturb(single(text), noise)
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

    the sum of the text side and the interaction side. The two intents of a node are its only positive pair, whatever it
    interacted with. Noise, added in training mode only, keeps the alignment from relying on single features. Choose
    :class:`PairwiseAlignment` to contrast a batch with a larger set of candidates.

    Args:
        scale (float, optional): :math:`\eta`. (default: :obj:`1.0`)
        noise (float, optional): :math:`\sigma`; 0 for none. (default: :obj:`1.0`, as in the paper)
        cosine (bool, optional): If set to :obj:`True`, similarities are cosines, as in the published code, instead of
            inner products. (default: :obj:`False`)

    Raises:
        ValueError: ``scale`` is not above zero, ``noise`` is negative, or the rows are not pairs.

    Shapes:
        - **input:** interaction intents :math:`(n, d)`, text intents :math:`(n, d)`
        - **output:** a scalar

    Examples:
        >>> interaction, text = torch.randn(5, 4), torch.randn(5, 4)
        >>> loss = TranslationAlignment(scale=0.5).eval()
        >>> loss(interaction, text) == loss(interaction, text)
        tensor(True)
    """

    def __init__(self, scale: float = 1.0, noise: float = 1.0, cosine: bool = False) -> None:
        super().__init__()
        self.scale = check_positive("scale", scale, "1 leaves the similarities as they are")
        self.noise = check_non_negative("noise", noise)
        self.cosine = cosine

    def forward(self, interaction: Tensor, text: Tensor) -> Tensor:
        """Computes the loss of paired rows.

        Args:
            interaction: Interaction intents.
            text: Text intents of the same nodes.
        """
        noise = self.noise if self.training else 0.0
        return translation_alignment_loss(interaction, text, self.scale, noise, self.cosine)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scale={self.scale}, noise={self.noise}, cosine={self.cosine})"

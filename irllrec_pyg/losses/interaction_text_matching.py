"""Momentum distillation of the similarities between two views."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..ops import two_sided_kl_divergence
from ._checks import check_positive, check_rows


def interaction_text_matching_loss(
    interaction: Tensor,
    text: Tensor,
    teacher_interaction: Tensor,
    teacher_text: Tensor,
    scale: float = 1.0,
    cosine: bool = False,
) -> Tensor:
    r"""Functional form of :class:`InteractionTextMatching`."""
    views = (interaction, text, teacher_interaction, teacher_text)
    check_rows(**dict(zip(("interaction", "text", "teacher_interaction", "teacher_text"), views, strict=True)))
    r, z, r_teacher, z_teacher = (F.normalize(view, dim=-1) if cosine else view for view in views)
    return two_sided_kl_divergence((scale * r, z), (scale * r_teacher, z_teacher))


class InteractionTextMatching(nn.Module):
    r"""The distillation part of interaction-text matching (Eq. 17 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_, after `ALBEF <https://arxiv.org/abs/2107.07651>`_),

    .. math::
        \mathcal{L}_{\text{KL}} = \frac{1}{n} \sum_i
        \mathrm{KL}(\mathbf{q}^{i2t}_i \,\|\, \mathbf{p}^{i2t}_i)
        + \mathrm{KL}(\mathbf{q}^{t2i}_i \,\|\, \mathbf{p}^{t2i}_i),

    where :math:`\mathbf{p}^{i2t}_i = \mathrm{softmax}_j(\eta \, \mathbf{r}_i \cdot \mathbf{z}_j)` is the student's
    matching of interaction to text intents, :math:`\mathbf{p}^{t2i}` that of text to interaction, and
    :math:`\mathbf{q}` are those of the momentum teacher, which says softly what a one-hot contrast cannot: which
    *other* intents match as well. The paper mixes it with translation alignment as
    :math:`(1 - \alpha) \mathcal{L}_{\text{tran}} + \alpha \mathcal{L}_{\text{KL}}`; the model does that.

    Args:
        scale (float, optional): :math:`\eta`. (default: :obj:`1.0`)
        cosine (bool, optional): If :obj:`True`, similarities are cosines rather than inner products.
            (default: :obj:`False`)

    Raises:
        ValueError: ``scale`` is not above zero, or rows do not pair up.

    Shapes:
        - **input:** interaction and text intents of the student :math:`(n, d)`, and of the teacher :math:`(n, d)`
        - **output:** a scalar
    """

    def __init__(self, scale: float = 1.0, cosine: bool = False) -> None:
        super().__init__()
        self.scale = check_positive("scale", scale)
        self.cosine = cosine

    def forward(self, interaction: Tensor, text: Tensor, teacher_interaction: Tensor, teacher_text: Tensor) -> Tensor:
        """Loss of paired rows; the teacher's receive no gradient."""
        return interaction_text_matching_loss(
            interaction, text, teacher_interaction, teacher_text, self.scale, self.cosine
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scale={self.scale}, cosine={self.cosine})"


def soft_cross_entropy(student: Tensor, teacher: Tensor) -> Tensor:
    r"""What the published code matches instead: softmaxes over the *dimensions* of each node's text intent,

    .. math::
        -\frac{1}{n} \sum_i \sum_k \mathrm{softmax}(\mathbf{z}'_i)_k \log \mathrm{softmax}(\mathbf{z}_i)_k .

    Args:
        student: :math:`\mathbf{z}`, ``[n, d]``.
        teacher: :math:`\mathbf{z}'`, ``[n, d]``; receives no gradient.
    """
    check_rows(student=student, teacher=teacher)
    return F.cross_entropy(student, teacher.detach().softmax(dim=-1))

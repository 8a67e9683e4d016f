"""Momentum distillation of the similarities between two views."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .._checks import check_positive, check_rows
from ..ops import two_sided_kl_divergence
from ..ops.precision import single
from ..ops.share import mean_of_share


def interaction_text_matching_loss(
    interaction: Tensor,
    text: Tensor,
    teacher_interaction: Tensor,
    teacher_text: Tensor,
    scale: float = 1.0,
    cosine: bool = False,
) -> Tensor:
    r"""Functional form of :class:`InteractionTextMatching`.

    Args:
        interaction: Interaction intents of the student, ``[n, d]``.
        text: Text intents of the student, ``[n, d]``.
        teacher_interaction: Interaction intents of the teacher, ``[n, d]``. They receive no gradient.
        teacher_text: Text intents of the teacher, ``[n, d]``. They receive no gradient.
        scale: :math:`\eta`. (default: :obj:`1.0`)
        cosine: If :obj:`True`, similarities are cosines. (default: :obj:`False`)

    Returns:
        A scalar, in single precision if the inputs are in half precision; zero if there are no rows.

    Raises:
        ValueError: The rows are not pairs.

    Examples:
        >>> r, z = torch.randn(5, 4), torch.randn(5, 4)
        >>> interaction_text_matching_loss(r, z, r, z).abs() < 1e-5  # the student agrees with its teacher
        tensor(True)
    """
    views = (interaction, text, teacher_interaction, teacher_text)
    check_rows(**dict(zip(("interaction", "text", "teacher_interaction", "teacher_text"), views, strict=True)))
    r, z, r_teacher, z_teacher = (F.normalize(single(view), dim=-1) if cosine else single(view) for view in views)
    return two_sided_kl_divergence((scale * r, z), (scale * r_teacher, z_teacher))


class InteractionTextMatching(nn.Module):
    r"""The distillation part of interaction-text matching (Eq. 17 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_, after `ALBEF <https://arxiv.org/abs/2107.07651>`_),

    .. math::
        \mathcal{L}_{\text{KL}} = \frac{1}{n} \sum_i
        \mathrm{KL}(\mathbf{q}^{i2t}_i \,\|\, \mathbf{p}^{i2t}_i)
        + \mathrm{KL}(\mathbf{q}^{t2i}_i \,\|\, \mathbf{p}^{t2i}_i),

    where :math:`\mathbf{p}^{i2t}_i = \mathrm{softmax}_j(\eta \, \mathbf{r}_i \cdot \mathbf{z}_j)` is the student's
    matching of interaction intents to text intents, :math:`\mathbf{p}^{t2i}` its matching of text intents to
    interaction intents, and :math:`\mathbf{q}` are those of the momentum teacher
    (:class:`~irllrec_pyg.nn.MomentumCopy`). The teacher's soft targets say which *other* intents match as well, which a
    one-hot contrast cannot. The paper mixes it with translation alignment as
    :math:`(1 - \alpha) \mathcal{L}_{\text{tran}} + \alpha \mathcal{L}_{\text{KL}}`; the model does that.

    Args:
        scale (float, optional): :math:`\eta`. (default: :obj:`1.0`)
        cosine (bool, optional): If set to :obj:`True`, similarities are cosines instead of inner products.
            (default: :obj:`False`)

    Raises:
        ValueError: ``scale`` is not above zero, or the rows are not pairs.

    Shapes:
        - **input:** interaction and text intents of the student :math:`(n, d)`, and of the teacher :math:`(n, d)`
        - **output:** a scalar

    Examples:
        >>> r, z, teacher_r, teacher_z = torch.randn(4, 5, 3)
        >>> InteractionTextMatching()(r, z, teacher_r, teacher_z) > 0
        tensor(True)
    """

    def __init__(self, scale: float = 1.0, cosine: bool = False) -> None:
        super().__init__()
        self.scale = check_positive("scale", scale, "1 leaves the similarities as they are")
        self.cosine = cosine

    def forward(self, interaction: Tensor, text: Tensor, teacher_interaction: Tensor, teacher_text: Tensor) -> Tensor:
        """Computes the loss of paired rows.

        Args:
            interaction: Interaction intents of the student.
            text: Text intents of the student.
            teacher_interaction: Interaction intents of the teacher. They receive no gradient.
            teacher_text: Text intents of the teacher. They receive no gradient.
        """
        return interaction_text_matching_loss(
            interaction, text, teacher_interaction, teacher_text, self.scale, self.cosine
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(scale={self.scale}, cosine={self.cosine})"


def soft_cross_entropy(student: Tensor, teacher: Tensor) -> Tensor:
    r"""Cross entropy between softmaxes over the *dimensions* of each node's text intent, which the published code
    of `IRLLRec <https://arxiv.org/abs/2502.03307>`_ matches in place of :class:`InteractionTextMatching`,

    .. math::
        -\frac{1}{n} \sum_i \sum_k \mathrm{softmax}(\mathbf{z}'_i)_k \log \mathrm{softmax}(\mathbf{z}_i)_k .

    Args:
        student: :math:`\mathbf{z}`, ``[n, d]``.
        teacher: :math:`\mathbf{z}'`, ``[n, d]``. It receives no gradient.

    Returns:
        A scalar, in single precision if the inputs are in half precision.

    Raises:
        ValueError: The rows are not pairs.

    Examples:
        >>> soft_cross_entropy(torch.zeros(3, 2), torch.zeros(3, 2))  # log 2
        tensor(0.6931)
    """
    check_rows(student=student, teacher=teacher)
    return mean_of_share(lambda z, t: F.cross_entropy(single(z), single(t).detach().softmax(dim=-1)), student, teacher)

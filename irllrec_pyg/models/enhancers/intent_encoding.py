"""The encoding of IRLLRec."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..encoding import Encoding


@dataclass
class IntentEncoding(Encoding):
    """An encoding with interaction intents.

    Args:
        base: Encoding of the wrapped model, which its loss reads.
        intent: Interaction intents of all nodes, ``[M + N, d]``; :obj:`None` if no term reads them.
        teacher_intent: Interaction intents of the momentum teacher; in training only. (default: :obj:`None`)

    Examples:
        >>> base = Encoding(torch.ones(3, 4), torch.ones(2, 4), [])
        >>> IntentEncoding(base.user, base.item, base.layers, base, intent=torch.zeros(5, 4)).intent.shape
        torch.Size([5, 4])
    """

    base: Encoding
    intent: Tensor | None
    teacher_intent: Tensor | None = None

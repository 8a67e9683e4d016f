"""Prototypes that a model has learned."""

from __future__ import annotations

from torch import Tensor

from ...models import Recommender
from ...nn import IntentEncoder, PrototypeAttention


def item_prototypes(model: Recommender) -> Tensor:
    """Prototypes of items that a model has learned, ``[K, d]``; momentum copies do not count.

    Args:
        model: A DCCF, BIGCF or IRLLRec. Of IRLLRec on one of the others, those of IRLLRec are taken.

    Raises:
        ValueError: The model has none.

    Examples:
        >>> from irllrec_pyg.models import DCCF
        >>> item_prototypes(DCCF(24, 20, num_intents=4)).shape
        torch.Size([4, 32])
    """
    own = [module for name, module in model.named_modules() if "teacher" not in name.split(".")]
    found: list[object] = [_item_attention(module) for module in own if isinstance(module, IntentEncoder)]
    found += [getattr(module, "item_intent", None) for module in own]
    for attention in found:
        if isinstance(attention, PrototypeAttention):
            return attention.prototype.detach()
    raise ValueError(f"a {type(model).__name__} has no prototypes; use Prototypes.from_ranker with its ranker")


def _item_attention(encoder: IntentEncoder) -> PrototypeAttention:
    return encoder.item if encoder.shared_attention is None else encoder.shared_attention[1]

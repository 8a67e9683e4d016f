"""KAR."""

from __future__ import annotations

import torch
from torch import Tensor

from ...data import JointGraph, check_features, text_mask
from ...nn import ExpertAdapter
from ..backbone import Backbone
from ..encoding import Batch, Encoding
from ..enhancer import Enhancer, check_is_backbone
from ..node_features import register_features
from ..registry import ENHANCERS


@ENHANCERS.register("kar")
class KAR(Enhancer):
    r"""`"Towards Open-World Recommendation with Knowledge Augmentation from Large Language Models"
    <https://arxiv.org/abs/2306.10933>`_ around a backbone: experts turn text features into augmented embeddings
    (:class:`~irllrec_pyg.nn.ExpertAdapter`), which are added to the input embeddings,
    :math:`\mathbf{e}^{(0)} = \mathbf{e}_{\text{id}} + \mathbf{a}`. It has no loss of its own: the backbone's loss
    trains it. Nodes without text keep their input embeddings.

    Choose it to feed texts into the backbone; choose :class:`~irllrec_pyg.models.RLMRecCon` or
    :class:`~irllrec_pyg.models.IRLLRec` to only align embeddings with them.

    Args:
        backbone (Backbone): The backbone to enhance.
        user_feature (Tensor): Text features of users, ``[M, d_t]``.
        item_feature (Tensor): Text features of items, ``[N, d_t]``.
        num_shared (int, optional): Number of experts that users and items share. (default: :obj:`2`)
        num_own (int, optional): Number of experts of each side alone. (default: :obj:`2`)
        hidden_channels (int, optional): Hidden width of an expert. (default: see
            :class:`~irllrec_pyg.nn.TextProjector`)

    Raises:
        ValueError: Features do not fit the backbone, or an argument is out of its range.

    Examples:
        >>> from irllrec_pyg.models import LightGCN
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = KAR.from_data(LightGCN(24, 20), data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['bpr', 'l2']
    """

    reads = "profile"
    backbone: Backbone
    user_feature: Tensor
    item_feature: Tensor
    text_mask: Tensor

    def __init__(
        self,
        backbone: Backbone,
        user_feature: Tensor,
        item_feature: Tensor,
        *,
        num_shared: int = 2,
        num_own: int = 2,
        hidden_channels: int | None = None,
    ) -> None:
        super().__init__(backbone)
        check_is_backbone(backbone, type(self).__name__)
        check_features("profile", user_feature, item_feature, self.num_users, self.num_items)
        register_features(self, user_feature=user_feature, item_feature=item_feature)
        mask = text_mask(torch.cat([user_feature, item_feature])).unsqueeze(-1)
        self.register_buffer("text_mask", mask.to(backbone.embedding.dtype), persistent=False)
        width = user_feature.size(1)
        self.adapter = ExpertAdapter(width, self.embedding_dim, num_shared, num_own, hidden_channels)

    def encode(self, graph: JointGraph) -> Encoding:
        """Encodes the input embeddings with the augmented ones added."""
        augmented = torch.cat(self.adapter(self.user_feature, self.item_feature))
        return self.backbone.encode(graph, self.backbone.embedding + augmented * self.text_mask)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms of the backbone; ``l2`` includes the experts."""
        terms = self.backbone.loss(encoding, batch)
        return terms | {"l2": terms["l2"] + self.own_l2()}

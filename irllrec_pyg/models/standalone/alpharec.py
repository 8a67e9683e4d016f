"""AlphaRec."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import scatter

from ...data import INTERACTS, check_features, get_features, text_mask
from ...data import JointGraph
from ...losses import l2_loss, softmax_loss
from ...nn import LightConv, TextProjector
from ..base import Recommender
from ..encoding import Batch, Encoding
from ..registry import STANDALONE


@STANDALONE.register("alpharec")
class AlphaRec(Recommender):
    r"""The recommender of `"Language Representations Can be What Recommenders Need"
    <https://arxiv.org/abs/2407.05441>`_, which has no id embeddings: item features, and for a user the mean of those of
    their training items, go through one perceptron and :math:`L` layers of propagation,

    .. math::
        \mathbf{e} = \frac{1}{L + 1} \sum_{l=0}^{L} \hat{\mathbf{A}}^l \, \mathrm{MLP}(\mathbf{x}) ,

    trained with a softmax over cosines.

    Args:
        user_feature (Tensor): The mean features of users, ``[M, d_t]``.
        item_feature (Tensor): Features of items, ``[N, d_t]``.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`2`)
        temperature (float, optional): :math:`\tau` of the softmax. (default: :obj:`0.15`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-6`)
        hidden_channels (int, optional): Of the perceptron. (default: half of :math:`d_t`, as published)
        cosine (bool, optional): Whether ranking compares cosines, as training does, rather than inner products.
            (default: :obj:`True`)

    Raises:
        ValueError: An argument is out of its range, or features hold NaN.
    """

    feature: Tensor

    def __init__(
        self,
        user_feature: Tensor,
        item_feature: Tensor,
        *,
        embedding_dim: int = 32,
        num_layers: int = 2,
        temperature: float = 0.15,
        l2_weight: float = 1e-6,
        hidden_channels: int | None = None,
        cosine: bool = True,
    ) -> None:
        super().__init__()
        self.num_users, self.num_items = user_feature.size(0), item_feature.size(0)
        check_features("intent", user_feature, item_feature, self.num_users, self.num_items)
        if num_layers < 0:
            raise ValueError(f"'num_layers' must not be negative (got {num_layers}); 2 and 3 are published")
        if not temperature > 0.0:
            raise ValueError(f"'temperature' must be above 0 (got {temperature}); 0.15 is published")
        if l2_weight < 0.0:
            raise ValueError(f"'l2_weight' must not be negative (got {l2_weight}); use 0 for none")
        self.embedding_dim, self.num_layers, self.l2_weight = embedding_dim, num_layers, l2_weight
        self.temperature, self.cosine = temperature, cosine
        self.register_buffer("feature", torch.cat([user_feature, item_feature]), persistent=False)
        width = item_feature.size(1)
        hidden_channels = max(1, width // 2) if hidden_channels is None else hidden_channels
        self.mlp = TextProjector(width, embedding_dim, hidden_channels)
        self.conv = LightConv(normalize=False)

    @classmethod
    def features_read(cls, features: str = "intent", **kwargs: Any) -> tuple[str, ...]:
        """The one that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> AlphaRec:
        """Takes the item features that ``features`` names from the data; users' own are not read, and items without
        text do not count in their means.

        Raises:
            ValueError: The data has no such features.
        """
        _, item = get_features(data, features)
        user, taken = data[INTERACTS].edge_index
        told = text_mask(item)[taken]
        mean = scatter(item[taken[told]], user[told], dim=0, dim_size=data["user"].num_nodes, reduce="mean")
        return cls(mean, item, **kwargs)

    def encode(self, graph: JointGraph) -> Encoding:
        """Propagates the projected features."""
        layers = [self.mlp(self.feature)]
        for _ in range(self.num_layers):
            layers.append(self.conv(layers[-1], graph.edge_index, graph.edge_weight))
        final = torch.stack(layers).mean(dim=0)
        if self.cosine:
            final = F.normalize(final, dim=-1)
        user, item = final.split([self.num_users, self.num_items])
        return Encoding(user, item, layers)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """``softmax`` and ``l2``. Positives stand against the negatives of a batch that holds several each, ``[B, K]``,
        and otherwise against the whole catalogue, which costs less than gathering hundreds."""
        user, item = (F.normalize(side, dim=-1) for side in (encoding.user, encoding.item))
        if batch.negative.dim() == 2:
            candidate = torch.cat([batch.positive.unsqueeze(1), batch.negative], dim=1)
            logit = torch.einsum("bd,bkd->bk", user[batch.user], item[candidate]) / self.temperature
            softmax = F.cross_entropy(logit, torch.zeros_like(batch.user))
        else:
            ids, row = batch.user.unique(return_inverse=True)
            softmax = softmax_loss(user[ids], item, torch.stack([row, batch.positive]), self.temperature)
        return {"softmax": softmax, "l2": self.l2_weight * l2_loss(self.parameters())}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_users}, {self.num_items}, num_layers={self.num_layers})"

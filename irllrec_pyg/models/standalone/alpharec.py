"""AlphaRec."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import scatter

from ..._checks import check_at_least, check_non_negative, check_positive
from ..._plain import plain
from ...data import INTERACTS, JointGraph, check_features, get_features, text_mask
from ...losses import l2_loss, softmax_loss
from ...nn import LightConv, TextProjector
from ...ranking import PropagatedRanker, Ranker
from ..base import Recommender, evaluation_mode
from ..encoding import Batch, Encoding
from ..node_features import register_features
from ..registry import STANDALONE


@STANDALONE.register("alpharec")
class AlphaRec(Recommender):
    r"""The recommender of `"Language Representations Can be What Recommenders Need"
    <https://arxiv.org/abs/2407.05441>`_, which has no id embeddings. The text features of items, and for each user the
    mean of those of their training items, go through one perceptron and :math:`L` layers of propagation,

    .. math::
        \mathbf{e} = \frac{1}{L + 1} \sum_{l=0}^{L} \hat{\mathbf{A}}^l \, \mathrm{MLP}(\mathbf{x}) ,

    trained with a softmax over cosines. Choose it where all items have texts; it recommends new items too.

    Args:
        user_feature (Tensor): Mean features of users, ``[M, d_t]``; :meth:`from_data` computes them.
        item_feature (Tensor): Text features of items, ``[N, d_t]``.
        embedding_dim (int, optional): Width :math:`d`. (default: :obj:`32`)
        num_layers (int, optional): :math:`L`. (default: :obj:`2`)
        temperature (float, optional): :math:`\tau` of the softmax. (default: :obj:`0.15`)
        l2_weight (float, optional): Weight of the squared norm of parameters. (default: :obj:`1e-6`)
        hidden_channels (int, optional): Hidden width of the perceptron. (default: half of :math:`d_t`, as published)
        cosine (bool, optional): Whether ranking compares cosines, as training does, or inner products, as the published
            code does. (default: :obj:`True`)

    Raises:
        ValueError: An argument is out of its range, or features hold NaN.

    Examples:
        >>> from irllrec_pyg.testing import tiny_batch, tiny_data
        >>> data = tiny_data()
        >>> model = AlphaRec.from_data(data)
        >>> sorted(model(JointGraph.from_data(data), tiny_batch(data)))
        ['l2', 'softmax']
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
        check_at_least("num_layers", num_layers, 0, "2 and 3 are published")
        check_positive("temperature", temperature, "0.15 is published")
        check_non_negative("l2_weight", l2_weight)
        self.embedding_dim, self.num_layers, self.l2_weight = embedding_dim, num_layers, l2_weight
        self.temperature, self.cosine = temperature, cosine
        register_features(self, item_feature, feature=torch.cat([user_feature, item_feature]))
        width = item_feature.size(1)
        hidden_channels = max(1, width // 2) if hidden_channels is None else hidden_channels
        self.mlp = TextProjector(width, embedding_dim, hidden_channels)
        self.conv = LightConv(normalize=False)

    @classmethod
    def features_read(cls, features: str = "intent", **kwargs: Any) -> tuple[str, ...]:
        """The features that ``features`` names."""
        return (features,)

    @classmethod
    def from_data(cls, data: HeteroData, features: str = "intent", **kwargs: Any) -> AlphaRec:
        """Takes item features from a data object. Features of users are the means of their training items; items
        without text do not count.

        Args:
            data: The data object.
            features: Name of the features. (default: ``"intent"``)
            **kwargs: Arguments of the constructor.

        Raises:
            ValueError: The data has no such features.
        """
        _, item = get_features(data, features)
        user, taken = plain(data[INTERACTS].edge_index).long()
        has_text = text_mask(item)[taken]
        rows = item.detach()[taken[has_text]]
        mean = scatter(rows, user[has_text], dim=0, dim_size=data["user"].num_nodes, reduce="mean")
        return cls(mean, item, **kwargs)

    def encode(self, graph: JointGraph) -> Encoding:
        """Propagates the projected features."""
        layers = [self.mlp(self.feature)]
        for _ in range(self.num_layers):
            layers.append(self.conv(layers[-1], graph.edge_index, graph.edge_weight))
        final = sum(layers[1:], layers[0]) / len(layers)
        if self.cosine:
            final = F.normalize(final, dim=-1)
        user, item = final.split([self.num_users, self.num_items])
        return Encoding(user, item, layers)

    @torch.no_grad()
    def ranker(self, graph: JointGraph) -> Ranker:
        """See :meth:`Recommender.ranker <irllrec_pyg.models.Recommender.ranker>`; it reads histories exactly."""
        with evaluation_mode(self):
            layers = self.encode(graph).layers
        return PropagatedRanker.from_layers(layers, self.num_users, graph.item_degree, self.cosine, mean=True)

    def loss(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Terms ``softmax`` and ``l2``. A batch with several negatives per positive, ``[B, K]``, compares each positive
        with those; any other batch compares it with all items, which costs less than gathering hundreds."""
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

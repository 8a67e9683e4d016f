"""The interaction side of IRLLRec: intents of users and items from a backbone's layers."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from torch_geometric.typing import Adj

from ..ops.neighborhood import incoming_edges
from .conv.intent_conv import IntentConv
from .prototype_attention import PrototypeAttention

MESSAGES = ("intent", "embedding", "next")


class IntentEncoder(nn.Module):
    r"""Interaction intents of users and items from a backbone's layers (Eq. 9 to 12 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_),

    .. math::
        \mathbf{R} = \frac{1}{L} \sum_{l=1}^{L} \mathbf{M}^{(l)} \mathbf{X}^{(l)} .

    Each side attends over prototypes of its own (:class:`PrototypeAttention`), and the agreement of the two ends masks
    each edge (:class:`IntentConv`). With ``message="intent"``, as in the paper, the messages are the intents
    themselves, :math:`\mathbf{X}^{(l)} = \mathbf{R}^{(l)}`, with the masks of layers 1 to :math:`L`. With
    ``"embedding"``, as in the published code, they are the node embeddings that the masks were computed from, those of
    layers 0 to :math:`L - 1`. With ``"next"``, as in the published code for BIGCF, masks are the same and messages are
    the embeddings of the following layer.

    Args:
        channels (int): Width :math:`d`.
        num_prototypes (int, optional): :math:`K`, the number of prototypes of each side. (default: :obj:`128`)
        message (str, optional): The messages: :obj:`"intent"`, :obj:`"embedding"` or :obj:`"next"`.
            (default: :obj:`"intent"`)
        attention ((PrototypeAttention, PrototypeAttention), optional): Prototypes of users and of items that belong to
            another module. They are used, but are not parameters of this module. (default: own prototypes)

    Raises:
        ValueError: ``message`` is unknown, a size is below one, or there is only the input layer.

    Shapes:
        - **input:** :math:`L + 1` joint embeddings with users first, :math:`(M + N, d)` each; the symmetric joint
          graph; ids of nodes :math:`(n)` *(optional)*
        - **output:** :math:`(M + N, d)`, or :math:`(n, d)`

    Examples:
        >>> from irllrec_pyg.data import JointGraph
        >>> from irllrec_pyg.testing import tiny_data
        >>> graph = JointGraph.from_data(tiny_data())
        >>> layers = [torch.randn(graph.num_nodes, 8) for _ in range(3)]
        >>> IntentEncoder(8, num_prototypes=4)(layers, graph.edge_index, graph.num_users).shape
        torch.Size([44, 8])
    """

    def __init__(
        self,
        channels: int,
        num_prototypes: int = 128,
        message: str = "intent",
        attention: tuple[PrototypeAttention, PrototypeAttention] | None = None,
    ) -> None:
        super().__init__()
        if message not in MESSAGES:
            raise ValueError(f"'message' must be one of {MESSAGES} (got {message!r})")
        self.message = message
        self.shared_attention = attention  # a tuple, in which modules are not registered
        if attention is None:
            self.user = PrototypeAttention(channels, num_prototypes)
            self.item = PrototypeAttention(channels, num_prototypes)
        self.conv = IntentConv()

    def reset_parameters(self) -> None:
        """Initializes the module's own prototypes."""
        if self.shared_attention is None:
            self.user.reset_parameters()
            self.item.reset_parameters()

    def forward(self, layers: list[Tensor], edge_index: Adj, num_users: int, nodes: Tensor | None = None) -> Tensor:
        """Computes the interaction intents of all nodes, or of some.

        Args:
            layers: Joint embeddings of the input layer and of every layer after it.
            edge_index: The symmetric joint graph, in any form; for some nodes, a sorted
                :class:`~torch_geometric.EdgeIndex` with a sparse size.
            num_users: Number of users, which come first.
            nodes: Ids of the nodes. Only these and their neighbors are read, so that a few nodes of a large graph cost
                little. (default: all)
        """
        if len(layers) < 2:
            raise ValueError(
                f"'layers' must hold the input layer and at least one more (got {len(layers)}); "
                "use a backbone with one layer or more"
            )
        place: Tensor | None = None
        if nodes is not None:
            ids, place, edge_index = incoming_edges(edge_index, nodes)
            layers = [layer.index_select(0, ids) for layer in layers]
            num_users = int((ids < num_users).sum())
        out = []
        for before, after in itertools.pairwise(layers):
            # Attention holds a distribution over prototypes for every node, more than all else: it is recomputed.
            x = after if self.message == "intent" else before
            intent = checkpoint(self.attend, x, num_users, use_reentrant=False, preserve_rng_state=False)
            messages = {"intent": intent, "embedding": before, "next": after}[self.message]
            pair = intent if place is None else (intent, intent.index_select(0, place))
            out.append(self.conv(messages if place is None else (messages, messages), pair, edge_index))
        return torch.stack(out).mean(dim=0)

    def attend(self, x: Tensor, num_users: int) -> Tensor:
        """Computes the expected prototypes of all nodes of one layer, before propagation (Eq. 9).

        Args:
            x: Joint embeddings of one layer.
            num_users: Number of users, which come first.
        """
        user, item = self.shared_attention or (self.user, self.item)
        return torch.cat([user(x[:num_users]), item(x[num_users:])])

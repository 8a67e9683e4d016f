"""The interaction side of IRLLRec's two towers."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from torch_geometric.typing import Adj

from .conv.intent_conv import IntentConv
from .prototype_attention import PrototypeAttention

MESSAGES = ("intent", "embedding", "next")


class IntentEncoder(nn.Module):
    r"""Interaction intents of users and items from a backbone's layers (Eq. 9 to 12 of
    `IRLLRec <https://arxiv.org/abs/2502.03307>`_),

    .. math::
        \mathbf{R} = \frac{1}{L} \sum_{l=1}^{L} \mathbf{M}^{(l)} \mathbf{X}^{(l)} .

    Each side attends over prototypes of its own; the agreement of the two ends masks each edge; the masks carry either
    the intents themselves, :math:`\mathbf{X}^{(l)} = \mathbf{R}^{(l)}`, with the masks of layers 1 to :math:`L` as in
    the paper; or the node embeddings they were computed from, those of layers 0 to :math:`L - 1`, as in the published
    code; or, with those masks, the embeddings of the layer after, as it has it on BIGCF.

    Args:
        channels (int): Width :math:`d`.
        num_prototypes (int, optional): :math:`K` a side. (default: :obj:`128`)
        message (str, optional): What masked edges carry, :obj:`"intent"`, :obj:`"embedding"` or :obj:`"next"`. (default: :obj:`"intent"`)
        attention ((PrototypeAttention, PrototypeAttention), optional): Prototypes of users and of items that belong to
            another module; they are used, and are no parameters of this one. (default: its own)

    Raises:
        ValueError: ``message`` is none of these, a size is below one, or there is only the input layer.

    Shapes:
        - **input:** :math:`L + 1` joint embeddings, users first, :math:`(M + N, d)` each; the symmetric joint graph
        - **output:** :math:`(M + N, d)`
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
        self.borrowed = attention  # a tuple, in which modules are not registered
        if attention is None:
            self.user = PrototypeAttention(channels, num_prototypes)
            self.item = PrototypeAttention(channels, num_prototypes)
        self.conv = IntentConv()

    def reset_parameters(self) -> None:
        """Draws its own prototypes anew."""
        if self.borrowed is None:
            self.user.reset_parameters()
            self.item.reset_parameters()

    def forward(self, layers: list[Tensor], edge_index: Adj, num_users: int) -> Tensor:
        """Interaction intents of all nodes."""
        if len(layers) < 2:
            raise ValueError("'layers' holds the input layer alone; interaction intents need a backbone of one or more")
        out = []
        for before, after in itertools.pairwise(layers):
            # What attention holds, a distribution over prototypes a node, is more than all else: it is made again.
            x = after if self.message == "intent" else before
            intent = checkpoint(self.attend, x, num_users, use_reentrant=False, preserve_rng_state=False)
            carried = {"intent": intent, "embedding": before, "next": after}[self.message]
            out.append(self.conv(carried, intent, edge_index))
        return torch.stack(out).mean(dim=0)

    def attend(self, x: Tensor, num_users: int) -> Tensor:
        """Expected prototypes of each node of one layer, before propagation (Eq. 9)."""
        user, item = self.borrowed or (self.user, self.item)
        return torch.cat([user(x[:num_users]), item(x[num_users:])])

"""The encoding of IRLLRec."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...data import JointGraph
from ..encoding import Encoding
from .intent_views import Sides, select_rows


@dataclass
class Intents:
    """Interaction intents, computed for the nodes that a loss reads.

    Args:
        source: Joint embeddings after 0, 1, ... L layers, ``[M + N, d]`` each, which the tower reads; without a tower
            the final embeddings of users and of items.
        graph: The graph of the training interactions.
        tower: The module that finds interaction intents; :obj:`None` to use the final embeddings instead.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> from irllrec_pyg.models import LightGCN
        >>> graph = JointGraph.from_data(tiny_data())
        >>> intents = Intents.from_encoding(LightGCN(24, 20).encode(graph), graph, tower=None)
        >>> intents.of((torch.tensor([3]), torch.tensor([0, 7])))[1].shape
        torch.Size([2, 32])
    """

    source: list[Tensor]
    graph: JointGraph
    tower: nn.Module | None

    @classmethod
    def from_encoding(cls, encoding: Encoding, graph: JointGraph, tower: nn.Module | None) -> Intents:
        """Takes from an encoding what is read of it. The rest need not be held.

        Args:
            encoding: Encoding of the wrapped model.
            graph: The graph of the training interactions.
            tower: The module that finds interaction intents, if there is one.
        """
        return cls([encoding.user, encoding.item] if tower is None else encoding.layers, graph, tower)

    def all(self) -> Tensor:
        """Intents of all nodes, ``[M + N, d]``."""
        if self.tower is None:
            return torch.cat(self.source)
        intents: Tensor = self.tower(self.source, self.graph.edge_index, self.graph.num_users)
        return intents

    def of(self, rows: Sides | None) -> Sides:
        """Intents of some users and items, at the cost of their edges.

        Args:
            rows: Ids of the users and of the items; :obj:`None` for all.
        """
        if self.tower is None:
            return select_rows((self.source[0], self.source[1]), rows)
        num_users, num_nodes = self.graph.num_users, self.graph.num_nodes
        if rows is None or 2 * sum(ids.numel() for ids in rows) > num_nodes:  # most nodes: all are no more work
            user, item = self.all().split([num_users, num_nodes - num_users])
            return select_rows((user, item), rows)
        nodes = torch.cat([rows[0], rows[1] + num_users])
        intents = self.tower(self.source, self.graph.edge_index, num_users, nodes)
        user, item = intents.split([ids.numel() for ids in rows])
        return user, item


@dataclass
class IntentEncoding(Encoding):
    """An encoding with interaction intents.

    Args:
        base: Encoding of the wrapped model, which its loss reads.
        intents: Interaction intents; :obj:`None` if no term reads them.
        teacher_intents: Interaction intents of the momentum teacher; in training only. (default: :obj:`None`)

    Examples:
        >>> base = Encoding(torch.ones(3, 4), torch.ones(2, 4), [])
        >>> IntentEncoding(base.user, base.item, base.layers, base, intents=None).intent is None
        True
    """

    base: Encoding
    intents: Intents | None
    teacher_intents: Intents | None = None

    @property
    def intent(self) -> Tensor | None:
        """Interaction intents of all nodes, ``[M + N, d]``; :obj:`None` if no term reads them."""
        return None if self.intents is None else self.intents.all()

    @property
    def teacher_intent(self) -> Tensor | None:
        """Interaction intents of the momentum teacher for all nodes, ``[M + N, d]``; :obj:`None` if there is none."""
        if self.teacher_intents is None:
            return None
        with torch.no_grad():
            return self.teacher_intents.all()

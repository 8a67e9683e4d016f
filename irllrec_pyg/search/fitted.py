"""The result of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from torch_geometric.data import HeteroData

from ..data import INTERACTS
from ..ranking import Blend, EmbeddingRanker, Ranker
from ..recommender import Engine, Source
from .report import Report


class FittedRanker(Blend):
    r"""The blend that :func:`~irllrec_pyg.fit` chose, with the report of the search.

    It is a :class:`~irllrec_pyg.ranking.Blend`, so that everything which takes a ranker takes it. A ranker that was
    saved and loaded again has neither data nor report.

    Args:
        parts (list): The rankers, each standardised.
        weights (list, optional): One weight per part. (default: 1 for every part)

    Attributes:
        data: The data object that it was fitted on, with text features.
        report: What was tried, what was chosen, and how accurate it is.
        compared: Rankers that the report compares it with, by name, such as EASE alone.
        sources: How each part was made, so that training can continue.

    Examples:
        >>> import torch
        >>> part = EmbeddingRanker(torch.eye(2), torch.eye(2))
        >>> FittedRanker([part], [1.0]).score(torch.tensor([0]))
        tensor([[1., 0.]])
    """

    data: HeteroData | None = None
    report: Report | None = None
    compared: Mapping[str, Ranker] = MappingProxyType({})
    sources: Sequence[Source] = ()

    @property
    def engine(self) -> Engine:
        """The ranker together with its data, which recommends, explains, and is saved as one folder.

        Raises:
            ValueError: The ranker was loaded from a folder, and has no data.
        """
        if self.data is None:
            raise ValueError(
                "a ranker that was loaded has no data; use Engine.from_pretrained, or Engine(ranker, data)"
            )
        return Engine(self, self.data, self.report.to_dict() if self.report is not None else {}, self.sources)

    def on_everything(self) -> FittedRanker:
        """The same blend, trained on all interactions; see :func:`~irllrec_pyg.search.fit_on_everything`."""
        from .everything import fit_on_everything

        return fit_on_everything(self)

    def compact(self, dim: int = 128, **kwargs: Any) -> EmbeddingRanker:
        """One pair of embeddings that ranks as the blend does, for an index of nearest neighbors; see
        :func:`~irllrec_pyg.distillation.compact`.

        Args:
            dim: Width. (default: ``128``)
            **kwargs: Further arguments of that function.

        Raises:
            ValueError: The ranker was loaded from a folder, and ``exclude`` is missing.
        """
        if self.data is not None:
            kwargs.setdefault("exclude", self.data[INTERACTS].edge_index)
        elif "exclude" not in kwargs:
            raise ValueError("a ranker that was loaded does not hold the training interactions; pass them as 'exclude'")
        from ..distillation import compact

        return compact(self, dim=dim, **kwargs)

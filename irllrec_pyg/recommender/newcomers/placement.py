"""What places newcomers, learned from known users and items that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._checks import check_non_negative
from ...ranking import HistoryRanker, Ranker, check_reads_history, device_of, history_matrix
from ...ranking.standardized import standardize
from ..check import check_fits
from .encoders import Encoder, check_texts
from .folded import with_own_part
from .item_placing import ItemPlacing
from .measuring import HeldOutUsers
from .text_space import TextSpace
from .user_texts import UserTexts

_TEMPERATURES = (0.05, 0.1, 0.2)
_LENGTHS = (1, 3, 5, 10, None)  # of histories; all items where there is no number
_HALVES = (0.0, 1.0, 3.0, 10.0, 30.0)


class Placement:
    """What places newcomers. Everything is learned when it is needed for the first time.

    Args:
        ranker: The ranker.
        data: The data object that it was trained on.
        encoder: Encoder of new texts, see :class:`Newcomers`. (default: the one that ``fit`` takes)
        max_loss: See :class:`Newcomers`. (default: ``0.002``)

    Raises:
        TypeError: ``ranker`` does not score.
        ValueError: The ranker has other numbers of users and items than the data.

    Examples:
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> Placement(EASE.from_data(tiny_data()), tiny_data()).reader
        EASE(24, 20)
    """

    def __init__(self, ranker: Ranker, data: HeteroData, encoder: Encoder = None, max_loss: float = 0.002) -> None:
        check_fits(ranker, data)
        self.ranker, self.data, self.encoder = ranker, data, encoder
        self.max_loss = check_non_negative("max_loss", max_loss, "0.002 places new items carefully")

    @cached_property
    def space(self) -> TextSpace:
        """The space of the texts."""
        return TextSpace(self.data, self.encoder)

    @cached_property
    def held_out(self) -> HeldOutUsers:
        """Known users who stand for new ones."""
        return HeldOutUsers.draw(self.data)

    @cached_property
    def reader(self) -> HistoryRanker:
        """The ranker, which gives new users a part of their own where that is better on held-out users."""
        ranker = check_reads_history(self.ranker)
        if not self.held_out.label.numel():
            return ranker
        tried = [ranker, *(check_reads_history(with_own_part(ranker, value)) for value in _TEMPERATURES)]
        return tried[0] if tried[1] is ranker else max(tried, key=lambda one: self.held_out.ndcg(self.read(one)))

    @cached_property
    def texts(self) -> UserTexts:
        """Scores for users who are known by a text alone."""
        return UserTexts(
            self.reader if isinstance(self.ranker, HistoryRanker) else self.ranker, self.space, self.held_out
        )

    @cached_property
    def half(self) -> float:
        """:math:`n_0`, the number of items in a history that count as much as a text."""
        if not self.held_out.label.numel():
            return 3.0
        text = self.texts.score(self.texts.queries(self.held_out), self.held_out.user)
        values = dict.fromkeys(_HALVES, 0.0)
        for length in _LENGTHS:
            histories = self.held_out.shortened(length, seed=2)
            score = standardize(self.read(self.reader, histories))
            count = torch.tensor([float(items.numel()) for items in histories]).unsqueeze(1)
            for half in _HALVES:
                share = count / (count + half)
                values[half] += self.held_out.ndcg(share * score + (1.0 - share) * text)
        return max(values, key=lambda half: values[half])

    @cached_property
    def placing(self) -> ItemPlacing:
        """How new items are placed among known ones."""
        return ItemPlacing(self.ranker, self.data, self._item_texts, self.max_loss)

    def score_texts(self, items: Sequence[Tensor], texts: Sequence[str | None] | None) -> tuple[Tensor, Tensor]:
        """Standardised scores by what users say, ``[n, N]``, and the weight that they have beside the history, ``[n]``.

        Args:
            items: Items of the history of each user.
            texts: What each user says; :obj:`None` for nothing.

        Raises:
            ValueError: See :meth:`Newcomers.recommend`.
        """
        said = [None] * len(items) if texts is None else list(texts)
        if len(said) != len(items):
            raise ValueError(f"there are {len(items)} 'histories', but {len(said)} 'texts'; give one of each per user")
        row = [number for number, text in enumerate(said) if text is not None]
        score, weight = torch.zeros(len(items), self.data["item"].num_nodes), torch.zeros(len(items))
        if row:
            score[row] = self.texts.score(self.encode(said, "user")[row])
            count = torch.tensor([float(items[number].numel()) for number in row])
            half = self.half if bool(count.any()) else 1.0
            weight[row] = torch.where(count > 0, half / (count + half), 1.0)
        return score, weight

    def features(self, texts: Sequence[str | None]) -> dict[str, Tensor]:
        """Features of new texts as the data hold them, by name; rows of zeros where there is none.

        Args:
            texts: The texts; :obj:`None` for none.
        """
        row = [number for number, text in enumerate(texts) if text is not None]
        known = {name: value for name, value in self.data["item"].items() if name in ("intent", "words")}
        result = {name: torch.zeros(len(texts), value.size(1)) for name, value in known.items()}
        if row:
            for name, rows in self.space.features([text for text in texts if text is not None]).items():
                result[name][row] = rows
        return result

    def encode(self, texts: Sequence[str | None], side: str) -> Tensor:
        """Texts as vectors of the space, ``[n, D]``; zeros where there is none.

        Args:
            texts: The texts; :obj:`None` for none.
            side: ``"user"`` or ``"item"``.

        Raises:
            ValueError: See :meth:`Newcomers.recommend`.
        """
        row = [number for number, text in enumerate(texts) if text is not None]
        if not row:
            return torch.zeros(len(texts), self._item_texts.size(1))
        vectors = self.space.encode(check_texts([text for text in texts if text is not None], "text"), side)
        return vectors.new_zeros(len(texts), vectors.size(1)).index_copy(0, torch.tensor(row), vectors)

    @property
    def _item_texts(self) -> Tensor:
        """Texts of the known items as vectors; a column of zeros where the data hold none."""
        try:
            return self.space.item
        except ValueError:
            return torch.zeros(self.data["item"].num_nodes, 1)

    def read(self, ranker: HistoryRanker, histories: Sequence[Tensor] | None = None) -> Tensor:
        """Scores of histories on the CPU, ``[n, N]``.

        Args:
            ranker: What reads them.
            histories: Items of each. (default: those of the held-out users)
        """
        matrix = history_matrix(self.held_out.history if histories is None else histories, ranker.num_items)
        return ranker.score_history(matrix.to(device_of(ranker))).cpu()

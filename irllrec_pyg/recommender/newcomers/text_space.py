"""Texts of users and items as vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ...data import mean_of_items, text_mask
from .encoders import Encoder, feature_encoder

#: Features that are read, in this order.
NAMES = ("intent", "words")


class TextSpace:
    r"""Texts of users and items as vectors of one space, whose inner products say how alike two texts are.

    Encoders give all texts much in common, so the mean over the known texts is subtracted from features, and they get
    unit length. Where there are several features per node, they stand side by side. Users without texts of their own
    have the mean over their items.

    Args:
        data (HeteroData): The data object, with features named ``intent`` or ``words``.
        encoder (optional): Encoder of new texts, see :func:`feature_encoder`. It is looked for when the first new text
            is encoded. (default: the one that ``fit`` takes)

    Attributes:
        item: Vectors of items, ``[N, D]``; zeros where there is no text.
        user: Vectors of users, ``[M, D]``.
        own_texts: Whether users have texts of their own.

    Raises:
        ValueError: The data hold no such features.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> space = TextSpace(tiny_data(), encoder=lambda texts: torch.ones(len(texts), 12))
        >>> space.item.shape, space.encode(["calm films"], "item").shape
        (torch.Size([20, 12]), torch.Size([1, 12]))
    """

    def __init__(self, data: HeteroData, encoder: Encoder = None) -> None:
        self.names = [name for name in NAMES if name in data["item"] and bool(text_mask(data["item"][name]).any())]
        if not self.names:
            raise ValueError(
                "the data hold no text features named 'intent' or 'words'; set data['item'].text and make them with "
                "irllrec_pyg.text.text_features and set_features, or leave the text out"
            )
        self._data, self._encoder = data, encoder
        self.own_texts = "text" in data["user"] or any(self._is_own(name) for name in self.names)
        self._mean = {"item": [_mean(data["item"][name]) for name in self.names]}
        self._mean["user"] = (
            [_mean(data["user"][name]) for name in self.names] if self.own_texts else self._mean["item"]
        )
        self.item = self._vectors([data["item"][name] for name in self.names], "item")
        if self.own_texts:
            self.user = self._vectors([data["user"][name] for name in self.names], "user")
        else:
            blocks = self.item.split([data["item"][name].size(1) for name in self.names], dim=1)
            self.user = torch.cat([mean_of_items(data, block) for block in blocks], dim=1) / len(self.names) ** 0.5

    def _is_own(self, name: str) -> bool:
        """Whether features of users are not the means over their training items."""
        if name not in self._data["user"]:
            return False
        means = mean_of_items(self._data, self._data["item"][name].float())
        return not torch.allclose(F.normalize(self._data["user"][name].float(), dim=-1), means, atol=1e-3)

    def _vectors(self, features: Sequence[Tensor], side: str) -> Tensor:
        blocks = []
        for feature, mean in zip(features, self._mean[side], strict=True):
            centered = (feature.float() - mean) * text_mask(feature).unsqueeze(1)
            blocks.append(F.normalize(centered, dim=-1))
        return torch.cat(blocks, dim=1) / len(blocks) ** 0.5

    @cached_property
    def encoders(self) -> list[Callable[[Sequence[str]], Tensor]]:
        """The encoder of each of the features.

        Raises:
            ValueError: See :func:`feature_encoder`.
        """
        return [feature_encoder(self._data, name, self._encoder) for name in self.names]

    def features(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """Features of new texts as the data hold them, by name.

        Args:
            texts: The texts.

        Raises:
            ValueError: See :func:`feature_encoder`.
        """
        return {name: encode(texts).float() for name, encode in zip(self.names, self.encoders, strict=True)}

    def encode(self, texts: Sequence[str], side: str) -> Tensor:
        """Vectors of new texts, ``[n, D]``.

        Args:
            texts: The texts.
            side: ``"user"`` for what users say, or ``"item"`` for descriptions.

        Raises:
            ValueError: See :func:`feature_encoder`.
        """
        return self._vectors([*self.features(texts).values()], side)


def _mean(feature: Tensor) -> Tensor:
    return feature[text_mask(feature)].float().mean(dim=0)

"""Prototypes: a few directions among the items, by which users and items are grouped and described."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from ..._checks import check_at_least
from ...data import JointGraph, find_nodes, get_features, unit_features
from ...models import Recommender
from ...models.base import evaluation_mode
from ...ranking import Ranker
from .k_means import spherical_k_means
from .learned import item_prototypes
from .names import leaves
from .nearest import members, nearest_items
from .titles import text_of, title_of
from .words import WordWeights, largest_words

_MEMBERS = 20  # items whose texts name a prototype


class Prototypes:
    r""":math:`K` directions :math:`\mathbf{c}_k` in the space of items, each described by the items nearest to it and
    the words most typical of their texts. A user or an item belongs to a prototype by its cosine, and a pair is carried
    by the prototypes to which both belong,

    .. math::
        a_k(\mathbf{x}) = \max(0, \cos(\mathbf{x}, \mathbf{c}_k)), \qquad
        \frac{a_k(\mathbf{e}_u) \, a_k(\mathbf{e}_i)}{\sum_{k'} a_{k'}(\mathbf{e}_u) \, a_{k'}(\mathbf{e}_i)} .

    Make them with :meth:`from_model`, :meth:`from_ranker` or :meth:`from_features`.

    Args:
        data: The data object, for ids, titles and texts.
        direction: :math:`\mathbf{c}_k`, ``[K, d]``.
        user_embedding: Embeddings of users, ``[M, d]``.
        item_embedding: Embeddings of items, ``[N, d]``. A row of zeros is an item that describes no prototype.
        most: Number of items that describe a prototype. (default: ``3``)

    Raises:
        ValueError: Shapes do not fit each other or the data, or ``most`` is below one.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> prototypes = Prototypes.from_features(data, count=2)
        >>> prototypes.of_user("user 0", most=1)[0][0] != prototypes.of_user("user 1", most=1)[0][0]
        True
        >>> prototypes.carrying("user 0", "item 19")
        []
    """

    def __init__(
        self,
        data: HeteroData,
        direction: Tensor,
        user_embedding: Tensor,
        item_embedding: Tensor,
        most: int = 3,
    ) -> None:
        sizes = (data["user"].num_nodes, data["item"].num_nodes)
        shapes = [list(tensor.shape) for tensor in (direction, user_embedding, item_embedding)]
        rows = (user_embedding.size(0), item_embedding.size(0))
        if any(len(shape) != 2 for shape in shapes) or len({shape[1] for shape in shapes}) > 1 or rows != sizes:
            raise ValueError(
                "'direction', 'user_embedding' and 'item_embedding' must be matrices of one width with rows for "
                f"{sizes[0]} users and {sizes[1]} items (got {shapes})"
            )
        self.most = check_at_least("most", most, 1, "3 is usual")
        self.data = data
        self.direction, self.user_embedding, self.item_embedding = (
            F.normalize(tensor.detach().cpu().float(), dim=-1) for tensor in (direction, user_embedding, item_embedding)
        )
        self._nearest = nearest_items(self.direction, self.item_embedding, most)
        self._words: WordWeights | None = None

    @classmethod
    def from_model(cls, model: Recommender, data: HeteroData, most: int = 3) -> Prototypes:
        """Takes the item prototypes that a model has learned as its latent intents.

        Users are assigned to the item prototypes too: those that a model learns for users are other directions, and
        their numbers do not correspond.

        Args:
            model: A trained DCCF, BIGCF or IRLLRec.
            data: The data object that it was trained on.
            most: See the class. (default: ``3``)

        Raises:
            ValueError: The model has no prototypes.

        Examples:
            >>> from irllrec_pyg.models import BIGCF
            >>> from irllrec_pyg.testing import tiny_data
            >>> Prototypes.from_model(BIGCF(24, 20, num_intents=4), tiny_data())
            Prototypes(4)
        """
        direction = item_prototypes(model)
        with torch.no_grad(), evaluation_mode(model):
            encoding = model.encode(JointGraph.from_data(data).to(model.device))
        return cls(data, direction, encoding.user, encoding.item, most)

    @classmethod
    def from_ranker(cls, ranker: Ranker, data: HeteroData, count: int = 16, seed: int = 0, most: int = 3) -> Prototypes:
        """Groups the item embeddings of a ranker by spherical k-means, after the mean is subtracted.

        Args:
            ranker: A ranker with ``user_embedding`` and ``item_embedding``, or a blend that has such a part.
            data: The data object.
            count: Number of prototypes :math:`K`. (default: ``16``)
            seed: Seed of the first directions. (default: ``0``)
            most: See the class. (default: ``3``)

        Raises:
            ValueError: No part of the ranker has embeddings, or ``count`` is out of range.

        Examples:
            >>> from irllrec_pyg.models import LightGCN
            >>> from irllrec_pyg.testing import tiny_data
            >>> ranker = LightGCN(24, 20).ranker(JointGraph.from_data(tiny_data()))
            >>> Prototypes.from_ranker(ranker, tiny_data(), count=4)
            Prototypes(4)
        """
        for part in (ranker, *leaves(ranker)):
            if hasattr(part, "user_embedding") and hasattr(part, "item_embedding"):
                return cls._grouped(data, (part.user_embedding, part.item_embedding), count, seed, most)
        raise ValueError(
            f"'ranker' is a {type(ranker).__name__}, of which no part has item embeddings; use "
            "Prototypes.from_features, or the ranker of a trained model"
        )

    @classmethod
    def from_features(
        cls, data: HeteroData, features: str = "intent", count: int = 16, seed: int = 0, most: int = 3
    ) -> Prototypes:
        """Groups text features of items by spherical k-means, after the mean is subtracted. Users are their features.

        Args:
            data: The data object.
            features: Name of the features. (default: ``"intent"``)
            count: Number of prototypes :math:`K`. (default: ``16``)
            seed: Seed of the first directions. (default: ``0``)
            most: See the class. (default: ``3``)

        Raises:
            ValueError: The data has no such features, or ``count`` is out of range.

        Examples:
            >>> from irllrec_pyg.testing import tiny_data
            >>> Prototypes.from_features(tiny_data(), count=4)
            Prototypes(4)
        """
        return cls._grouped(data, get_features(data, features), count, seed, most)

    @classmethod
    def _grouped(
        cls, data: HeteroData, embeddings: tuple[Tensor, Tensor], count: int, seed: int, most: int
    ) -> Prototypes:
        user, item = (unit_features(side.detach().cpu().float(), center=True) for side in embeddings)
        return cls(data, spherical_k_means(item, count, seed), user, item, most)

    def __len__(self) -> int:
        return self.direction.size(0)

    def of_user(self, user: Any, most: int = 3) -> list[tuple[int, float]]:
        """The prototypes to which a user belongs, with their shares, the largest first.

        Args:
            user: Original id of the user.
            most: Largest number of prototypes. (default: ``3``)

        Returns:
            Numbers of prototypes, and their affinities as shares of the sum. Empty if the user belongs to none.

        Raises:
            ValueError: The user is unknown.
        """
        return _shares(self._affinity(self.user_embedding[find_nodes(self.data, "user", [user], "user")]), most)

    def carrying(self, user: Any, item: Any, most: int = 1) -> list[tuple[int, float]]:
        """The prototypes that carry a pair, with their shares, the largest first.

        Args:
            user: Original id of the user.
            item: Original id of the item.
            most: Largest number of prototypes. (default: ``1``)

        Returns:
            Numbers of prototypes, and the products of both affinities as shares of the sum. Empty if there is no
            prototype to which both belong.

        Raises:
            ValueError: The user or the item is unknown.
        """
        of_user = self._affinity(self.user_embedding[find_nodes(self.data, "user", [user], "user")])
        of_item = self._affinity(self.item_embedding[find_nodes(self.data, "item", [item], "item")])
        return _shares(of_user * of_item, most)

    def _affinity(self, embedding: Tensor) -> Tensor:
        return (embedding @ self.direction.t()).clamp(min=0.0)

    def titles(self, number: int) -> list[str]:
        """Titles of the items nearest to a prototype.

        Args:
            number: Number of the prototype.
        """
        return [title_of(self.data, item) for item in self._nearest[number]]

    def words(self, number: int, most: int = 3) -> list[str]:
        """Words most typical of the items that are nearer to this prototype than to any other, of which the twenty
        nearest are read; none where they have no text.

        Args:
            number: Number of the prototype.
            most: Largest number of words. (default: ``3``)
        """
        if self._words is None:
            self._words = WordWeights(self.data["item"].get("text") or [])
        items = members(self.direction, self.item_embedding, number, _MEMBERS) or self._nearest[number]
        texts = [text for item in items if (text := text_of(self.data, "item", item))]
        return [word for word, _ in largest_words(self._words.mean_vector(texts), most)]

    def name(self, number: int) -> str:
        """Description of a prototype by titles and words.

        Args:
            number: Number of the prototype.
        """
        words = ", ".join(self.words(number))
        return ", ".join(f"'{title}'" for title in self.titles(number)) + (f" ({words})" if words else "")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"


def _shares(value: Tensor, most: int) -> list[tuple[int, float]]:
    """Positions of the largest of some values that are not negative, ``[1, K]``, and their shares of the sum."""
    best = (value[0] / value.sum().clamp(min=1e-12)).topk(min(most, value.numel()))
    found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [(number, share) for number, share in found if share > 0.0]

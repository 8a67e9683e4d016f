"""Texts of users and items, from training interactions only."""

from __future__ import annotations

import pandas as pd
import torch
from torch_geometric.data import HeteroData

from ..data import INTERACTS
from .records import RawReviews


def training_texts(raw: RawReviews, data: HeteroData) -> tuple[list[str], list[str]]:
    """Texts of each user (their reviews) and of each item (title, description, reviews).

    Only reviews of training interactions are read: a held-out review would leak the test interactions to the model.

    Args:
        raw: Reviews and items.
        data: The data object made from the same reviews.

    Returns:
        Texts of users and of items, in the order of their numbers.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_corpus
        >>> corpus = tiny_corpus(tempfile.mkdtemp())
        >>> users, items = training_texts(corpus, corpus.data)
        >>> len(users) == corpus.data["user"].num_nodes
        True
    """
    reviews = raw.reviews[is_training(raw.reviews, data)]
    written = reviews["title"].str.strip() + ". " + reviews["text"].str.strip()
    by_user = written.groupby(reviews["user"]).agg(" ".join)
    by_item = written.groupby(reviews["item"]).agg(" ".join)
    about = raw.items.drop_duplicates("item").set_index("item")
    described = about["title"] + ". " + about["description"]
    items = data["item"].original_id
    user_text = by_user.reindex(data["user"].original_id).tolist()
    item_text = [f"{described.get(item, 'Unknown title.')} {by_item.get(item, '')}".strip() for item in items]
    return user_text, item_text


def is_training(reviews: pd.DataFrame, data: HeteroData) -> pd.Series:
    """Which reviews belong to training interactions, by ``user`` and ``item``."""
    codes = [
        torch.from_numpy(pd.Index(data[side].original_id).get_indexer(reviews[side]).astype("int64"))
        for side in ("user", "item")
    ]
    known = (codes[0] >= 0) & (codes[1] >= 0)
    num_items = data["item"].num_nodes
    train = data[INTERACTS].edge_index
    mask = known & torch.isin(codes[0] * num_items + codes[1], train[0] * num_items + train[1])
    return pd.Series(mask.numpy(), index=reviews.index)

"""Interactions and texts with a planted taste, of any size, so that recommendations of large graphs can be good or bad.

Every item belongs to one topic and has a popularity; a few items have most of it. Every user likes a few topics, the
first of them best, and takes an item of a liked topic by its popularity, or now and then any item. Texts are the topics
with noise. Ids carry no meaning.
"""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from irllrec_pyg.data import make_data, set_features

ITEMS_PER_TOPIC, TOPICS_PER_USER, ANY_ITEM, HELD_OUT = 200, 4, 0.1, 0.3


def planted_interactions(
    num_users: int, num_items: int, count: int, text: int = 0, evaluated: int = 10_000, seed: int = 0
) -> HeteroData:
    """About ``count`` interactions. ``evaluated`` users have interactions held out for validation, as many for test.
    With a width ``text``, users and items have features ``intent`` in half precision."""
    generator = torch.Generator().manual_seed(seed)
    topics = max(2, num_items // ITEMS_PER_TOPIC)
    item_topic = torch.randint(topics, (num_items,), generator=generator).sort().values
    taste = torch.randint(topics, (num_users, TOPICS_PER_USER), generator=generator)
    user, item = _draw(item_topic, taste, topics, count, generator)
    order = torch.randperm(num_items, generator=generator)
    train, *held = _split(coalesce(torch.stack([user, order[item]])), num_users, evaluated, generator)
    data = make_data(train, *held, num_users, num_items)
    if text:
        shown = torch.empty_like(item_topic)
        shown[order] = item_topic
        set_features(data, "intent", *_texts(taste, shown, topics, text, generator))
    return data


def _draw(item_topic: Tensor, taste: Tensor, topics: int, count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """Users and items of all interactions; items are sorted by topic."""
    popularity = torch.rand(item_topic.numel(), generator=generator, dtype=torch.double).pow(-0.8)
    end = (popularity / popularity.sum()).cumsum(0)
    end = torch.cat([end.new_zeros(1), end])
    activity = torch.rand(taste.size(0), generator=generator).pow(-0.4)
    activity = (activity / activity.sum() * count * 1.02).clamp(min=3, max=500).round().long()
    user = torch.arange(taste.size(0)).repeat_interleave(activity)
    liked = (torch.rand(user.numel(), generator=generator).square() * TOPICS_PER_USER).long()
    topic = taste[user, liked]
    first = torch.searchsorted(item_topic, torch.arange(topics + 1))
    low, high = end[first[topic]], end[first[topic + 1]]
    anything = torch.rand(user.numel(), generator=generator) < ANY_ITEM
    low, high = low.masked_fill_(anything, 0.0), high.masked_fill_(anything, 1.0)
    point = low + (high - low) * torch.rand(user.numel(), generator=generator, dtype=torch.double)
    return user, torch.searchsorted(end, point, right=True).sub_(1).clamp_(0, item_topic.numel() - 1)


def _split(pairs: Tensor, num_users: int, evaluated: int, generator: torch.Generator) -> list[Tensor]:
    """Pairs for training, validation and test. The first pair of a user is for training."""
    first = torch.ones(pairs.size(1), dtype=torch.bool)
    first[1:] = pairs[0, 1:] != pairs[0, :-1]
    part = torch.zeros(num_users, dtype=torch.long)
    chosen = torch.randperm(num_users, generator=generator)[: 2 * evaluated]
    part[chosen[::2]], part[chosen[1::2]] = 1, 2
    held = (torch.rand(pairs.size(1), generator=generator) < HELD_OUT) & ~first
    part = part[pairs[0]] * held
    return [pairs[:, part == number] for number in range(3)]


def _texts(taste: Tensor, item_topic: Tensor, topics: int, width: int, generator: torch.Generator) -> list[Tensor]:
    """The topic of an item, and the weighted mean of the topics of a user, each with noise of twice its length."""
    directions = torch.randn(topics, width, generator=generator)
    weight = torch.arange(TOPICS_PER_USER + 1).div(TOPICS_PER_USER).sqrt().diff()
    result = []
    for ids, share in ((taste, weight), (item_topic.unsqueeze(1), weight.new_ones(1))):
        rows = torch.empty(ids.size(0), width, dtype=torch.bfloat16)
        for part in torch.arange(ids.size(0)).split(50_000):
            text = (directions[ids[part]] * share.view(1, -1, 1)).sum(dim=1)
            rows[part] = text.add_(torch.randn(text.shape, generator=generator), alpha=2.0).bfloat16()
        result.append(rows)
    return result

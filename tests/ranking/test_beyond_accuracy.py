"""Metrics of lists against plain Python, and against RecTools where it is installed."""

import math
from itertools import combinations

import pytest
import torch

from irllrec_pyg.ranking import (
    EmbeddingRanker,
    evaluate_item_groups,
    evaluate_lists,
    gini,
    mean_by_group,
    quantile_groups,
    tail,
    top_k,
)
from irllrec_pyg.ranking.per_user import UserMetrics

K = 4


@pytest.fixture(scope="module")
def problem():
    torch.manual_seed(3)
    ranker = EmbeddingRanker(torch.randn(12, 3), torch.randn(15, 3))
    pairs = torch.stack([torch.randint(12, (50,)), torch.randint(15, (50,))])
    lists = top_k(ranker, torch.arange(12), K, pairs)[0].tolist()
    taken = {(int(user), int(item)) for user, item in pairs.t()}
    count = [sum(item == other for _, other in taken) for item in range(15)]
    return ranker, pairs, lists, count


def by_hand(lists, count, category, num_users):
    places = [item for row in lists for item in row]
    pairs_of_users = list(combinations(lists, 2))
    shown = sorted(places.count(item) for item in range(len(count)))
    least, total = set(), 0
    for item in sorted(range(len(count)), key=lambda item: count[item]):
        total += count[item]
        if total > 0.2 * sum(count):
            break
        least.add(item)
    differing = [
        sum(category[a] != category[b] for a, b in combinations(row, 2)) / math.comb(len(row), 2) for row in lists
    ]
    spread = sum(abs(a - b) for a in shown for b in shown)
    return {
        "coverage": len(set(places)) / len(count),
        "personalization": sum(1 - len({*a} & {*b}) / K for a, b in pairs_of_users) / len(pairs_of_users),
        "average_popularity": sum(count[item] for item in places) / len(places),
        "novelty": sum(-math.log2(max(1, count[item]) / num_users) for item in places) / len(places),
        "tail_share": sum(item in least for item in places) / len(places),
        "gini": spread / (2 * len(shown) * sum(shown)),
        "diversity": sum(differing) / len(differing),
    }


def test_every_metric_is_that_of_plain_python(problem):
    ranker, pairs, lists, count = problem
    category = torch.arange(15) % 4
    found = evaluate_lists(ranker, pairs, K, category=category)
    expected = by_hand(lists, count, category.tolist(), 12)
    assert {name.removesuffix(f"@{K}"): value for name, value in found.items()} == pytest.approx(expected, abs=1e-6)


def test_lists_of_some_users_and_with_the_history(problem):
    ranker, pairs, _, count = problem
    some = torch.tensor([2, 5])
    lists = top_k(ranker, some, K)[0].tolist()
    found = evaluate_lists(ranker, pairs, K, user=some, exclude=False)
    assert found[f"average_popularity@{K}"] == pytest.approx(sum(count[i] for row in lists for i in row) / 8)


def test_a_list_that_cannot_be_filled_and_a_category_of_another_length_are_named(problem):
    ranker, pairs, *_ = problem
    with pytest.raises(ValueError, match="'k' is 15, but a user has fewer items left"):
        evaluate_lists(ranker, pairs, 15)
    with pytest.raises(ValueError, match="'category' must hold one value for each of 15 items"):
        evaluate_lists(ranker, pairs, K, category=torch.zeros(3))


def test_gini_of_equal_and_of_one_sided_counts():
    assert gini(torch.full((7,), 3)) == pytest.approx(0.0)
    assert gini(torch.tensor([0] * 9 + [5])) == pytest.approx(0.9)


def test_tail_holds_at_most_its_share():
    count = torch.tensor([5, 1, 1, 3, 10])
    assert tail(count, 0.25).tolist() == [False, True, True, True, False]


def test_groups_are_of_nearly_equal_size_and_ordered():
    count = torch.randint(9, (23,), generator=torch.Generator().manual_seed(0))
    group = quantile_groups(count, 5)
    sizes = group.bincount()
    assert sizes.max() - sizes.min() <= 1
    assert all(int(count[group == g].max()) <= int(count[group == g + 1].min()) for g in range(4))


def test_means_by_group_average_to_the_mean():
    metrics = UserMetrics(torch.arange(10), {"ndcg@20": torch.rand(10)})
    group = torch.tensor([0, 1] * 5)
    means = [found["ndcg@20"] for found in mean_by_group(metrics, group).values()]
    assert sum(means) / 2 == pytest.approx(metrics.mean()["ndcg@20"])


def test_item_groups_count_only_their_own_items_as_hits(problem):
    ranker, pairs, lists, _ = problem
    taken = {(int(user), int(item)) for user, item in pairs.t()}
    label = torch.tensor([(u, i) for u in range(12) for i in range(15) if (u, i) not in taken and (u + i) % 3 == 0]).t()
    group = torch.arange(15) % 2
    found = evaluate_item_groups(ranker, label, group, pairs, (K,))
    assert sorted(found) == [0, 1]
    for number, metrics in found.items():
        held = {u: {i for v, i in label.t().tolist() if v == u and i % 2 == number} for u in range(12)}
        users = [user for user in held if held[user]]
        recall = [len(held[user] & set(lists[user])) / len(held[user]) for user in users]
        assert metrics.user.tolist() == users
        assert metrics.values[f"recall@{K}"].tolist() == pytest.approx(recall)


def test_item_groups_need_one_number_per_item(problem):
    with pytest.raises(ValueError, match="each of the 15 items"):
        evaluate_item_groups(problem[0], torch.tensor([[0], [0]]), torch.zeros(14))

"""Groups of users by their numbers of interactions."""

from collections import Counter

import pytest
import torch

from irllrec_pyg.ranking import UserMetrics, mean_by_group, quantile_groups


@pytest.mark.parametrize(("size", "num_groups"), [(23, 5), (20, 4), (3, 5), (7, 1), (0, 3)])
def test_groups_are_of_nearly_equal_size_and_in_order(size, num_groups):
    count = torch.randint(6, (size,))
    group = quantile_groups(count, num_groups).tolist()
    order = sorted(range(size), key=lambda node: (int(count[node]), node))
    assert [group[node] for node in order] == [place * num_groups // size for place in range(size)]
    sizes = Counter(group).values()
    assert not size or max(sizes) - min(sizes) <= 1


def test_five_groups_by_default_and_never_none():
    assert set(quantile_groups(torch.arange(10)).tolist()) == {*range(5)}
    with pytest.raises(ValueError, match="'num_groups' must"):
        quantile_groups(torch.arange(10), 0)


def test_means_are_over_the_users_of_a_group_with_labels():
    metrics = UserMetrics(
        torch.tensor([4, 0, 2]), {"recall@20": torch.tensor([1.0, 0.5, 0.25]), "ndcg@20": torch.ones(3)}
    )
    found = mean_by_group(metrics, torch.tensor([7, 1, 7, 1, 2]))
    assert found == {2: {"recall@20": 1.0, "ndcg@20": 1.0}, 7: {"recall@20": 0.375, "ndcg@20": 1.0}}

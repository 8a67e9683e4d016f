"""RP3beta against the walks counted one by one in plain Python."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import create_closed_form
from irllrec_pyg.testing import tiny_data


def walks(data, alpha, beta):
    """Weights from each source item to each target item."""
    num_items = data["item"].num_nodes
    items_of, users_of = {}, {}
    for user, item in {(int(user), int(item)) for user, item in data[INTERACTS].edge_index.t()}:
        items_of.setdefault(user, set()).add(item)
        users_of.setdefault(item, set()).add(user)
    weight = [[0.0] * num_items for _ in range(num_items)]
    for source, users in users_of.items():
        for user in users:
            for target in items_of[user] - {source}:
                walk = (1.0 / len(users) / len(items_of[user])) ** alpha
                weight[source][target] += walk / len(users_of[target]) ** beta
    return weight, items_of


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.2), (1.0, 0.0), (0.0, 0.7)])
def test_scores_are_those_of_the_walks(alpha, beta):
    data, users = tiny_data(), [5, 0, 17]
    weight, items_of = walks(data, alpha, beta)
    scores = [[sum(weight[item][target] for item in items_of[user]) for target in range(20)] for user in users]
    model = create_closed_form("rp3-beta", data, k=100, alpha=alpha, beta=beta)
    found = model.score(torch.tensor(users)).double()
    torch.testing.assert_close(found, torch.tensor(scores, dtype=torch.float64), rtol=1e-5, atol=1e-6)


def test_the_nearest_of_each_target_are_kept():
    data = tiny_data()
    largest = torch.tensor(walks(data, 0.37, 0.11)[0], dtype=torch.float64).sort(dim=0, descending=True).values
    largest[3:] = 0.0
    found = create_closed_form("rp3-beta", data, k=3, alpha=0.37, beta=0.11).weight.double()
    torch.testing.assert_close(found.sort(dim=0, descending=True).values, largest, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("argument", [{"k": 0}, {"alpha": -1.0}, {"beta": -0.1}])
def test_arguments_out_of_range_are_named(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        create_closed_form("rp3-beta", tiny_data(), **argument)

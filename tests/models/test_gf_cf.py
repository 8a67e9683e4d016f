"""GF-CF against the dense formula in double precision."""

import pytest
import torch

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.models import create_closed_form
from irllrec_pyg.testing import tiny_data


def dense(data, num_factors, weight):
    user, item = data[INTERACTS].edge_index
    x = torch.zeros(data["user"].num_nodes, data["item"].num_nodes, dtype=torch.float64)
    x[user, item] = 1.0
    of_user, of_item = x.sum(dim=1).clamp(min=1.0), x.sum(dim=0).clamp(min=1.0)
    r = x / of_user.sqrt().unsqueeze(1) / of_item.sqrt()
    v = torch.linalg.svd(r).Vh[:num_factors].t()
    low_pass = (v @ v.t()) * of_item.sqrt() / of_item.sqrt().unsqueeze(1)
    return x @ (r.t() @ r + weight * low_pass)


@pytest.mark.parametrize(("num_factors", "weight"), [(4, 0.3), (20, 1.0), (4, 0.0)])
def test_scores_are_those_of_the_formula(num_factors, weight):
    data, user = tiny_data(), torch.tensor([5, 0, 17])
    model = create_closed_form("gf-cf", data, num_factors=num_factors, low_pass_weight=weight)
    torch.testing.assert_close(model.score(user).double(), dense(data, num_factors, weight)[user], rtol=0, atol=1e-4)


def test_more_factors_than_items_are_those_that_there_are():
    data, user = tiny_data(), torch.arange(24)
    few = create_closed_form("gf-cf", data, num_factors=20).score(user)
    torch.testing.assert_close(create_closed_form("gf-cf", data, num_factors=500).score(user), few)


@pytest.mark.parametrize("argument", [{"num_factors": 0}, {"low_pass_weight": -1.0}])
def test_arguments_out_of_range_are_named(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        create_closed_form("gf-cf", tiny_data(), **argument)

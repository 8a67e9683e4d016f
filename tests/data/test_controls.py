"""Every registered text control meets the contract, and does what it is named for."""

import pytest
import torch

from irllrec_pyg.data import CONTROLS, apply_control, mean_of_items
from irllrec_pyg.testing import check_control, tiny_data


@pytest.mark.parametrize("name", CONTROLS)
def test_contract(name):
    check_control(CONTROLS[name], tiny_data())


@pytest.mark.parametrize("name", CONTROLS)
def test_contract_in_half_precision(name):
    data = tiny_data(width=8)
    for side in ("user", "item"):
        data[side].intent = data[side].intent.bfloat16()
    check_control(CONTROLS[name], data)


def rows(features):
    return sorted(map(tuple, features.tolist()))


def test_learned_features_are_parameters():
    data = tiny_data()
    data["item"].intent[3] = 0.0
    result = apply_control(data, "learned")
    for side in ("user", "item"):
        assert isinstance(result[side].intent, torch.nn.Parameter)
        torch.testing.assert_close(result[side].intent.norm(dim=1), data[side].intent.norm(dim=1))
    assert not torch.equal(result["item"].intent, apply_control(data, "random")["item"].intent)
    assert not isinstance(apply_control(data, "random")["item"].intent, torch.nn.Parameter)


def test_shuffled_permutes_each_side():
    data = tiny_data()
    result = apply_control(data, "shuffled", seed=3)
    for side in ("user", "item"):
        assert rows(result[side].intent) == rows(data[side].intent)
        assert not torch.equal(result[side].intent, data[side].intent)


def test_shuffled_permutes_all_names_alike():
    data = tiny_data()
    for side in ("user", "item"):
        data[side].profile = 2.0 * data[side].intent
    result = apply_control(data, "shuffled", ("intent", "profile"))
    assert torch.equal(result["item"].profile, 2.0 * result["item"].intent)


def test_shuffled_items_computes_users_again():
    data = tiny_data()
    result = apply_control(data, "shuffled-items")
    assert rows(result["item"].intent) == rows(data["item"].intent)
    torch.testing.assert_close(result["user"].intent, mean_of_items(result, result["item"].intent))


def test_shuffled_items_refuses_users_with_texts():
    data = tiny_data()
    data["user"].text = ["a text"] * 24
    with pytest.raises(ValueError, match=r"users have texts of their own; use 'shuffled'"):
        apply_control(data, "shuffled-items")


def test_random_keeps_lengths():
    data = tiny_data()
    result = apply_control(data, "random")
    for side in ("user", "item"):
        torch.testing.assert_close(result[side].intent.norm(dim=1), data[side].intent.norm(dim=1))
        assert not set(rows(result[side].intent)) & set(rows(data[side].intent))


def test_random_draws_users_and_items_apart():
    data = tiny_data(num_users=20, num_items=20)
    for side in ("user", "item"):
        data[side].intent = torch.ones(20, 12)
    result = apply_control(data, "random")
    assert not torch.equal(result["user"].intent, result["item"].intent)


def test_unknown_names():
    with pytest.raises(ValueError, match="did you mean 'shuffled'"):
        apply_control(tiny_data(), "shufled")
    with pytest.raises(ValueError, match="has no 'summary' features"):
        apply_control(tiny_data(), "random", ("summary",))


def test_random_features_are_not_the_numbers_of_the_initial_weights():
    """Weights of a run with the same seed are drawn from ``manual_seed(seed)``."""
    data = tiny_data()
    drawn = apply_control(data, "random", seed=3)["user"].intent.flatten()
    start = torch.randn(drawn.numel(), generator=torch.Generator().manual_seed(3))
    assert abs(float(torch.corrcoef(torch.stack([drawn, start]))[0, 1])) < 0.3

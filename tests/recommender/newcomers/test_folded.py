"""New users with a part of their own."""

import pytest
import torch

from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import Blend, PropagatedRanker, Standardized
from irllrec_pyg.recommender.newcomers import FoldedRanker, with_own_part
from irllrec_pyg.testing import check_ranker, tiny_data


def tensors(seed=0, users=24, items=20, width=6):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(rows, width, generator=generator, dtype=torch.double) for rows in (users, items, items)]


def ranker(cls=FoldedRanker, normalize=True, **kwargs):
    return cls(*(tensor.float() for tensor in tensors()), torch.ones(24), normalize, **kwargs)


@pytest.mark.parametrize("normalize", [False, True])
def test_steps_follow_the_gradient_of_the_softmax_loss(normalize):
    """Autograd in double precision takes the same steps."""
    _, item, message = tensors()
    history = torch.tensor([2, 5, 11])
    sent = message[history].sum(dim=0) / 3**0.5
    own = torch.zeros(6, dtype=torch.double)
    for _ in range(4):
        user = sent + own
        user = (user / user.norm() if normalize else user).detach().requires_grad_()
        loss = -torch.log_softmax(item @ user / 0.3, dim=0)[history].mean() * 0.3
        (gradient,) = torch.autograd.grad(loss, user)
        step = -gradient
        if normalize:
            step = step - (step @ user) * user
        own = own + 0.2 * step.detach()
    user = sent + own
    expected = user / user.norm() if normalize else user
    folded = ranker(normalize=normalize, temperature=0.3, step_size=0.2, num_steps=4)
    row = torch.zeros(1, 20)
    row[0, history] = 1.0
    torch.testing.assert_close(folded.embed_history(row)[0].double(), expected, atol=1e-5, rtol=1e-5)


def test_without_steps_it_is_the_propagated_ranker():
    row = torch.rand(3, 20).round()
    plain = ranker(PropagatedRanker)
    torch.testing.assert_close(ranker(num_steps=0).score_history(row), plain.score_history(row))


def test_empty_history_has_no_part_of_its_own():
    assert ranker().score_history(torch.zeros(1, 20)).eq(0).all()


def test_contract():
    check_ranker(ranker(), tiny_data())


def test_only_propagated_parts_change():
    ease, propagated = EASE.from_data(tiny_data()), ranker(PropagatedRanker)
    blend = with_own_part(Blend([Standardized(ease), propagated], [1.0, 2.0]), temperature=0.2)
    assert blend.weights == [1.0, 2.0] and blend.parts[0].ranker is ease
    assert isinstance(blend.parts[1], FoldedRanker) and blend.parts[1].temperature == 0.2
    user = torch.arange(24)
    torch.testing.assert_close(blend.parts[1].score(user), propagated.score(user))
    alone = Blend([ease])
    assert with_own_part(alone, temperature=0.2) is alone

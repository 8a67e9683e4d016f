"""Second derivatives of losses that compute their gradient in the forward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def wants_second_order() -> bool:
    """Whether a backward pass runs under ``create_graph=True``. A gradient that was computed in the forward pass is a
    constant to autograd then, and its derivative would silently be zero."""
    return torch.is_grad_enabled() and not torch.compiler.is_compiling()


def differentiable_gradient(
    dense: Callable[..., Tensor], inputs: Sequence[Tensor], grad: Tensor
) -> tuple[Tensor | None, ...]:
    """Gradient of a scalar that can itself be differentiated, from a dense formula.

    Args:
        dense: The loss as a function of ``inputs``, in plain torch operations. It may hold all logits.
        inputs: Tensors to differentiate by. Those that need no gradient get :obj:`None`.
        grad: Gradient of the scalar.

    Examples:
        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> (g,) = differentiable_gradient(lambda x: x.pow(3).sum(), (x,), torch.tensor(1.0))
        >>> g, torch.autograd.grad(g, x)
        (tensor([27.], grad_fn=<MulBackward0>), (tensor([18.]),))
    """
    with torch.enable_grad():
        aliases = [x.view_as(x) for x in inputs]  # one tensor may be passed twice: each place has its own gradient
        needed = [x for x in aliases if x.requires_grad]
        found = iter(torch.autograd.grad(dense(*aliases), needed, grad, create_graph=True))
        return tuple(next(found) if x.requires_grad else None for x in aliases)

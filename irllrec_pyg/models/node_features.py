"""Node features in a model: constant, or trained with it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def register_features(module: nn.Module, like: Tensor | None = None, **features: Tensor) -> None:
    """Keeps node features in a module, as attributes. Features are constant and no part of its ``state_dict``, because
    they come from the data. A :class:`torch.nn.Parameter` is copied and trained, as under the text control
    ``"learned"``.

    Args:
        module: The module.
        like: The features from which these were computed, which say whether they are trained. (default: each says so
            itself)
        **features: Features by the name of their attribute, each ``[n, d_t]``.

    Examples:
        >>> module = torch.nn.Module()
        >>> register_features(module, constant=torch.ones(3, 2), trained=torch.nn.Parameter(torch.ones(3, 2)))
        >>> [name for name, _ in module.named_parameters()]
        ['trained']
    """
    for name, feature in features.items():
        if isinstance(feature if like is None else like, nn.Parameter):
            module.register_parameter(name, nn.Parameter(feature.detach().clone()))
            vars(module)["trained_features"] = (*vars(module).get("trained_features", ()), name)
        else:
            module.register_buffer(name, feature, persistent=False)


@torch.no_grad()
def reset_features(module: nn.Module) -> None:
    """Draws features anew that are trained: directions at random, norms as they are. Constant ones stay.

    Args:
        module: The module.

    Examples:
        >>> module = torch.nn.Module()
        >>> register_features(module, trained=torch.nn.Parameter(2 * torch.eye(2)))
        >>> reset_features(module)
        >>> module.trained.detach().norm(dim=1).round().tolist()
        [2.0, 2.0]
    """
    for name in vars(module).get("trained_features", ()):
        feature = module.get_parameter(name)
        drawn = F.normalize(torch.randn_like(feature), dim=-1)
        feature.copy_(drawn * feature.norm(dim=-1, keepdim=True))

"""What the kernels need of mixed precision."""

from __future__ import annotations

import torch
from torch import Tensor


def single(tensor: Tensor) -> Tensor:
    """Half precision as single: sparse products on a CPU know no other, and a softmax over thousands needs it."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def no_autocast(tensor: Tensor) -> torch.autocast:
    """A context in which products keep the type of their inputs, on the tensor's device."""
    return torch.autocast(tensor.device.type, enabled=False)

"""An accelerator that pretends: its tensors have a device of their own, and the CPU computes what they hold.

An operation that reads such a tensor together with one on the CPU is an error, as on a real accelerator. So a tensor
that is made on the wrong device is found on a machine without one, and results can be compared with those of the CPU.
The device is that of one process: import this module in a process of its own. ``python -m tests.devices.pretended``
runs all cases of ``cases.py`` and prints those that fail, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch_geometric.typing
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

from benchmarks.speed import cases as speed

from . import cases

NAME = "pretended"


class _Backend(_DummyBackendModule):
    """What PyTorch asks of a kind of device."""

    @staticmethod
    def get_amp_supported_dtype() -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


_setup_privateuseone_for_python_backend(NAME, _Backend())
DEVICE = torch.device(NAME, 0)
_TIMED = ("propagate", "intent_conv", "contrast", "matching", "negatives", "evaluate")
_COPIES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class Pretended(torch.Tensor):
    """A tensor on the pretended device."""

    @staticmethod
    def __new__(cls, held: Tensor) -> Pretended:
        return torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride() if held.layout == torch.strided else None,
            dtype=held.dtype,
            layout=held.layout,
            device=DEVICE,
        )

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, types, args, kwargs or {})


class _Operations(TorchDispatchMode):
    """Makes tensors on the pretended device, and moves tensors to it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, types, args, kwargs or {})


class _Lists(TorchFunctionMode):
    """Makes tensors of lists, and lists of tensors, for which PyTorch calls no dispatcher."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            device = kwargs.pop("device")
            return func(*args, **kwargs).to(device)
        if func is Tensor.tolist and isinstance(args[0], Pretended):
            return args[0].held.tolist()
        return func(*args, **kwargs)


@contextmanager
def pretended_device() -> Iterator[torch.device]:
    """The device, on which tensors can be made."""
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # a parameter cannot change its device
    try:
        with _Lists(), _Operations():
            yield DEVICE
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(before)


def compute(func: Any, types: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Computes on the CPU what an operation asks for."""
    if any(not issubclass(kind, Pretended) and "__torch_dispatch__" in vars(kind) for kind in types):
        return NotImplemented  # an index of PyG, which comes again as a plain tensor
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, Pretended)]
    here = [tensor for tensor in tensors if not isinstance(tensor, Pretended) and tensor.dim()]
    if there and here and func not in _COPIES:
        raise RuntimeError(f"{func} reads tensors on {NAME} and on the CPU, {[tuple(t.shape) for t in here]}")
    device = kwargs.get("device")
    pretends = bool(there) if device is None else torch.device(device).type == NAME
    own = {**kwargs, "device": torch.device("cpu")} if device is not None else kwargs
    own_args, own = tree_map_only(Pretended, lambda tensor: tensor.held, (args, own))
    found = func(*own_args, **own)
    if func is torch.ops.aten.copy_.default:
        return args[0]
    if pretends:
        found = tree_map_only(Tensor, Pretended, found)
        return return_and_correct_aliasing(func, args, kwargs, found) if there else found
    return found


def main() -> None:
    """Compares each case with the CPU, and runs what the speed benchmark times."""
    torch.set_num_threads(1)
    torch_geometric.typing.WITH_TORCH_SCATTER = False  # its kernels look at the memory, and would have to exist
    checks = {name: partial(_compare, name) for name in cases.CASES}
    checks |= {f"{name} of the speed benchmark": partial(_call, name) for name in _TIMED}
    failed = {name: why for name, check in checks.items() if (why := _error(check))}
    print(json.dumps({"cases": len(cases.CASES), "failed": failed, "mixed": _mix()}))


def _compare(name: str) -> None:
    """A case must give on the device what it gives on the CPU."""
    expected = cases.run(name, torch.device("cpu"))
    with pretended_device() as device:
        found = cases.run(name, device)
    assert all(isinstance(value, Pretended) for value in found.values()), "a result is on the CPU"
    for key, value in found.items():
        torch.testing.assert_close(value.held, expected[key], msg=lambda text, key=key: f"{key}: {text}")


def _call(name: str) -> None:
    """All forms that the speed benchmark times must run on the device."""
    with pretended_device() as device:
        for make in speed.CASES[name](cases.DATA.to(device)).make.values():
            make()()


def _error(check: Callable[[], None]) -> str:
    """What a check raises, or nothing."""
    try:
        check()
    except Exception as error:  # whatever it raises is what is looked for
        return f"{type(error).__name__}: {error}"[:400]
    return ""


def _mix() -> str:
    """The error of an operation that reads tensors on two devices."""
    try:
        with pretended_device() as device:
            torch.ones(3, device=device) + torch.ones(3)
    except RuntimeError as error:
        return f"RuntimeError: {error}"
    return "no error"


if __name__ == "__main__":
    main()

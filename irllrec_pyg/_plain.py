"""Tensors without the subclasses of PyG."""

from torch import Tensor


def plain(tensor: Tensor) -> Tensor:
    """The tensor itself, of an :class:`~torch_geometric.EdgeIndex` too. Versions of torch before 2.13 cannot take
    ``as_subclass(Tensor)`` of it."""
    return tensor.as_tensor() if hasattr(tensor, "as_tensor") else tensor

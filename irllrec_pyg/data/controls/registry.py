"""Text controls by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch_geometric.data import HeteroData

from ..._registry import Registry

#: Makes a copy of the data whose named features are controls: ``control(data, names, seed)``.
Control = Callable[[HeteroData, Sequence[str], int], HeteroData]

CONTROLS: Registry[Control] = Registry("control", "irllrec_pyg.data.controls")


def apply_control(data: HeteroData, control: str, names: Sequence[str] = ("intent",), seed: int = 0) -> HeteroData:
    """Copy of the data with features that have no meaning.

    Args:
        data: The data object; it is left as it is.
        control: Name of the control, such as ``"shuffled"``, ``"shuffled-items"`` or ``"random"``.
        names: Names of the features. (default: ``("intent",)``)
        seed: Seed of whatever the control draws. (default: ``0``)

    Raises:
        ValueError: There is no such control, the data has no such features, or the control does not apply to them.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> shuffled = apply_control(data, "shuffled")
        >>> torch.equal(shuffled["item"].intent, data["item"].intent)
        False
        >>> torch.equal(shuffled["item"].intent.sort(dim=0).values, data["item"].intent.sort(dim=0).values)
        True
    """
    return CONTROLS[control](data, names, seed)

"""Dense layers of encoders that sentence-transformers saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ...corpus.clean import shown

#: Activation functions that a file may name; a file that names other Python code is refused.
ACTIVATIONS = {
    f"torch.nn.modules.{module}.{activation.__name__}": activation
    for module, activation in (
        ("linear", nn.Identity),
        ("activation", nn.GELU),
        ("activation", nn.ReLU),
        ("activation", nn.SiLU),
        ("activation", nn.Sigmoid),
        ("activation", nn.Tanh),
    )
}
_EMBEDDING = "sentence_embedding"
_MAX_WIDTH = 1 << 17  # wider layers than any encoder has would fill the memory


def read_dense(folder: Path, settings: Mapping[str, Any], width: int | None = None) -> nn.Sequential:
    """Reads a dense layer: a linear map, then an activation function.

    Weights are read from ``model.safetensors``, or from ``pytorch_model.bin`` as plain tensors. No code is run.

    Args:
        folder: Folder of the layer.
        settings: Contents of its ``config.json``.
        width: Width of the input; it is checked if it is given. (default: :obj:`None`)

    Returns:
        The layer in single precision, ``[n, in_features] -> [n, out_features]``.

    Raises:
        ValueError: The settings ask for something that is not supported, or weights do not match them.
        FileNotFoundError: There are no weights.

    Examples:
        >>> import tempfile
        >>> from safetensors.torch import save_file
        >>> folder = Path(tempfile.mkdtemp())
        >>> save_file({"linear.weight": torch.eye(2), "linear.bias": torch.zeros(2)}, folder / "model.safetensors")
        >>> layer = read_dense(folder, {"in_features": 2, "out_features": 2})
        >>> layer
        Sequential(
          (0): Linear(in_features=2, out_features=2, bias=True)
          (1): Tanh()
        )
    """
    file = folder / "config.json"
    if not {"in_features", "out_features"} <= set(settings):
        raise ValueError(f"'{file}' is missing, or has no 'in_features' and 'out_features'; get the model again")
    places = [settings.get(name) or _EMBEDDING for name in ("module_input_name", "module_output_name")]
    if settings.get("use_residual") or places != [_EMBEDDING] * 2:
        what = "a residual" if settings.get("use_residual") else f"a dense layer from {shown(places)}"
        raise ValueError(f"'{file}' asks for {what}, which is not supported; choose another encoder")
    name = settings.get("activation_function", "torch.nn.modules.activation.Tanh")
    if not isinstance(name, str) or name not in ACTIVATIONS:
        known = ", ".join(activation.__name__ for activation in ACTIVATIONS.values())
        raise ValueError(
            f"'{file}' asks for the activation function {shown(name)}, which is not supported; choose an encoder with "
            f"one of {known}"
        )
    sizes = [settings[name] for name in ("in_features", "out_features")]
    if not all(type(size) is int and 0 < size <= _MAX_WIDTH for size in sizes):
        raise ValueError(f"'{file}' names the sizes {shown(sizes)}, which are no widths; get the model again")
    if width is not None and sizes[0] != width:
        raise ValueError(f"'{file}' reads {sizes[0]} features, but {shown(width)} come before it; get the model again")
    linear = nn.Linear(sizes[0], sizes[1], bias=bool(settings.get("bias", True)))
    file, weights = _weights(folder)
    try:
        linear.load_state_dict({key.removeprefix("linear."): value.float() for key, value in weights.items()})
    except RuntimeError as error:
        raise ValueError(
            f"'{file}' does not match the 'config.json' beside it ({shown(str(error), 300)}); get the model again"
        ) from error
    return nn.Sequential(linear, ACTIVATIONS[name]()).requires_grad_(False)


def _weights(folder: Path) -> tuple[Path, dict[str, Tensor]]:
    """The file with the weights of a layer, and the weights."""
    safe, other = folder / "model.safetensors", folder / "pytorch_model.bin"
    try:
        if safe.is_file():
            return safe, load_file(safe)
        if other.is_file():
            return other, torch.load(other, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, EOFError) as error:
        file = safe if safe.is_file() else other
        raise ValueError(
            f"'{file}' holds no plain tensors ({type(error).__name__}), and code in it is not run; get the weights as "
            "safetensors"
        ) from error
    raise FileNotFoundError(f"'{folder}' has no weights; get the model again, with 'model.safetensors' in this folder")

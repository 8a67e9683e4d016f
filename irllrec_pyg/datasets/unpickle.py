"""Reading pickled matrices and arrays without running what a pickle may hold.

The unpickler knows only records of our own that stand for numpy's and scipy's names. Not even numpy's code runs on
what the file says (a forged dtype could make it read wild pointers); arrays are built from plain bytes afterwards.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..corpus.clean import on_one_line

_MAX_OPCODES = 10_000  # a pickled matrix has some hundred
_MAX_REASON = 300
_LAYOUTS = ("coo", "csr", "csc")


class _DType:
    """Stands for ``numpy.dtype``: plain numbers only."""

    def __init__(self, name: str, *_: Any) -> None:
        if not re.fullmatch(r"[fiu][1248]|b1", name):
            raise pickle.UnpicklingError(f"refused the dtype {name!r}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """Stands for an array, whichever of numpy's functions was to make it."""

    value: np.ndarray

    @classmethod
    def reconstruct(cls, *_: Any) -> _Array:
        return cls()

    @classmethod
    def frombuffer(cls, buffer: bytes, dtype: _DType, shape: tuple[int, ...], order: str) -> _Array:
        return cls()._fill(buffer, dtype, shape, order)

    @classmethod
    def scalar(cls, dtype: _DType, buffer: bytes) -> _Array:
        return cls()._fill(buffer, dtype, (), "C")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, buffer = state
        self._fill(buffer, dtype, shape, "F" if fortran else "C")

    def _fill(self, buffer: bytes, dtype: _DType, shape: tuple[int, ...], order: Any) -> _Array:
        flat = np.frombuffer(bytes(buffer) if isinstance(buffer, bytearray) else buffer, dtype.dtype)
        if flat.size != math.prod(shape):
            raise pickle.UnpicklingError(f"{flat.size} numbers do not fill an array of shape {shape}")
        native = flat.astype(dtype.dtype.newbyteorder("="))  # a copy of our own: the buffer is read-only
        self.value = native.reshape(shape, order=order)
        return self


class _Sparse:
    """Stands for scipy's sparse matrices and arrays."""

    layout: str

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = {name: value.value if isinstance(value, _Array) else value for name, value in state.items()}

    def build(self) -> sp.coo_array:
        shape = tuple(int(size) for size in self.state["_shape"])
        if self.layout == "coo":
            if "coords" in self.state:  # scipy 1.13 and later
                row, col = (coord.value for coord in self.state["coords"])
            else:
                row, col = self.state["row"], self.state["col"]
            return sp.coo_array((self.state["data"], (row, col)), shape=shape)
        compressed: Any = tuple(self.state[name] for name in ("data", "indices", "indptr"))
        cls: Any = sp.csr_array if self.layout == "csr" else sp.csc_array
        matrix = cls(compressed, shape=shape)
        matrix.check_format(full_check=True)
        return matrix.tocoo()


_SPARSE = {layout: type(f"_{layout}", (_Sparse,), {"layout": layout}) for layout in _LAYOUTS}


def _latin1(text: str, encoding: str) -> bytes:
    """How protocol 2 writes bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"refused the encoding {encoding!r}")
    return text.encode("latin1")


_STANDS_FOR: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _latin1,
    # numpy 1 wrote numpy.core, numpy 2 writes numpy._core
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array.reconstruct for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Array.scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Array.frombuffer for core in ("core", "_core")},
    # scipy has kept its classes in private modules since 1.8
    **{
        (f"scipy.sparse.{prefix}{layout}", f"{layout}_{kind}"): _SPARSE[layout]
        for prefix in ("", "_")
        for layout in _LAYOUTS
        for kind in ("matrix", "array")
    },
}


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STANDS_FOR:
            raise pickle.UnpicklingError(f"refused the name {module}.{name}")
        return _STANDS_FOR[module, name]


def load_pickle(path: str | Path) -> np.ndarray | sp.coo_array:
    """Loads a pickled numpy array of numbers, or a scipy sparse matrix in COO, CSR or CSC form.

    Args:
        path: The file.

    Returns:
        The array, or the matrix in COO form, with its indices checked against its shape.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no pickle, is truncated, or holds or names anything else; the message says what was
            refused.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'; check the folder")
    try:
        content = path.read_bytes()
        _check_opcodes(content)
        loaded = _RestrictedUnpickler(io.BytesIO(content)).load()
        if isinstance(loaded, _Array):
            return loaded.value
        if isinstance(loaded, _Sparse):
            return loaded.build()
        raise pickle.UnpicklingError(f"it holds a {type(loaded).__name__}")
    except Exception as error:  # a broken pickle can fail in any way
        reason = on_one_line(str(error)[:_MAX_REASON]) or type(error).__name__
        raise ValueError(
            f"cannot read '{path}' as a pickled matrix or array: {reason}; only numpy arrays and scipy sparse matrices "
            "are admitted; download the file again, or save the data as .npy or .safetensors"
        ) from error


def _check_opcodes(content: bytes) -> None:
    """Raises an error for a pickle that is cut off, or that asks for more memory than its own size.

    The unpickler reserves memory for what a few bytes ask for: a place in its memo, or the length of a byte array.
    """
    for number, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if number >= _MAX_OPCODES:
            raise pickle.UnpicklingError(f"it has more than {_MAX_OPCODES} instructions")
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and (argument or 0) > len(content):
            raise pickle.UnpicklingError(f"refused the place {argument} in the memo")


def load_matrix(path: str | Path) -> sp.coo_array:
    """Loads a pickled scipy sparse matrix, see :func:`load_pickle`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: As :func:`load_pickle`, or the file holds an array.
    """
    matrix = load_pickle(path)
    if not isinstance(matrix, sp.coo_array):
        raise ValueError(
            f"'{path}' holds an array, not a scipy sparse matrix; is it a feature file? Give one of interactions"
        )
    return matrix

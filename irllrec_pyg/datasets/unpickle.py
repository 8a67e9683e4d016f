"""Reading pickled matrices and arrays without running what a pickle may hold."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy._core import multiarray, numeric

_NUMPY: dict[str, dict[str, Any]] = {
    "multiarray": {"_reconstruct": multiarray._reconstruct, "scalar": multiarray.scalar},  # type: ignore[attr-defined]
    "numeric": {"_frombuffer": numeric._frombuffer},  # type: ignore[attr-defined]
}

ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    # numpy 1 wrote numpy.core, numpy 2 writes numpy._core
    **{(f"numpy.{c}.{m}", n): o for c in ("core", "_core") for m, names in _NUMPY.items() for n, o in names.items()},
    # scipy has kept its classes in private modules since 1.8
    **{
        (f"scipy.sparse.{prefix}{layout}", f"{layout}_{kind}"): getattr(sp, f"{layout}_{kind}")
        for prefix in ("", "_")
        for layout in ("coo", "csr", "csc")
        for kind in ("matrix", "array")
    },
}


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"refused the name {module}.{name}")
        return ALLOWED[module, name]


def load_pickle(path: str | Path) -> Any:
    """Loads a pickle of numpy arrays and scipy sparse matrices; anything else in it is refused.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no pickle, is truncated, or names something other than numpy's arrays and scipy's
            sparse matrices; the message says what was refused.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file '{path}'; check the folder")
    try:
        return _RestrictedUnpickler(io.BytesIO(path.read_bytes())).load()
    except Exception as error:  # a broken pickle can fail in any way
        raise ValueError(
            f"cannot read '{path}' as a pickled matrix or array: {error or type(error).__name__}; only numpy arrays and "
            "scipy sparse matrices are admitted; download the file again, or save the data as .npy or .safetensors"
        ) from error


def load_matrix(path: str | Path) -> sp.coo_array:
    """Loads a pickled scipy sparse matrix as COO, with its indices checked against its shape.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: As :func:`load_pickle`, or the content is no sparse matrix with valid indices.
    """
    matrix = load_pickle(path)
    try:
        if not sp.issparse(matrix):
            raise ValueError(f"it holds a {type(matrix).__name__}, not a scipy sparse matrix")
        matrix = sp.coo_array(matrix)
        rows, columns = matrix.shape
        for index, size in ((matrix.row, rows), (matrix.col, columns)):
            if index.shape != matrix.data.shape or index.dtype.kind not in "iu":
                raise ValueError("its indices and values do not pair up")
            if index.size and not 0 <= index.min() <= index.max() < size:
                raise ValueError(f"it holds the id {index.max()}, but its shape is {rows} x {columns}")
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise ValueError(f"'{path}' is no usable interaction matrix: {error}; download the file again") from error
    return matrix

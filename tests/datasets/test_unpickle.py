"""The restricted unpickler reads what was published and refuses the rest."""

import os
import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from irllrec_pyg.datasets import unpickle
from irllrec_pyg.datasets.unpickle import load_matrix, load_pickle

MATRIX = sp.coo_matrix(([1.0, 1.0], ([0, 2], [1, 3])), shape=(3, 4))


def write(tmp_path, obj, protocol=4):
    file = tmp_path / "x.pkl"
    file.write_bytes(pickle.dumps(obj, protocol))
    return file


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("layout", ["coo_matrix", "csr_matrix", "csc_matrix", "coo_array", "csr_array"])
def test_sparse_matrices(tmp_path, layout, protocol):
    read = load_matrix(write(tmp_path, getattr(sp, layout)(MATRIX), protocol))
    assert read.shape == (3, 4) and (read.toarray() == MATRIX.toarray()).all()


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays(tmp_path, protocol):
    matrices = np.random.rand(3, 2).astype("float32"), np.asfortranarray(np.eye(3)[:2])
    for array in (*matrices, np.arange(4), np.float64(1.5), np.arange(3, dtype=">i4")):
        np.testing.assert_array_equal(load_pickle(write(tmp_path, array, protocol)), array)


def test_names_that_numpy_1_and_old_scipy_wrote(tmp_path):
    file = write(tmp_path, MATRIX, protocol=2)
    old = file.read_bytes().replace(b"scipy.sparse._coo\n", b"scipy.sparse.coo\n")
    file.write_bytes(old.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    assert load_matrix(file).shape == (3, 4)


class Attack:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (Attack(os.system, "echo attacked > attacked"), "system"),
        (Attack(eval, "open('attacked', 'w')"), "builtins.eval"),
        (Attack(np.save, "attacked", [1]), "numpy.save"),
        ([MATRIX, Attack(os.remove, "x.pkl")], "remove"),
        (sp.dia_matrix((2, 2)), "dia_matrix"),
        (np.array([{}], dtype=object), "dtype .O8."),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path, monkeypatch, payload, name):
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path, payload)
    with pytest.raises(ValueError, match=f"refused the .*{name}"):
        load_pickle(file)
    assert not list(tmp_path.glob("attacked*")) and file.exists()


def test_every_truncation_is_an_error(tmp_path):
    content = pickle.dumps(MATRIX)
    file = tmp_path / "x.pkl"
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with pytest.raises(ValueError, match="cannot read '.*x.pkl'"):
            load_pickle(file)


def test_flipped_bytes_never_crash(tmp_path):
    content = pickle.dumps(MATRIX)
    file = tmp_path / "x.pkl"
    for place in range(len(content)):
        broken = bytearray(content)
        broken[place] ^= 0xFF
        file.write_bytes(broken)
        try:
            matrix = load_matrix(file)
        except ValueError:
            continue
        assert matrix.row.size == 0 or matrix.row.max() < matrix.shape[0]


def test_what_is_no_matrix(tmp_path):
    with pytest.raises(ValueError, match="holds an array, not a scipy sparse matrix"):
        load_matrix(write(tmp_path, np.eye(2)))
    with pytest.raises(ValueError, match="it holds a list"):
        load_matrix(write(tmp_path, [MATRIX]))
    for layout in ("coo", "csr"):
        outside = MATRIX.asformat(layout, copy=True)
        (outside.col if layout == "coo" else outside.indices)[0] = 9
        with pytest.raises(ValueError, match="cannot read"):
            load_matrix(write(tmp_path, outside))
    falling = sp.csr_matrix(([1.0] * 4, [0, 1, 2, 3], [0, 3, 1, 4]), shape=(3, 4))
    with pytest.raises(ValueError, match="cannot read"):
        load_matrix(write(tmp_path, falling))
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_matrix(tmp_path / "none.pkl")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04Nr\xff\xff\xff\x7f.",  # a place in the memo for which gigabytes are reserved
        b"Np99999999\n.",
        b"\x80\x04N",  # no end
    ],
)
def test_what_would_reserve_memory_is_refused(tmp_path, content):
    (tmp_path / "matrix.pkl").write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read .*(refused the place|exhausted)"):
        load_pickle(tmp_path / "matrix.pkl")


def test_endless_instructions_are_refused(tmp_path, monkeypatch):
    file = write(tmp_path, np.ones((2, 2)))
    assert load_pickle(file).shape == (2, 2)
    monkeypatch.setattr(unpickle, "_MAX_OPCODES", 10)
    with pytest.raises(ValueError, match="it has more than 10 instructions"):
        load_pickle(file)

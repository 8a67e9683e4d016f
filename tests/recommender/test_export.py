"""Recommendations in a file."""

import sys

import pandas as pd
import pytest
import torch

from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import export_recommendations, recommend
from irllrec_pyg.testing import tiny_data

NAMES = ["best.csv", "best.csv.gz", "best.parquet"]


@pytest.fixture
def data():
    data = tiny_data()
    data["item"].title = [f'The "{item}", a film' for item in range(20)]
    return data


@pytest.fixture
def small_parts(monkeypatch):
    """Makes an export write after seven rows."""
    monkeypatch.setattr("irllrec_pyg.recommender.export._ROWS", 7)


def read(file):
    return pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, {"k": 3, "exclude": "all", "diversity": 0.5, "among": ["item 1", "item 15"]}])
def test_holds_the_table(data, small_parts, tmp_path, name, options):
    ease, file = EASE.from_data(data), tmp_path / "new" / name
    assert export_recommendations(file, ease, data, progress=False, **options) == file
    found, expected = read(file), recommend(ease, data, **options)
    if name.endswith(".parquet"):
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)
    else:
        pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)
    assert [entry.name for entry in file.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_some_users(data, tmp_path, name):
    file = export_recommendations(str(tmp_path / name), EASE.from_data(data), data, ["user 7", "user 2"], k=2)
    assert read(file)["user"].tolist() == ["user 7"] * 2 + ["user 2"] * 2


@pytest.mark.parametrize("name", NAMES)
def test_no_users(data, tmp_path, name):
    file = export_recommendations(tmp_path / name, EASE.from_data(data), data, [])
    assert list(read(file)) == ["user", "item", "rank", "score", "title"] and len(read(file)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_same_table_gives_the_same_bytes(data, tmp_path, name):
    first, second = (
        export_recommendations(tmp_path / folder / name, EASE.from_data(data), data) for folder in ("a", "b")
    )
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_export_leaves_the_old_file(data, small_parts, tmp_path, name, error):
    file = tmp_path / name
    file.write_bytes(b"old")

    class Interrupted(EASE):
        def score(self, user):
            if 9 in user:
                raise error
            return super().score(user)

    with pytest.raises(error):
        export_recommendations(file, Interrupted.from_data(data), data, progress=False)
    assert file.read_bytes() == b"old" and [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["best.json", "best", "best.gz", "csv"])
def test_another_suffix_is_an_error(data, tmp_path, name):
    with pytest.raises(ValueError, match=rf"'file' must end in .parquet, .csv or .csv.gz \(got '{name}'\)"):
        export_recommendations(tmp_path / name, EASE.from_data(data), data)
    assert not [*tmp_path.iterdir()]


def test_bad_options_write_nothing(data, tmp_path):
    for options in ({"users": ["nobody"]}, {"k": 0}, {"exclude": "x"}):
        with pytest.raises(ValueError, match=r"nobody|'k'|'exclude'"):
            export_recommendations(tmp_path / "best.csv", EASE.from_data(data), data, **options)
    assert not [*tmp_path.iterdir()]


def test_without_pyarrow_the_message_says_what_to_install(data, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"'best.parquet' needs pyarrow; run 'pip install pyarrow'"):
        export_recommendations(tmp_path / "best.parquet", EASE.from_data(data), data)
    assert not [*tmp_path.iterdir()]


def test_ids_without_a_column_type_are_an_error(data, tmp_path):
    data["user"].original_id = [0, "one", *range(2, 24)]
    with pytest.raises(TypeError, match=r"cannot hold the ids of users .*write a .csv.gz"):
        export_recommendations(tmp_path / "best.parquet", EASE.from_data(data), data)
    assert not [*tmp_path.iterdir()]
    assert export_recommendations(tmp_path / "best.csv", EASE.from_data(data), data).exists()


def test_numbers_stay_numbers(data, small_parts, tmp_path):
    data["user"].original_id = [1 << number for number in range(24)]
    del data["item"].original_id
    table = read(export_recommendations(tmp_path / "best.parquet", EASE.from_data(data), data, k=1))
    assert table["user"].tolist() == data["user"].original_id and table["item"].dtype == "int64"


def test_memory_holds_a_part_of_the_users(data, small_parts, tmp_path, monkeypatch):
    sizes, ease = [], EASE.from_data(data)
    score = ease.score
    monkeypatch.setattr(ease, "score", lambda user: sizes.append(user.numel()) or score(user))
    export_recommendations(tmp_path / "best.csv", ease, data, k=2)
    assert sizes == [3] * 8


def test_a_progress_bar_goes_to_standard_error(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ease = EASE.from_data(data)
    export_recommendations(tmp_path / "best.csv", ease, data)
    output = capsys.readouterr()
    assert "recommend: 100%" in output.err and "24/24" in output.err and not output.out
    export_recommendations(tmp_path / "best.csv", ease, data, progress=False)
    assert not capsys.readouterr().err


def test_scores_that_are_not_finite_write_nothing(data, tmp_path):
    ease = EASE.from_data(data)
    ease.weight[3] = torch.inf
    with pytest.raises(ValueError, match="NaN or infinity"):
        export_recommendations(tmp_path / "best.csv", ease, data)
    assert not [*tmp_path.iterdir()]

"""Numbers on pages are those of the committed results."""

import shutil

import pandas as pd
import pytest

from benchmarks import table2
from benchmarks.__main__ import COMMITTED, PAGES, ROOT
from tests.conftest import shared


@pytest.mark.parametrize(("page", "write"), PAGES)
def test_pages_agree_with_the_results(page, write, tmp_path):
    copy = tmp_path / "page.md"
    shutil.copy(ROOT / page, copy)
    write(COMMITTED, copy)
    assert copy.read_text(encoding="utf-8") == (ROOT / page).read_text(encoding="utf-8")


def test_published_values_are_those_of_the_paper():
    given = pd.read_csv(shared("paper") / "table2.csv")
    ours = pd.read_csv(table2.PAPER).set_index(table2.ROW)
    assert len(given) == ours.size
    names = {"IRLLRec": "irllrec-published", "AlphaRec": "base", "Semantic Only": "base"}
    for row in given.fillna("").itertuples():
        backbone = (row.backbone or row.method).lower().replace(" ", "-")
        key = (row.dataset, backbone, names.get(row.method, row.method.lower()))
        assert ours.loc[key, f"{row.metric}@{row.k}"] == row.value

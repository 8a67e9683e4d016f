"""Numbers on pages are those of the committed results."""

import argparse
import shutil

import pandas as pd
import pytest

from benchmarks import by_default, new_item_forms, results, table2
from benchmarks.speed import __main__ as speed
from tests.conftest import shared
from tests.guards.source import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def of_arguments(write, name):
    return lambda page: write(argparse.Namespace(results=RESULTS / f"{name}.csv", write=page, summary=page))


def of_table2(page, paper):
    table2.write(table2.compare(results.read(RESULTS / "table2.csv"), pd.read_csv(paper)), page)


@pytest.mark.parametrize(
    ("page", "write"),
    [
        ("docs/results.md", of_arguments(by_default.write, "by_default")),
        ("README.md", of_arguments(by_default.summarize, "by_default")),
        ("docs/new_users.md", of_arguments(new_item_forms.write, "new_item_forms")),
        ("docs/speed.md", lambda page: speed.tabulate(RESULTS / "speed.csv", page)),
    ],
)
def test_pages_agree_with_the_results(page, write, tmp_path):
    copy = tmp_path / "page.md"
    shutil.copy(ROOT / page, copy)
    write(copy)
    assert copy.read_text(encoding="utf-8") == (ROOT / page).read_text(encoding="utf-8")


def test_the_paper_stands_beside_ours(tmp_path):
    copy = tmp_path / "page.md"
    shutil.copy(ROOT / "docs" / "results.md", copy)
    of_table2(copy, shared("paper") / "table2.csv")
    assert copy.read_text(encoding="utf-8") == (ROOT / "docs" / "results.md").read_text(encoding="utf-8")

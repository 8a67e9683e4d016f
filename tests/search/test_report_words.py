"""Remarks of a report."""

import pytest

from irllrec_pyg.search.part import Part
from irllrec_pyg.search.report import Difference, Interval, Report
from irllrec_pyg.search.report_words import words

SETTINGS = {"metric": "ndcg@20", "budget": "2 min", "texts": "x", "seed": 0, "versions": "", "device": "cpu"}
SIZES = dict.fromkeys(("users", "items", "train", "val", "test"), 9)


def of(value):
    return {"ndcg@20": Interval(value, value - 0.01, value + 0.01)}


def report(controls, states=("complete",), **fields):
    tried = [Part(f"p{n}", "ease", {}, str(n), 0.1, state=state) for n, state in enumerate(states)]
    test = {"blend": of(0.3), "best blend without text": of(0.2)}
    test |= {f"blend with {name} features in place of texts": of(value) for name, value in controls.items()}
    return Report({**SETTINGS, "identity": "i"}, SIZES, tried, weights={"p0": 1.0}, test=test, **fields)


def test_controls_that_are_the_blend_without_text():
    found = words(report({"random": 0.2, "shuffled": 0.2}))["same"]
    assert found.startswith("With random and with shuffled features, the numbers are those of the best blend without")
    found = words(report({"random": 0.21, "shuffled": 0.2}))["same"]
    assert "shuffled" in found and "random" not in found
    assert words(report({"random": 0.21}))["same"] == ""


@pytest.mark.parametrize(
    ("budget", "seconds", "said"), [("2 min", 78.0, True), ("2 min", 119.0, False), ("20 trials", 3.0, False)]
)
def test_why_a_search_ended_early(budget, seconds, said):
    one = report({}, seconds=seconds)
    one.settings["budget"] = budget
    assert bool(words(one)["budget"]) == said


def test_states_are_explained_where_they_occur():
    assert words(report({}))["states"] == ""
    found = words(report({}, ("complete", "pruned", "cut")))["states"]
    assert "Pruned: " in found and "Cut: " in found and "Failed: " not in found


def test_pages_hold_the_remarks():
    one = report({"random": 0.2}, ("complete", "pruned", "cut"), seconds=78.0)
    one.differences = [Difference("EASE", "ndcg@20", 0.1, 0.0, 0.2, 0.01)]
    pages = one.pages()
    for remark in words(one).values():
        assert remark and all(remark in page for page in pages.values())
    assert one.body() in pages["report.html"] and "<html" not in one.body() and "<svg" in one.body()

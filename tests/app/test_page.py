"""The page: what is escaped, how errors are shown, and that it is for this machine only."""

import re

import pandas as pd
import pytest

from irllrec_pyg.app import explore, pieces
from irllrec_pyg.app.page import build_page
from irllrec_pyg.app.view import View
from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import Engine
from irllrec_pyg.testing import tiny_data

EVIL = "<script>alert('x')</script>"


@pytest.fixture
def engine():
    data = tiny_data()
    data["item"].title = [f"{EVIL} {item}" for item in range(20)]
    data["item"].text = [f"{EVIL} {'long ' * 100}"] * 20
    data["user"].likes = [[EVIL]] * 24
    return Engine(EASE.from_data(data, l2_weight=10.0), data)


@pytest.fixture
def view(engine):
    return View(engine)


def test_texts_of_the_data_are_escaped(view):
    shown = [view.person(0), view.recommendations(0, 3), view.item(0), view.similar(0, 3)]
    shown.append(view.what_if(0, view.catalog.history(0)[:3], "", 3))
    for html in shown:
        assert "<script" not in html and "&lt;script" in html
    assert "<script" not in pieces.note(EVIL)


def test_lists_are_those_of_the_engine(view, engine):
    assert view.recommendations(0, 3).count("<li>") == 3
    assert view.users("user 3") == [("user 3, 5 items", 3)]
    assert [item for _, item in view.history(3)] == view.catalog.history(3)
    marked = view.map_of(3, k=4)
    recommended = {f"item {node}" for node in marked["node"][marked["mark"] == "recommended"]}
    assert recommended == set(engine.recommend(["user 3"], k=4)["item"])
    assert set(marked["node"][marked["mark"] == "taken"]) == set(view.catalog.history(3))


def test_mistakes_are_shown_as_a_sentence(view):
    assert "tick an item" in view.what_if(0, [], "")


def test_many_titles_and_long_texts_are_folded():
    assert pieces.chips(["a"] * 50).count("<details>") == 1 and "10 more" in pieces.chips(["a"] * 50)
    assert "<details>" in pieces.facts({"Text": "word " * 100}) and "<details>" not in pieces.facts({"Text": "word"})


def test_bars():
    rows = [{"history": "1", "users": 9, "ranker": "this engine", "value": 0.5, "low": 0.4, "high": 0.6}]
    rows += [{**rows[0], "ranker": "other", "value": 0.25, "low": float("nan"), "high": float("nan")}]
    html = pieces.bars(pd.DataFrame(rows))
    assert "width:100.0%" in html and "width:50.0%" in html
    assert html.count("[0.4000, 0.6000]") == 1 and "nan" not in html
    assert "1 interaction <" in html and "9 users" in html


def test_cards_name_ids_and_fold_amounts():
    rows = [{"title": "A", "item": "A", "reason": "", "details": ""}, {"title": "B", "item": 7, "details": "80 %"}]
    html = pieces.cards(pd.DataFrame(rows[:1])) + pieces.cards(pd.DataFrame(rows[1:]))
    assert html.count("<small>") == 1 and "<small>7</small>" in html
    assert html.count("<details>") == 1 and "</summary>80 %</details>" in html and "<p>" not in html


def test_all_points_of_the_map_lie_inside(view):
    svg = view.picture()
    left, top, width, height = map(int, re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg).groups())
    circles = re.findall(r'cx="(\S+)" cy="(\S+)" r="(\S+)"', svg)
    assert len(circles) == 20
    for x, y, r in (map(float, circle) for circle in circles):
        assert left + r <= x <= left + width - r and top + r <= y <= top + height - r
    assert "<script" not in svg and svg.count("background:") == view.map["group"].nunique()
    assert view.picture(3).count('fill="#2563eb"') == 5, "the history of a user"


def test_a_search_without_a_hit_says_so(engine):
    pytest.importorskip("gradio")
    page = build_page(View(engine))
    finders = [function.fn for function in page.fns.values() if function.fn.__name__ == "find"]
    for find, kind in zip(finders, ("user", "item"), strict=True):
        choices, remark = find("<zzz>")
        assert "choices" not in choices and f"No {kind} found for &#x27;&lt;zzz&gt;&#x27;" in remark.value
        found, remark = find(f"{kind} 3")
        assert found.value == 3 and remark.visible is False


def test_page_is_for_this_machine_and_loads_nothing(engine, monkeypatch, capsys):
    gradio = pytest.importorskip("gradio")
    launched = {}

    def launch(page, **options):
        launched.update(options, page=page)
        return None, "http://127.0.0.1:7860/", ""

    monkeypatch.setattr(gradio.Blocks, "launch", launch)
    monkeypatch.setattr(gradio.Blocks, "block_thread", lambda page: launched.update(blocked=page))
    explore(engine, port=0, browser=False)
    assert launched["blocked"] is launched["page"] and "http://127.0.0.1:7860/" in capsys.readouterr().err
    assert launched["server_name"] == "127.0.0.1" and launched["share"] is False and launched["inbrowser"] is False
    assert launched["server_port"] is None and launched["page"].analytics_enabled is False
    theme = launched["theme"]
    assert theme._stylesheets == [] and theme._font_css == [], "fonts are those of the machine"


def test_what_to_install_is_said(engine, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gradio", None)
    with pytest.raises(ImportError, match=r"irllrec-pyg\[app\]"):
        explore(engine)

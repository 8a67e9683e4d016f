"""The way through the site: what a reader wants is two clicks from the landing page, and README leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import example
from irllrec_pyg._io import read_toml
from tests.guards.documents import documents
from tests.guards.source import ROOT

DOCS = ROOT / "docs"
REPOSITORY = read_toml(ROOT / "pyproject.toml")["project"]["urls"]["Repository"]
PLACES = re.compile(rf"{re.escape(REPOSITORY)}/(?:blob|raw)/main/([^)#\s]+)(?:#([\w-]+))?")

#: What a reader comes for, and the page that has it. CONTRIBUTING.md describes the same walk.
WALK = {
    "use your own data": "howto/data.md",
    "add a backbone": "tutorials/backbone.md",
    "how accurate it is, and against what": "results.md",
    "serve it": "howto/serve.md",
}


def links(page: Path) -> set[Path]:
    """Pages that a page of the site links to, in its text and on its cards; menus are not counted."""
    text = re.sub(r"^```\{toctree\}.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+\.md)", text)
    targets += [f"{target}.md" for target in re.findall(r"^:link: ([\w/-]+)$", text, re.MULTILINE)]
    return {(page.parent / target).resolve() for target in targets}


def anchors(page: Path) -> set[str]:
    """Anchors of the headings of a page and of the pages that it includes, as MyST and GitHub make them."""
    text = page.read_text(encoding="utf-8")
    found = {anchor for target in re.findall(r"\{include\} (\S+)", text) for anchor in anchors(page.parent / target)}
    found |= set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
    headings = re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)
    return found | {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("wanted", WALK)
def test_two_clicks_from_the_landing_page(wanted):
    once = links(DOCS / "index.md")
    twice = {target for page in once if page.exists() for target in links(page)}
    assert (DOCS / WALK[wanted]).resolve() in once | twice


def test_the_walk_is_described():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [
        wanted for wanted, page in WALK.items() if f"| {wanted} |" not in text or f"`docs/{page}`" not in text
    ] == []


def test_every_page_is_in_a_menu():
    """A page without a menu entry cannot be found; Sphinx warns of it too."""
    listed = set()
    for page in DOCS.rglob("*.md"):
        for menu in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            listed |= {(page.parent / f"{line}.md").resolve() for line in menu.split() if not line.startswith(":")}
    pages = {page.resolve() for page in documents() if DOCS in page.parents}
    assert pages - listed == {DOCS / "index.md"}


def test_links_of_readme_lead_to_files():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = PLACES.findall(text)
    assert len(found) >= 10
    assert [path for path, _ in found if not (ROOT / path).exists()] == []
    assert [(path, anchor) for path, anchor in found if anchor and anchor not in anchors(ROOT / path)] == []


def test_links_of_readme_are_absolute():
    """A package index shows README without the files beside it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((?!https://)[^)]*\)", text) == []
    assert f"]({REPOSITORY}/raw/main/" in text
    assert len(text.splitlines()) <= 150


def test_anchors_exist():
    """Links to a heading of another page, or of the same one."""
    wrong = []
    for page in documents():
        text = page.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([\w-]+)\)", text):
            place = (page.parent / target) if target else page
            if place.suffix == ".md" and anchor not in anchors(place):
                wrong.append(f"{page.relative_to(ROOT)}: {target}#{anchor}")
    assert wrong == []


def test_example_of_readme_prints_what_readme_says(tmp_path, monkeypatch):
    """Scores may differ in their last digits on another processor; everything else is the same."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code, output = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL).groups()
    assert code == example.CODE
    numbers = re.compile(r"-?\d+\.\d+")
    printed = example.printed()
    assert numbers.sub("x", " ".join(printed.split())) == numbers.sub("x", " ".join(output.split()))
    expected = [float(number) for number in numbers.findall(output)]
    assert [float(number) for number in numbers.findall(printed)] == pytest.approx(expected, rel=0.05, abs=0.05)

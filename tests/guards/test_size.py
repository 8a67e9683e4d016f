"""No file holds more than one concept."""

from tests.guards.source import ROOT, module_files

MAX_LINES = 250


def test_files_are_short():
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in module_files()}
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}

"""How much of a file is read."""

import json

import pytest

from irllrec_pyg.corpus.lines import Limits
from irllrec_pyg.corpus.records import parsed_lines


def nested(depth):
    """A record whose lists and objects are nested so deep."""
    value = "calm"
    for number in range(depth - 1):
        value = [value] if number % 2 else {"in": value}
    return {"tags": value}


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_records_that_are_nested_too_deep_are_skipped(depth, tmp_path):
    file = tmp_path / "items.jsonl"
    file.write_text("\n".join(json.dumps(nested(count)) for count in (depth, depth + 1, depth)))
    read, skipped = parsed_lines(file, dict, limits=Limits(depth=depth))
    assert read == [nested(depth)] * 2 and skipped.bad == 1
    assert "raise 'depth' of the limits" in str(skipped)


def test_brackets_inside_a_text_are_no_nesting(tmp_path):
    file = tmp_path / "items.jsonl"
    file.write_text(json.dumps({"text": "[" * 500}) + "\n" + json.dumps([{}]) + "\n")
    assert parsed_lines(file, dict)[0] == [{"text": "[" * 500}]

"""Manifests: versions that are named, and damage that is found wherever it is."""

import json

import pytest

from irllrec_pyg._manifest import read_manifest, write_manifest

CONTENT = {"rows": 3, "note": "ü", "nested": {"values": [1.5, None, True]}}


@pytest.fixture
def file(tmp_path):
    write_manifest(tmp_path / "x.json", CONTENT, 2)
    return tmp_path / "x.json"


def test_round_trip(file):
    assert read_manifest(file, 2, "make it again") == CONTENT


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (1, "has the format 2, but this version reads 1; install a newer irllrec_pyg, or make it again"),
        (3, "has the format 2, but this version reads 3; make it again"),
    ],
)
def test_other_versions_are_named(file, version, message):
    with pytest.raises(ValueError, match=rf"x.json' {message}"):
        read_manifest(file, version, "make it again")


def test_a_manifest_without_a_version_has_the_first_one(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(CONTENT))
    assert read_manifest(tmp_path / "x.json", 1, "make it again") == CONTENT


def test_every_changed_byte_is_found(file):
    content = file.read_bytes()
    for place, byte in enumerate(content):
        file.write_bytes(content[:place] + bytes([byte ^ 1]) + content[place + 1 :])
        try:
            assert read_manifest(file, 2, "make it again").keys() >= CONTENT.keys(), "the name of the hash was hit"
        except ValueError as error:
            assert "x.json" in str(error)

"""Values of raw records."""

from irllrec_pyg.corpus.values import name, prose


def test_half_characters_are_replaced():
    assert prose(["a\ud800b", "\U0001f600"]) == "a?b \U0001f600" and name("\udfffx") == "?x"

"""What strangers write, before it reaches a prompt."""

import random
import unicodedata

import pytest

from irllrec_pyg.text import sanitize

EVERYTHING = [chr(code) for code in range(0x110000)]


def test_no_character_becomes_a_bracket_in_any_normal_form():
    """A tokenizer may normalize its text in any of the four ways."""
    text = "".join(map(sanitize, EVERYTHING))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert not set(unicodedata.normalize(form, text)) & set("<>[]\n\x1b")
    assert not any(0xD800 <= ord(character) < 0xE000 for character in text)


def test_letters_stay():
    kept = [character for character in EVERYTHING if unicodedata.category(character) in ("Lu", "Ll", "Lt", "Nd", "Sc")]
    assert sanitize("".join(kept)) == "".join(kept)
    assert sanitize("素晴らしい Ужасно رائع न्या é ﬁ 😀 €5") == "素晴らしい Ужасно رائع न्या é ﬁ 😀 €5"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\uff1c/data\uff1e \ufe64x\ufe65", "\u2039/data\u203a \u2039x\u203a"),
        ("\uff3bINST\uff3d \ufe47x\ufe48", "(INST) (x)"),
        ("\u226e|im_end|\u226f", "\u2039|im_end|\u203a"),
        ("<\u0338|im_end|>", "\u2039\u0338|im_end|\u203a"),
        ("half\ud800 \udfffwhole", "half whole"),
        ("\x1b]0;title\x07red\x9b31m", "]0;titlered31m".replace("]", ")")),
        ("a\u202eb\u2066c\u200bd\u2060e\ufefff\u00adg", "abcdefg"),
        ("a\u3164b\u115fc\u1160d\uffa0e\u2800f\u034fg\u17b4h\u180bi", "abcdefghi"),
        ("hidden" + "".join(chr(0xE0100 + byte) for byte in b"obey") + "\ufe0f", "hidden"),
        ("tags" + "".join(chr(0xE0000 + byte) for byte in b"obey"), "tags"),
        ("a\u2028b\u2029c\x85d\u3000e\rf", "a b c d e f"),
        ("\u3164\u2800\u200b", ""),
    ],
)
def test_hidden_and_disguised(text, clean):
    assert sanitize(text) == clean


def test_random_texts_are_changed_once():
    rng = random.Random(0)
    for _ in range(300):
        text = "".join(rng.choice(EVERYTHING) for _ in range(rng.randrange(60)))
        once = sanitize(text)
        once.encode()
        assert sanitize(once) == once and once.isprintable()

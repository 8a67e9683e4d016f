"""Texts of strangers: readable, and without the markup of the page they are from."""

import random

import pytest

from irllrec_pyg.corpus.clean import on_one_line, readable, without_markup


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Good.<br /><br />Really.", "Good. Really."),
        ("Good.<br>\n  Really.<BR/>", "Good. Really."),
        ("<p class='x'>One</p><p>Two</p>", "One Two"),
        ("It&#34;s &quot;so&quot; good &amp; &lt;3", 'It"s "so" good & <3'),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("[[VIDEOID:94b0abc2d8]]I like it", "I like it"),
        ("It [[VIDEOID:94b0]] works", "It works"),
        ("See [[ASIN:B000 Tom &amp; Jerry]], too.", "See Tom & Jerry, too."),
        ("See [[ASIN:0312367465]]", "See"),
        ("an <i>odd</i> <a href='http://x'>link</a>", "an odd link"),
        ("a < b and c > d, i <b and c> d, [1] [[2]]", "a < b and c > d, i <b and c> d, [1] [[2]]"),
        ("bad&#27;[31m", "bad[31m"),
        ("nothing to do", "nothing to do"),
        ("", ""),
    ],
)
def test_markup_of_amazon(text, clean):
    assert without_markup(text) == clean


def test_what_is_not_readable_is_removed():
    assert readable("\x00a\x1b]0;title\x07b\x9b31m\u202ec\u2066") == "a]0;titleb31mc"
    assert readable("a\r\nb\rc\x0bd\x85e\tf") == "a\nb\nc\nd\ne\tf"
    assert readable("half\ud800 whole \U0001f600") == "half? whole \U0001f600"
    assert readable("素晴らしい \u2028 رائع é") == "素晴らしい \u2028 رائع é", "other scripts stay"
    assert on_one_line("\x07 calm\u2028\n mood ") == "calm mood"


def test_random_text_is_readable():
    rng = random.Random(0)
    pieces = ["<br", "/>", "[[", "ASIN:", "VIDEOID:", "]]", "&#", "27;", "&amp;", "#x1b;", "\x1b", "\ud83d", "\n", "a "]
    for _ in range(2000):
        text = without_markup("".join(rng.choice(pieces) for _ in range(rng.randrange(40))))
        once = readable(text)
        once.encode()
        assert once == readable(once)
        assert not any(character < " " and character not in "\n\t" for character in once)

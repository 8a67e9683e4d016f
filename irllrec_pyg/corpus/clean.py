"""Texts of strangers without what no reader should get, and without the markup of Amazon's pages."""

from __future__ import annotations

import html
import re

# Control characters but the line break and the tab; marks that reverse the direction of writing; half characters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HALF = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n?|\x0b|\x0c|\x85")

# "[[VIDEOID:...]]" names a video that is not there; "[[ASIN:0312367465 A title]]" is a link, and its title is text.
_EMBEDDED = re.compile(r"\[\[(?:VIDEOID|ASIN):\s*([^\s\[\]]*)([^\[\]]*)\]\]", re.IGNORECASE)
_ATTRIBUTES = r"(?:\s+[a-z-]+\s*=[^<>]{0,500})?\s*/?>"
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|table|h[1-6])" + _ATTRIBUTES, re.IGNORECASE)
_TAG = re.compile(r"</?(?:a|b|i|u|em|strong|span|font|img|small|big|sub|sup|td|th|tbody)" + _ATTRIBUTES, re.IGNORECASE)
_SPACES = re.compile(" {2,}")


def readable(text: str) -> str:
    """Removes what damages a terminal or cannot be written in UTF-8. All else stays as it is.

    Removed are control characters, except line breaks and tabs, and marks that reverse the direction of writing. All
    forms of line breaks become ``"\\\\n"``. Half characters (lone surrogates), which JSON may hold as escapes, become
    ``"?"``.

    Args:
        text: Any text.

    Examples:
        >>> readable("a\\x1b[31mred\\r\\nb\\x00"), readable("\\ud800x")
        ('a[31mred\\nb', '?x')
    """
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub("", _LINE_BREAK.sub("\n", _HALF.sub("?", text)))


def on_one_line(text: str) -> str:
    """The readable part of a text, in one line, with single spaces.

    Args:
        text: Any text.

    Examples:
        >>> on_one_line(" calm\\n\\tmood\\x07 ")
        'calm mood'
    """
    return " ".join(readable(text).split())


def shown(value: object, length: int = 80) -> str:
    """A value of a stranger as an error message shows it: in one line, short, and without control characters.

    Args:
        value: Any value.
        length: Number of characters. (default: ``80``)

    Examples:
        >>> shown("a\\x1b[31m"), shown([1] * 99, length=9)
        ("'a\\\\x1b[31m'", '[1, 1, 1…')
    """
    text = on_one_line(repr(value[: length + 1] if isinstance(value, str) else value))
    return text if len(text) <= length + 2 else f"{text[: length - 1]}…"


def without_markup(text: str) -> str:
    """Text of an Amazon review or product without the markup of the page.

    Entities (``&#34;``, ``&amp;``) become their characters, also where they were escaped twice. Line breaks and
    paragraphs (``<br />``) become spaces, other usual tags are removed, videos (``[[VIDEOID:...]]``) too. A link to a
    product (``[[ASIN:0312367465 A title]]``) becomes its title. ``a < b`` stays.

    Args:
        text: Text as it stands in the file.

    Examples:
        >>> without_markup("I &#34;love&#34; it.<br /><br />See [[ASIN:B000 Tom &amp;amp; Jerry]].[[VIDEOID:1f]]")
        'I "love" it. See Tom & Jerry.'
    """
    if not any(mark in text for mark in "&<["):
        return text
    text = _EMBEDDED.sub(lambda match: match[2].strip(), html.unescape(html.unescape(text)))
    if _BREAK.search(text):
        text = " ".join(filter(None, map(str.strip, _BREAK.sub("\n", text).split("\n"))))
    return _SPACES.sub(" ", readable(_TAG.sub("", text))).strip()

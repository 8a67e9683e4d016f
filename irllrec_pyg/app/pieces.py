"""Pieces of the page, as HTML. Every text that comes from the data is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LONG = 320  # characters that a text shows before it is folded


def cards(table: pd.DataFrame, text: str = "") -> str:
    """A numbered list of items.

    Args:
        table: One row per item, with the column ``title``.
        text: Column of what stands below the titles; a column ``change`` stands beside them. (default: nothing)

    Examples:
        >>> import pandas as pd
        >>> cards(pd.DataFrame({"title": ["A & B"], "reason": ["You took C."]}), "reason")
        '<ol class="cards"><li><b>A &amp; B</b><p>You took C.</p></li></ol>'
    """
    rows = []
    for row in table.to_dict("records"):
        change = str(row.get("change", ""))
        kind = change.partition(" ")[0]
        badge = f' <span class="badge {kind}">{escape(change)}</span>' if change else ""
        below = f"<p>{escape(str(row[text]))}</p>" if text and row[text] else ""
        rows.append(f"<li><b>{escape(str(row['title']))}</b>{badge}{below}</li>")
    return f'<ol class="cards">{"".join(rows)}</ol>' if rows else note("No item is left.")


def chips(titles: Sequence[str], most: int = 40) -> str:
    """Short texts side by side; those beyond the first ones are folded.

    Args:
        titles: The texts.
        most: How many are shown at first. (default: ``40``)

    Examples:
        >>> chips(["A"])
        '<div class="chips"><span>A</span></div>'
    """
    parts = [f"<span>{escape(title)}</span>" for title in titles]
    more = f"<details><summary>{len(parts) - most} more</summary>{''.join(parts[most:])}</details>"
    return f'<div class="chips">{"".join(parts[:most])}{more if len(parts) > most else ""}</div>'


def facts(texts: Mapping[str, str]) -> str:
    """Texts with their names; long ones are folded.

    Args:
        texts: Texts by name.

    Examples:
        >>> facts({"Likes": "trains"})
        '<dl class="facts"><dt>Likes</dt><dd>trains</dd></dl>'
    """
    rows = []
    for name, text in texts.items():
        shown = escape(text)
        if len(text) > _LONG:
            begin = escape(text[:_LONG].rsplit(" ", 1)[0])
            shown = f"<details><summary><span>{begin} …</span></summary>{shown}</details>"
        rows.append(f"<dt>{escape(name)}</dt><dd>{shown}</dd>")
    return f'<dl class="facts">{"".join(rows)}</dl>' if rows else ""


def bars(table: pd.DataFrame) -> str:
    """A metric by group of users and ranker, as bars with their intervals in words.

    Args:
        table: The table of :func:`~irllrec_pyg.app.accuracy_by_activity`.
    """
    largest = max(float(table["value"].max()), 1e-12)
    rows = []
    for history, group in table.groupby("history", sort=False):
        users = int(group["users"].iloc[0])
        rows.append(f"<h4>{escape(str(history))} interactions <small>{users} users</small></h4>")
        for number, row in enumerate(group.to_dict("records")):
            width = f"{100 * row['value'] / largest:.1f}%"
            interval = f" <small>[{row['low']:.4f}, {row['high']:.4f}]</small>" if row["low"] == row["low"] else ""
            rows.append(
                f'<div class="bar"><span>{escape(row["ranker"])}</span>'
                f'<span class="track"><i class="kind{number}" style="width:{width}"></i></span>'
                f"<span>{row['value']:.4f}{interval}</span></div>"
            )
    return f'<div class="bars">{"".join(rows)}</div>'


def note(text: str) -> str:
    """A remark.

    Args:
        text: The text.

    Examples:
        >>> note("No item is left.")
        '<p class="note">No item is left.</p>'
    """
    return f'<p class="note">{escape(text)}</p>'


#: Style of the page. It uses the fonts of the machine and the colours of the theme, light or dark.
STYLE = """
.cards {margin: 0; padding-left: 1.9em} .cards li {margin: 0 0 .7em; padding-left: .2em}
.cards p {display: block; margin: .1em 0 0; opacity: .85; line-height: 1.4; overflow-wrap: anywhere}
.badge {font-size: .75em; padding: .05em .5em; border-radius: 1em; background: #8883; white-space: nowrap}
.badge.new {background: #2563eb; color: white} .badge.up {background: #15803d; color: white}
.badge.down {background: #b45309; color: white}
.chips span {display: inline-block; margin: 0 .3em .35em 0; padding: .1em .6em; border-radius: 1em; background: #8882;
 overflow-wrap: anywhere}
.chips summary, .facts summary {cursor: pointer}
.facts details[open] summary span {display: none} .facts details[open] summary::after {content: "less"}
.facts {margin: .8em 0 0} .facts dt {font-weight: 600}
.facts dd {margin: 0 0 .6em; line-height: 1.4; overflow-wrap: anywhere}
.note {opacity: .75}
.scrolling .wrap {max-height: 24em; overflow-y: auto}
.bars h4 {margin: 1em 0 .3em} .bars small {opacity: .75; font-weight: 400}
.bar {display: grid; grid-template-columns: 11em 1fr 13em; gap: .8em; align-items: center; margin: .2em 0}
.track {background: #8882; height: .9em; border-radius: .2em; display: block}
.track i {display: block; height: 100%; border-radius: .2em; background: #9ca3af}
.track i.kind0 {background: #2563eb} .track i.kind1 {background: #f59e0b}
@media (max-width: 640px) {
 .prose table {display: block; overflow-x: auto} .prose td, .prose th {word-break: normal; overflow-wrap: normal}
 .gradio-container main {padding: .6em !important}
 .gradio-container button[role=tab] {padding: 0 .45em; font-size: .9em}
 .bar {grid-template-columns: 1fr auto; gap: .1em .6em} .bar .track {grid-column: 1 / -1; grid-row: 2}
}
"""

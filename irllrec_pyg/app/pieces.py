"""Pieces of the page, as HTML. Every text that comes from the data is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LONG = 320  # characters that a text shows before it is folded
_WIDTH, _HEIGHT, _MARGIN = 900, 480, 12  # of the map; the margin keeps points at the edge whole
_COLORS = ("#2563eb", "#ea580c", "#16a34a", "#dc2626", "#7c3aed", "#0891b2", "#ca8a04", "#db2777")


def cards(table: pd.DataFrame) -> str:
    """A numbered list of items.

    Args:
        table: One row per item, with the columns ``title`` and ``item``, its id. Further columns are shown where they
            exist: ``change`` beside the title, ``reason`` below it, and ``details`` folded.

    Examples:
        >>> import pandas as pd
        >>> cards(pd.DataFrame({"title": ["A & B"], "item": [7], "reason": ["You took C."]}))
        '<ol class="cards"><li><b>A &amp; B</b> <small>7</small><p>You took C.</p></li></ol>'
    """
    rows = []
    for row in table.to_dict("records"):
        title, item, change = str(row["title"]), str(row["item"]), str(row.get("change", ""))
        kind = change.partition(" ")[0]
        shown = f"<b>{escape(title)}</b>"
        shown += f" <small>{escape(item)}</small>" if item != title else ""
        shown += f' <span class="badge {kind}">{escape(change)}</span>' if change else ""
        shown += f"<p>{escape(row['reason'])}</p>" if row.get("reason") else ""
        if row.get("details"):
            shown += f"<details><summary>details</summary>{escape(row['details'])}</details>"
        rows.append(f"<li>{shown}</li>")
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
        rows.append(f"<h4>{_counted(str(history), 'interaction')} <small>{_counted(str(users), 'user')}</small></h4>")
        for number, row in enumerate(group.to_dict("records")):
            width = f"{100 * row['value'] / largest:.1f}%"
            interval = f" <small>[{row['low']:.4f}, {row['high']:.4f}]</small>" if row["low"] == row["low"] else ""
            rows.append(
                f'<div class="bar"><span>{escape(row["ranker"])}</span>'
                f'<span class="track"><i class="kind{number}" style="width:{width}"></i></span>'
                f"<span>{row['value']:.4f}{interval}</span></div>"
            )
    return f'<div class="bars">{"".join(rows)}</div>'


def _counted(number: str, noun: str) -> str:
    return f"{escape(number)} {noun}{'' if number == '1' else 's'}"


def points(table: pd.DataFrame, group: str, colors: Mapping[str, str] | None = None) -> str:
    """A map of items, as a picture with a legend below it. Pointing at an item shows its title.

    Args:
        table: One row per item, with the columns ``title``, ``users``, ``x`` and ``y``. Later rows lie on top.
        group: Column of the groups.
        colors: Colours of the groups. (default: one after the other)

    Examples:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"title": ["A"], "users": [3], "x": [0.5], "y": [0.5], "mark": ["taken"]})
        >>> points(table, "mark").count("<circle")
        1
    """
    if colors is None:
        names = list(dict.fromkeys(table[group]))
        colors = {name: _COLORS[number % len(_COLORS)] for number, name in enumerate(names)}
    left, top = table["x"].min(), table["y"].max()
    across, up = table["x"].max() - left or 1.0, top - table["y"].min() or 1.0
    circles = []
    for row in table.to_dict("records"):
        x, y = _WIDTH * (row["x"] - left) / across, _HEIGHT * (top - row["y"]) / up
        about = escape(f"{row['title']}, {_counted(str(row['users']), 'user')}\n{row[group]}")
        circles.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colors[row[group]]}"><title>{about}</title></circle>'
        )
    legend = "".join(f'<span><i style="background:{color}"></i>{escape(name)}</span>' for name, color in colors.items())
    box = f"{-_MARGIN} {-_MARGIN} {_WIDTH + 2 * _MARGIN} {_HEIGHT + 2 * _MARGIN}"
    return (
        f'<div class="map"><svg viewBox="{box}" role="img" aria-label="map of items">{"".join(circles)}</svg>'
        f'<div class="legend">{legend}</div></div>'
    )


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
.note {opacity: .75} .cards small {opacity: .65; font-weight: 400}
.cards details {font-size: .85em; opacity: .75} .cards summary, .report summary {cursor: pointer}
.map svg {display: block; width: 100%; height: auto} .map circle {fill-opacity: .75}
.map circle:hover {stroke: currentColor; stroke-width: 2; fill-opacity: 1}
.legend {display: flex; flex-wrap: wrap; gap: .2em 1.2em; margin-top: .6em; font-size: .9em}
.legend i {display: inline-block; width: .75em; height: .75em; border-radius: 50%; margin-right: .4em}
.report {line-height: 1.5; max-width: 52rem} .report h2 {font-size: 1.2em; margin: 1.6em 0 .4em; font-weight: 600}
.report h1 {display: none} .report p {margin: .5em 0} .report ul {margin: .3em 0 0; padding-left: 1.2em}
.report .wide {overflow-x: auto} .report table, .report thead, .report tr {border: 0}
.report table {border-collapse: collapse; width: 100%; min-width: 44em; font-size: .88em}
.report th, .report td {text-align: left; padding: .25em .6em .25em 0; border: 0 solid #8884; border-bottom-width: 1px;
 vertical-align: top; word-break: normal; overflow-wrap: normal}
.report .number {text-align: right; white-space: nowrap} .report .small {opacity: .75; font-size: .85em}
.report .bar {display: inline-block; height: .7em; background: #e15759}
.report .headline {background: #8882; padding: .8em 1em; border-left: 4px solid #e15759}
.report svg {max-width: 100%; height: auto; background: white}
.scrolling .wrap {max-height: 24em; overflow-y: auto}
.bars h4 {margin: 1em 0 .3em} .bars small {opacity: .75; font-weight: 400}
.bar {display: grid; grid-template-columns: 11em 1fr 13em; gap: .8em; align-items: center; margin: .2em 0}
.track {background: #8882; height: .9em; border-radius: .2em; display: block}
.track i {display: block; height: 100%; border-radius: .2em; background: #9ca3af}
.track i.kind0 {background: #2563eb} .track i.kind1 {background: #f59e0b}
@media (max-width: 640px) {
 .map circle {r: 9px}
 .gradio-container main {padding: .6em !important}
 .gradio-container button[role=tab] {padding: 0 .45em; font-size: .9em}
 .bar {grid-template-columns: 1fr auto; gap: .1em .6em} .bar .track {grid-column: 1 / -1; grid-row: 2}
}
"""

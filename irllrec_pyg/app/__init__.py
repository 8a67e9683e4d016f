"""A page in the browser to look at an engine with. Plain functions compute what it shows."""

from .accuracy import accuracy_by_activity
from .catalog import Catalog
from .item_map import item_map, mark_user
from .launch import explore
from .person import about, recommendations, similar, what_if
from .report import report_html

__all__ = [
    "Catalog",
    "about",
    "accuracy_by_activity",
    "explore",
    "item_map",
    "mark_user",
    "recommendations",
    "report_html",
    "similar",
    "what_if",
]

"""Python blocks of pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.guards.source import ROOT

_BLOCK = re.compile(
    r"^```(?:python *(?P<mark>[\w-]*)|\{code-cell\} ipython3)\n(?::[\w-]+:.*\n)*(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# (irllrec_pyg/[\w/]+\.py)\n")


class Block(NamedTuple):
    """A block of code: the line of its first statement, and whether it runs by itself."""

    line: int
    code: str
    runs: bool

    @property
    def file(self) -> str | None:
        """Path of the module that the block is, where its first line names one."""
        match = _FILE.match(self.code)
        return match.group(1) if match else None


def python_blocks(page: Path) -> list[Block]:
    """The Python blocks of a page, and the cells of a notebook. Those that need files of the reader are marked
    ``python no-run``."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(text[: match.start("code")].count("\n") + 1, match["code"], match["mark"] != "no-run")
        for match in _BLOCK.finditer(text)
    ]


def documents() -> list[Path]:
    """Pages that are written by hand: those at the top of the repository and those of the site."""
    built = {"_build", "generated", "commands", "jupyter_execute"}
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in pages if not built & set(page.relative_to(ROOT).parts))

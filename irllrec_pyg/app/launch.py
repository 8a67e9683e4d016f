"""Opening the page."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..recommender import Engine
from .pieces import STYLE
from .view import View


def explore(engine: Engine | str | Path, port: int = 7860, browser: bool = True) -> None:
    """Opens a page in the browser to look at an engine with, until Ctrl-C: users and their recommendations with
    reasons, what-if, similar items, a map of items, for whom the engine is accurate, and the report of the search.

    Only this machine can open the page. It loads nothing from a network and sends nothing. It needs Gradio, the extra
    ``app`` of the package.

    Args:
        engine: The engine or its folder.
        port: Port of the page; ``0`` takes a free one. (default: ``7860``)
        browser: Whether it is opened in a browser. (default: ``True``)

    Raises:
        ImportError: Gradio is not installed.
        OSError: The port is in use.

    Examples:
        >>> explore("engine")  # doctest: +SKIP
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    try:
        import gradio as gr
    except ImportError as error:
        raise ImportError("the page needs Gradio; install it with: pip install 'irllrec-pyg[app]'") from error
    from .page import build_page

    if not isinstance(engine, Engine):
        engine = Engine.from_pretrained(engine)
    page = build_page(View(engine))
    _, address, _ = page.launch(
        prevent_thread_lock=True,
        server_name="127.0.0.1",
        server_port=port or None,
        inbrowser=browser,
        share=False,
        ssr_mode=False,
        footer_links=[],
        quiet=True,
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css=STYLE,
    )
    print(f"the page is at {address}; Ctrl-C ends it", file=sys.stderr, flush=True)
    page.block_thread()

"""Commands that answer over HTTP, for programs and for people."""

from __future__ import annotations

from typing import Annotated

import typer

from . import common
from .common import Folder


def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="address to listen on; 0.0.0.0 for other machines")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port")] = 8000,
    token: Annotated[
        str | None, typer.Option(envvar="IRLLREC_TOKEN", help="requests must carry it; better in the environment")
    ] = None,
    workers: Annotated[int, typer.Option(help="number of processes, each with its own engine")] = 1,
) -> None:
    """Answer requests for recommendations over HTTP.

    Example: irllrec serve engine --port 8000

    Then: curl "http://127.0.0.1:8000/recommend?user=u1&k=5"
    """
    try:
        from ..serve import serve as run
    except ImportError as error:
        raise ImportError(f"{error}; install what serving needs with: pip install 'irllrec-pyg[serve]'") from error
    run(folder, host=host, port=port, token=token, workers=workers)


def explore(
    folder: Folder,
    port: Annotated[int, typer.Option(help="port; 0 takes a free one")] = 7860,
    browser: Annotated[bool, typer.Option(help="open the page in a browser")] = True,
) -> None:
    """Look at an engine in a browser.

    Example: irllrec explore engine

    It shows users, their recommendations with reasons, what-if, similar items, a map of items, and for whom it is
    accurate. The page is for this machine only, and works without a network. It needs: pip install 'irllrec-pyg[app]'
    """
    typer.echo(f"opening '{folder}' …", err=True)  # this takes a while, and the page longer
    from ..app import explore as run

    run(common.open_engine(folder), port=port, browser=browser)

"""What the commands share: opening an engine, ids from the command line, results, and errors in one sentence."""

from __future__ import annotations

import errno
import json
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    import pandas as pd
    from torch_geometric.data import HeteroData

    from ..recommender import Engine

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="engine that 'irllrec fit --save FOLDER' wrote")]
Json = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
Length = Annotated[int, typer.Option("--k", help="length of a list")]


#: What to do without an engine, for error messages.
MAKE_ONE = "Make one with: irllrec fit DATA --save FOLDER"


class Commands(TyperGroup):
    """A group of commands whose errors are one sentence on standard error.

    Exit codes: 1 for what can be put right by the user, 2 for wrong usage, 130 for an interruption without a result.
    """

    def invoke(self, ctx: Any) -> Any:
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):  # these are kinds of RuntimeError
            raise
        except KeyboardInterrupt:
            typer.echo("irllrec: stopped", err=True)
            raise typer.Exit(130) from None
        except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # a pipe such as '| head' was closed
            from ..corpus.clean import on_one_line  # pandas is not needed before

            typer.echo(f"irllrec: {on_one_line(str(error)) or type(error).__name__}", err=True)
            raise typer.Exit(1) from error


def open_engine(folder: Path, verify: bool = False) -> Engine:
    """Opens the engine of a folder, or of a repository of the Hugging Face Hub.

    Args:
        folder: The folder.
        verify: Whether the hashes of large files are checked too. (default: ``False``)

    Raises:
        FileNotFoundError: The folder holds no engine.
        NotADirectoryError: It is a file.
    """
    from ..recommender import Engine

    if folder.is_file():
        raise NotADirectoryError(f"'{folder}' is a file; give the folder of an engine. {MAKE_ONE}")
    try:
        return Engine.from_pretrained(folder, verify=verify)
    except FileNotFoundError as error:
        if folder.is_dir():
            raise FileNotFoundError(f"{error}. {MAKE_ONE}") from error
        hub = ", and no such repository of the Hugging Face Hub can be fetched" if len(folder.parts) == 2 else ""
        raise FileNotFoundError(f"there is no folder '{folder}'{hub}. {MAKE_ONE}") from error


def check_engine_folder(folder: Path, name: str = "--save") -> None:
    """Checks that an engine can be saved in a folder. The folder may hold other files, which stay.

    Args:
        folder: The folder; it need not exist.
        name: Name of the argument, for error messages. (default: ``"--save"``)

    Raises:
        OSError: It, or a folder in which it would be made, is a file or cannot be written to.

    Examples:
        >>> check_engine_folder(Path("engine"))
        >>> check_engine_folder(Path(__file__) / "engine")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        NotADirectoryError: '--save' is '...', but '...common.py' is a file; name another folder
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
    given = f"'{name}' is '{folder}', but '{existing}'"
    if not existing.is_dir():
        raise NotADirectoryError(f"{given} is a file; name another folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"{given} cannot be written to; name another folder")


def find_ids(data: HeteroData, side: str, given: Sequence[str], name: str) -> list[Any]:
    """Original ids for ids as they are written on a command line, where all are texts.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.
        given: The ids as texts.
        name: Name of the argument, for error messages.

    Raises:
        ValueError: There is no such user or item; the message names ids that are similar.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> data["user"].original_id = [*range(100, 124)]
        >>> find_ids(data, "user", ["107"], "--user"), find_ids(data, "item", ["item 7"], "--item")
        ([107], ['item 7'])
    """
    from ..data import find_nodes

    known = ids_by_text(data, side)
    wanted = [known.get(text, text) for text in given]
    if "original_id" not in data[side] and any(isinstance(value, str) for value in wanted):
        most = data[side].num_nodes - 1
        raise ValueError(f"'{name}' must hold numbers of {side}s, 0 to {most} (got {', '.join(given)})")
    find_nodes(data, side, wanted, name)
    return wanted


def ids_by_text(data: HeteroData, side: str) -> dict[str, Any]:
    """Original ids by their texts. Where two have the same text, the one that is a text is found.

    Args:
        data: The data object.
        side: ``"user"`` or ``"item"``.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> ids_by_text(tiny_data(), "item")["item 3"]
        'item 3'
    """
    ids = data[side].get("original_id")
    ids = range(data[side].num_nodes) if ids is None else ids
    return {str(value): value for value in ids} | {value: value for value in ids if isinstance(value, str)}


def show(table: pd.DataFrame, as_json: bool = False) -> None:
    """Prints a table, or its rows as JSON.

    Args:
        table: The table.
        as_json: Whether it is printed as JSON. (default: ``False``)

    Examples:
        >>> import pandas as pd
        >>> show(pd.DataFrame({"item": ["a", "long"], "score": [1.0, 0.25]}))
        item  score
        a    1.0000
        long 0.2500
    """
    if as_json:
        show_json(table.to_dict("records"))
    elif table.empty:
        typer.echo("(nothing)")
    else:
        typer.echo(render(table))


def show_json(content: Any) -> None:
    """Prints plain data as JSON; values that JSON does not have, such as dates, become texts.

    Args:
        content: The data.

    Examples:
        >>> show_json({"users": 3})
        {
         "users": 3
        }
    """
    from ..corpus.clean import readable

    typer.echo(readable(json.dumps(content, indent=1, ensure_ascii=False, default=str)))


def render(table: pd.DataFrame) -> str:
    """A table as text: texts to the left, numbers to the right and with four digits.

    Args:
        table: The table.

    Examples:
        >>> import pandas as pd
        >>> render(pd.DataFrame({"rank": [1, 10]})).splitlines()
        ['rank', '   1', '  10']
    """
    from pandas.api.types import is_numeric_dtype

    from ..corpus.clean import on_one_line

    shown = table.copy()
    for column in shown.columns[[not is_numeric_dtype(kind) for kind in shown.dtypes]]:
        texts = [on_one_line(str(value)) for value in shown[column]]
        width = max(map(len, [str(column), *texts]))
        shown[column] = [text.ljust(width) for text in texts]
        shown = shown.rename(columns={column: str(column).ljust(width)})
    text = textwrap.dedent(shown.to_string(index=False, float_format="{:.4f}".format))
    return "\n".join(line.rstrip() for line in text.splitlines())

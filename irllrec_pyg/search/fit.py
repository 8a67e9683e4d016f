"""The most accurate ranker for some data, found in one call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from torch_geometric.data import HeteroData

from .._locks import folder_lock
from .._replacing import naming
from ..data import INTERACTS, SPLIT_NAMES, digest, fingerprint
from ..ranking import METRICS
from .budget import Budget, Clock
from .fitted import FittedRanker
from .inputs import load_data
from .outcome import choose, measure
from .part import candidates
from .search import Search
from .texts import encoders_of, features_of, with_texts
from .users import with_fewer_users

if TYPE_CHECKING:
    import pandas as pd

_VERSION = 6  # of the search: a later one may try other things, and then begins anew


def fit(
    data: HeteroData | pd.DataFrame | str | Path,
    budget: Budget | str | float = "10min",
    *,
    encoder: str | Path | None = "auto",
    control: str | None = None,
    controls: bool = True,
    metric: str = "ndcg@20",
    seed: int = 0,
    folder: str | Path = "runs",
    progress: bool | Callable[[str], None] = True,
) -> FittedRanker:
    """Finds the most accurate ranker for some data.

    It tries closed forms first, then models that it trains (`Optuna <https://optuna.org>`_ chooses their settings and
    stops those that fall behind), and blends the best of them. Everything is chosen on the validation split. The test
    split is read once, at the end, for the report.

    A search can be interrupted at any time. Ctrl-C ends it with the best so far, and the same call continues it. What
    it tried is kept in ``folder``, in a journal that Optuna's own tools read.

    Args:
        data: A data object; a table with one interaction per row, as a data frame or a file, see
            :func:`~irllrec_pyg.search.load_data`; or the folder of a corpus.
        budget: Seconds on the clock or a number of trained models, such as ``"10min"`` or ``"20 trials"``. Closed forms
            do not count as trained models. (default: ``"10min"``)
        encoder: Encoder of the data's texts; ``"auto"`` takes the features or the texts that the data holds,
            :obj:`None` reads no text. (default: ``"auto"``)
        control: Text control in place of the features, such as ``"random"``; see :mod:`irllrec_pyg.data.controls`.
            (default: none)
        controls: Whether the report compares chosen rankers that read texts with the same rankers on random and on
            shuffled features. It takes a part of the budget. (default: ``True``)
        metric: Validation metric. (default: ``"ndcg@20"``)
        seed: Seed of everything that is random. (default: ``0``)
        folder: Folder of searches; each gets a folder of its own in it. (default: ``"runs"``)
        progress: Whether to write a line about every step to standard error, or a function that takes these lines.
            (default: ``True``)

    Returns:
        The blend, never worse on the validation split than its best part, with ``report`` and ``data``.

    Raises:
        ValueError: The data has too few interactions for a split, or an argument is out of its range.
        OSError: A file cannot be written, such as on a full disk. The same call continues once it can.
        RuntimeError: Another process works on the same search.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import tiny_data
        >>> ranker = fit(tiny_data(), "1 trial", metric="ndcg@5", folder=tempfile.mkdtemp(), progress=False)
        >>> ranker.score(torch.tensor([0])).shape
        torch.Size([1, 20])
        >>> round(sum(ranker.report.weights.values()), 2)
        1.0
    """
    budget = Budget.parse(budget)
    say = progress if callable(progress) else (_write if progress else lambda line: None)
    given = load_data(data, seed, progress=say)
    _check_metric(metric, given)
    folder = Path(folder)
    prepared, texts = with_texts(given, encoder, control, seed, folder)
    features = features_of(prepared)
    identity = digest("search", _VERSION, fingerprint(prepared, features), metric, seed)
    own = folder / f"fit-{identity}"
    with folder_lock(own), naming(own):
        clock = Clock(budget, own / "clock.json")
        reserve = controls and control is None and bool(features)
        measured, remarks = with_fewer_users(prepared, seed)
        if clock.left(1.2) < 0:
            remarks.append("An earlier call had a larger budget. What it tried counts here too.")
        search = Search(measured, own, clock, metric, seed, say, search_share=0.6 if reserve else 0.8)
        say(f"{texts}; budget {budget}; kept in '{own}'")
        try:
            search.run()
        except KeyboardInterrupt:
            if not candidates(search.parts()):
                raise
            say("interrupted; ending with the best so far")
        outcome = choose(search, controls=reserve)
        settings = {"budget": str(budget), "metric": metric, "seed": seed, "texts": texts, "identity": identity}
        settings["encoders"] = encoders_of(given, encoder)
        report = measure(outcome, settings)
        report.sizes, report.notes = _sizes(prepared), [*remarks, *report.notes]
        clock.save()
        report.seconds, report.memory = clock.spent(), _peak_memory()
        say(f"report: {report.save(own)}")
    ranker = FittedRanker(outcome.blend.parts, outcome.blend.weights)
    ranker.data, ranker.report, ranker.compared = prepared, report, outcome.others
    ranker.sources = outcome.sources
    return ranker


def _check_metric(metric: str, data: HeteroData) -> None:
    name, _, cut = metric.partition("@")
    if name not in METRICS or not cut.isdecimal() or not 1 <= int(cut) <= data["item"].num_nodes:
        raise ValueError(
            f"'metric' must be one of {', '.join(METRICS)} at a cut-off of at most {data['item'].num_nodes}, such as "
            f"'ndcg@20' (got {metric!r})"
        )


def _sizes(data: HeteroData) -> dict[str, Any]:
    splits = {name: data[INTERACTS][key].size(1) for name, key in SPLIT_NAMES.items()}
    return {"users": data["user"].num_nodes, "items": data["item"].num_nodes, **splits}


def _peak_memory() -> float:
    """Largest memory of this process in GiB, or the present one on Windows."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().rss) / 2**30
    import resource

    unit = 2**30 if sys.platform == "darwin" else 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _write(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

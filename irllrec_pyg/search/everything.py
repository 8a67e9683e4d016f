"""The chosen blend, trained on all interactions."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import torch

from .._plain import plain
from ..data import INTERACTS, SPLIT_NAMES
from ..ranking import Standardized
from ..recommender.updating.train import train_exactly
from .fitted import FittedRanker

_NOTE = "The blend was trained again on all interactions, the held-out ones included; all figures are from before."


def fit_on_everything(ranker: FittedRanker) -> FittedRanker:
    """Trains a chosen blend again on training, validation and test interactions together, as the last step before it
    is used. Settings, weights and numbers of epochs are those that the validation split chose; nothing is held out.

    The report keeps the figures of the search: the new ranker cannot be measured any more.

    Args:
        ranker: What :func:`~irllrec_pyg.fit` returned; it is left as it is.

    Returns:
        The blend, whose ``data`` have all interactions in the training split.

    Raises:
        ValueError: The ranker was loaded from a folder, and has no data.

    Examples:
        >>> import tempfile
        >>> import irllrec_pyg
        >>> from irllrec_pyg.testing import tiny_data
        >>> folder = tempfile.mkdtemp()
        >>> ranker = irllrec_pyg.fit(tiny_data(), "1 trial", metric="ndcg@5", folder=folder, progress=False)
        >>> everything = fit_on_everything(ranker)
        >>> everything.data["user", "interacts", "item"].edge_index.shape
        torch.Size([2, 192])
        >>> everything.weights == ranker.weights
        True
    """
    if ranker.data is None or not ranker.sources:
        raise ValueError("'ranker' was loaded, and has no data; call fit with the same data and folder again")
    data = copy(ranker.data)
    pairs = [plain(data[INTERACTS][name]).long() for name in SPLIT_NAMES.values()]
    for name in SPLIT_NAMES.values():
        data[INTERACTS][name] = pairs[0][:, :0]
    data[INTERACTS].edge_index = torch.cat(pairs, dim=1)
    found = [train_exactly(source, data) for source in ranker.sources]
    result = FittedRanker([Standardized(part) for part, _ in found], ranker.weights)
    result.data, result.sources = data, [source for _, source in found]
    if ranker.report is not None:
        result.report = replace(ranker.report, notes=[*ranker.report.notes, _NOTE])
    return result

"""How a ranker was made, so that it can be made again from more data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

if TYPE_CHECKING:
    from ...recipes import Run

_FILE = "sources.safetensors"


@dataclass(frozen=True)
class Source:
    """How a ranker was made: its recipe and, if it was trained, its weights.

    An :class:`~irllrec_pyg.Engine` holds one per part of its blend, so that :func:`~irllrec_pyg.recommender.update` can
    continue training.

    Args:
        recipe: The recipe as plain data, see :meth:`Recipe.to_dict <irllrec_pyg.recipes.Recipe.to_dict>`.
        seed: Seed of training. (default: ``0``)
        epochs: Number of epochs after which the weights were best on the validation split. (default: ``0``, for a
            closed form)
        state: The weights of the model, by name; without them, it is trained from the beginning. (default: none)

    Examples:
        >>> from irllrec_pyg.recipes import Recipe
        >>> from irllrec_pyg.testing import tiny_data
        >>> run = Recipe({"name": "lightgcn"}, trainer={"max_epochs": 3}).fit(tiny_data())
        >>> source = Source.from_run(run)
        >>> source.epochs, source.state["embedding"].shape
        (3, torch.Size([44, 32]))
    """

    recipe: Mapping[str, Any]
    seed: int = 0
    epochs: int = 0
    state: Mapping[str, Tensor] | None = None

    @classmethod
    def from_run(cls, run: Run) -> Source:
        """Describes a run.

        Args:
            run: What :meth:`Recipe.fit <irllrec_pyg.recipes.Recipe.fit>` returned, or the run of a closed form.

        Raises:
            ValueError: The model of the run is not trained yet.
        """
        recipe = run.recipe.to_dict()
        if run.trainer is None:
            return cls(recipe, run.seed)
        if run.result is None:
            raise ValueError("'run' is not trained yet; call run.fit() first")
        return cls(recipe, run.seed, run.result.best_epoch or run.result.epoch, state_of(run.model))


def state_of(model: nn.Module) -> dict[str, Tensor]:
    """Copy of a model's weights on the CPU.

    Args:
        model: The model.

    Examples:
        >>> sorted(state_of(nn.Linear(2, 1)))
        ['bias', 'weight']
    """
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def save_sources(folder: str | Path, sources: Sequence[Source]) -> Path:
    """Saves the sources of an engine as one file, which is complete or as it was before.

    Args:
        folder: The folder; created if it is missing.
        sources: The sources.

    Returns:
        The file.

    Examples:
        >>> import tempfile
        >>> file = save_sources(tempfile.mkdtemp(), [Source({"model": {"name": "ease"}})])
        >>> load_sources(file.parent)
        [Source(recipe={'model': {'name': 'ease'}}, seed=0, epochs=0, state=None)]
    """
    from ...training import write_checkpoint

    file = Path(folder) / _FILE
    tensors = {
        f"{row}.{name}": tensor.clone()  # safetensors refuses tensors that share memory
        for row, source in enumerate(sources)
        for name, tensor in (source.state or {}).items()
    }
    entries = [
        {"recipe": source.recipe, "seed": source.seed, "epochs": source.epochs, "trained": source.state is not None}
        for source in sources
    ]
    write_checkpoint(file, tensors, {"sources": entries})
    return file


def load_sources(folder: str | Path) -> list[Source]:
    """Loads what :func:`save_sources` saved; nothing where there is no such file.

    Args:
        folder: The folder.

    Raises:
        ValueError: The file is damaged.

    Examples:
        >>> import tempfile
        >>> load_sources(tempfile.mkdtemp())
        []
    """
    from ...training import read_checkpoint

    file = Path(folder) / _FILE
    if not file.is_file():
        return []
    tensors, meta = read_checkpoint(file)
    sources = []
    for row, entry in enumerate(meta["sources"]):
        start = f"{row}."
        state = {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
        sources.append(Source(entry["recipe"], entry["seed"], entry["epochs"], state if entry["trained"] else None))
    return sources

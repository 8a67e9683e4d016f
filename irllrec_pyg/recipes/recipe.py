"""A recipe: all that makes a ranker, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData

from .._io import read_toml, write_text, write_toml
from ..data import digest, fingerprint
from ..models import BACKBONES, CLOSED_FORMS, ENHANCERS, STANDALONE
from ..training import Trainer
from .build import blend_of, build_model, build_parts
from .features import with_features
from .presets import load_preset
from .run import Run
from .tables import arguments, name_of, replaced

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Recipe:
    """All that makes a ranker: model, text, training and blend. Plain data goes in, and plain data comes out.

    Build one by hand, from a preset (:meth:`from_preset`) or from a file (:meth:`load`). A recipe and a seed always give
    the same ranker on the same data.

    Args:
        model: ``name`` of a backbone, a closed form or a stand-alone model, and its arguments.
        enhancers: ``name`` and arguments of each enhancer, the innermost first. (default: none)
        blend: ``name``, ``weight`` and arguments of each closed form whose scores are added to the model's.
            (default: none)
        text: ``encoder``, what encodes the data's texts, see :func:`~irllrec_pyg.text.text_features`, and ``control``,
            what replaces the features, see :mod:`irllrec_pyg.data.controls`. Without an encoder the features that the
            data holds are read. (default: none)
        trainer: Arguments of :class:`~irllrec_pyg.training.Trainer`. (default: none)
        start: Recipe of the trained backbone from which training continues. (default: random weights)

    Raises:
        ValueError: A name is unknown, a table has no name, or parts do not go together.

    Examples:
        >>> recipe = Recipe({"name": "lightgcn", "num_layers": 2}, trainer={"max_epochs": 3})
        >>> recipe.to_dict()
        {'model': {'name': 'lightgcn', 'num_layers': 2}, 'trainer': {'max_epochs': 3}}
        >>> from irllrec_pyg.testing import tiny_data
        >>> fitted = recipe.fit(tiny_data(), seed=0)
        >>> fitted.evaluate("test")["recall@5"] > 0
        True
    """

    model: Table
    enhancers: Sequence[Table] = ()
    blend: Sequence[Table] = ()
    text: Table = field(default_factory=dict)
    trainer: Table = field(default_factory=dict)
    start: Recipe | None = None

    def __post_init__(self) -> None:
        known = {*BACKBONES, *CLOSED_FORMS, *STANDALONE}
        if name_of(self.model, "model") not in known:
            raise ValueError(f"there is no model {self.model['name']!r}; choose one of {', '.join(sorted(known))}")
        for table in self.enhancers:
            ENHANCERS[name_of(table, "enhancers")]
        for table in self.blend:
            CLOSED_FORMS[name_of(table, "blend")]
        if unknown := set(self.text) - {"encoder", "control"}:
            raise ValueError(f"'text' holds {sorted(unknown)}; it takes 'encoder' and 'control'")
        if self.is_closed_form and (self.enhancers or self.start or self.trainer):
            raise ValueError(f"{self.model['name']!r} is not trained; leave out 'enhancers', 'start' and 'trainer'")
        if self.start is not None and (self.start.is_closed_form or self.start.enhancers):
            raise ValueError("'start' must be the recipe of a bare model that is trained")

    @classmethod
    def from_preset(cls, dataset: str, method: str, **text: Any) -> Recipe:
        """Takes the settings of a method on a dataset from the presets.

        Args:
            dataset: Name of the dataset, such as ``"lastfm"``.
            method: A model, followed by what is added to it, such as ``"lightgcn"``, ``"lightgcn+text-ranking"`` or
                ``"strong+text"``; see :func:`~irllrec_pyg.recipes.preset_names`.
            **text: ``encoder`` and ``control``. (default: none)

        Raises:
            ValueError: There is no such preset; the message lists those that exist.

        Examples:
            >>> Recipe.from_preset("lastfm", "ease").to_dict()
            {'model': {'name': 'ease', 'l2_weight': 100.0}}
        """
        return cls.from_dict({**load_preset(dataset, method), "text": text})

    @classmethod
    def from_dict(cls, tables: Table) -> Recipe:
        """Makes a recipe from plain data, as :meth:`to_dict` returns it.

        Raises:
            ValueError: A table is unknown, or as the class.

        Examples:
            >>> Recipe.from_dict({"model": {"name": "ease"}}).is_closed_form
            True
        """
        unknown = set(tables) - {part.name for part in fields(cls)}
        if unknown or "model" not in tables:
            raise ValueError(
                f"a recipe has {', '.join(part.name for part in fields(cls))}, of which 'model' is needed (got "
                f"{', '.join(map(repr, tables)) or 'nothing'})"
            )
        tables = deepcopy(dict(tables))
        start = tables.get("start")
        return cls(**{**tables, "start": cls.from_dict(start) if isinstance(start, Mapping) else start})

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data; what is empty is left out."""
        tables = {part.name: getattr(self, part.name) for part in fields(self)}
        tables["start"] = self.start.to_dict() if self.start is not None else None
        plain: dict[str, Any] = json.loads(json.dumps({name: value for name, value in tables.items() if value}))
        return plain

    @classmethod
    def load(cls, file: str | Path) -> Recipe:
        """Reads a recipe from a ``.toml`` or ``.json`` file.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is damaged, or as :meth:`from_dict`.
        """
        file = Path(file)
        if file.suffix == ".toml":
            return cls.from_dict(read_toml(file))
        if file.suffix != ".json":
            raise ValueError(f"cannot read a recipe from '{file}'; give a .toml or .json file")
        try:
            return cls.from_dict(json.loads(file.read_text(encoding="utf-8")))
        except json.JSONDecodeError as error:
            raise ValueError(f"'{file}' is damaged: {error}") from error

    def save(self, file: str | Path) -> Path:
        """Writes the recipe to a ``.toml`` or ``.json`` file, which :meth:`load` reads.

        Raises:
            ValueError: The file has another suffix.
        """
        file = Path(file)
        if file.suffix == ".toml":
            write_toml(file, self.to_dict())
        elif file.suffix == ".json":
            write_text(file, json.dumps(self.to_dict(), indent=2) + "\n")
        else:
            raise ValueError(f"cannot write a recipe to '{file}'; give a .toml or .json file")
        return file

    def replace(self, settings: Table) -> Recipe:
        """A copy with some settings replaced.

        Args:
            settings: New values by dotted names, such as ``{"model.num_layers": 2, "enhancers.0.weight": 0.1}``;
                :obj:`None` removes an entry.

        Raises:
            ValueError: A position of a list does not exist, or as the class.

        Examples:
            >>> recipe = Recipe({"name": "ease", "l2_weight": 1.0}).replace({"model.l2_weight": 50.0})
            >>> recipe.model["l2_weight"]
            50.0
        """
        return type(self).from_dict(replaced({"enhancers": [], "blend": [], **self.to_dict()}, settings))

    @property
    def is_closed_form(self) -> bool:
        """Whether nothing is trained."""
        return self.model["name"] in CLOSED_FORMS

    @property
    def features_read(self) -> tuple[str, ...]:
        """Names of the node features that the recipe reads; none where it reads no text."""
        model = {**BACKBONES, **CLOSED_FORMS, **STANDALONE}[self.model["name"]]
        found = [(model, self.model)]
        found += [(ENHANCERS[table["name"]], table) for table in self.enhancers]
        found += [(CLOSED_FORMS[table["name"]], table) for table in self.blend]
        names = [name for kind, table in found for name in kind.features_read(**arguments(table))]
        return tuple(dict.fromkeys(names))

    def prepare(self, data: HeteroData, seed: int = 0, folder: str | Path | None = None) -> HeteroData:
        """The data with the features that the recipe reads, after encoder and control. Data of which no features are
        read stay as they are.

        Args:
            data: The data object; it is left as it is.
            seed: Seed of the control. (default: ``0``)
            folder: Folder in which encoded texts are kept. (default: they are not kept)

        Raises:
            ValueError: The data has neither features nor texts.
        """
        return with_features(data, self.features_read, seed=seed, folder=folder, **self.text)

    def identity(self, data: HeteroData, seed: int = 0) -> str:
        """Hash of everything that the result depends on: splits, features, recipe and seed.

        Args:
            data: The prepared data, see :meth:`prepare`.
            seed: The seed. (default: ``0``)
        """
        return digest(fingerprint(data, self.features_read), self.to_dict(), seed)

    def build(self, data: HeteroData, seed: int = 0, folder: str | Path | None = None, **trainer: Any) -> Run:
        """Makes everything, and trains nothing but ``start``.

        Arguments and errors are those of :meth:`fit`.
        """
        data = self.prepare(data, seed, folder)
        if self.is_closed_form:
            return Run(self, data, seed, closed_form=blend_of([{"weight": 1.0, **self.model}, *self.blend], data))
        start = self.start.fit(data, seed, folder, **trainer).model if self.start is not None else None
        checkpoint = None
        if folder is not None:
            checkpoint = Path(folder) / f"{self.model['name']}-{self.identity(data, seed)}.safetensors"
        run = Trainer(
            build_model(self.model, self.enhancers, data, seed, start),
            data,
            seed=seed,
            blend_with=build_parts(self.blend, data),
            checkpoint=checkpoint,
            **{**trainer, **self.trainer},
        )
        return Run(self, data, seed, trainer=run)

    def fit(self, data: HeteroData, seed: int = 0, folder: str | Path | None = None, **trainer: Any) -> Run:
        """Makes the ranker.

        Args:
            data: The data object.
            seed: Seed of the initial weights, of training and of the control. (default: ``0``)
            folder: Folder of checkpoints and encoded texts. An interrupted fit continues where it was, and a finished
                one is only read. (default: nothing is kept)
            **trainer: Arguments of the trainer that change no result, such as ``progress`` and ``accelerator``.

        Raises:
            ValueError: The data has nothing to train on, or lacks texts.
        """
        return self.build(data, seed, folder, **trainer).fit()

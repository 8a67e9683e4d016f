"""Recipes: everything that makes a ranker, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch_geometric.data import HeteroData

from ..data import digest, fingerprint
from ..models import CLOSED_FORMS
from ..training import Trainer
from .build import build_closed_form, build_model, build_parts
from .features import with_features
from .files import naming, read_tables, write_tables
from .parts import check_parts, parts_of, plain_tables, settings_of
from .presets import load_preset
from .run import Run
from .tables import Table, arguments, plain, replaced

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass(frozen=True)
class Recipe:
    """Everything that makes a ranker, as plain data: model, enhancers, blend, text and training.

    Write one by hand, take it from a preset (:meth:`from_preset`) or read it from a file (:meth:`load`). On the same
    data, a recipe and a seed always give the same ranker.

    Args:
        model: ``name`` and arguments of a backbone, a closed form or a stand-alone model.
        enhancers: ``name`` and arguments of each enhancer, the innermost first. (default: none)
        blend: ``name``, ``weight`` (default: 1) and arguments of each closed form whose scores are added.
            (default: none)
        text: ``encoder`` of the data's texts, see :func:`~irllrec_pyg.text.text_features`, and text ``control``, see
            :mod:`irllrec_pyg.data.controls`. Without an encoder, the features that the data holds are read.
            (default: none)
        trainer: Arguments of :class:`~irllrec_pyg.training.Trainer`. (default: none)
        start: Recipe of the bare model, trained first, from which training continues. It reads the same texts.
            (default: training starts from random weights)

    Raises:
        ValueError: A name or an argument is unknown, a value is not plain data, or the parts do not go together.

    Examples:
        >>> recipe = Recipe({"name": "lightgcn", "num_layers": 2}, trainer={"max_epochs": 3})
        >>> recipe.to_dict()
        {'model': {'name': 'lightgcn', 'num_layers': 2}, 'trainer': {'max_epochs': 3}}
        >>> from irllrec_pyg.testing import tiny_data
        >>> run = recipe.fit(tiny_data(), seed=0)
        >>> run.evaluate("test")["recall@5"] > 0
        True
    """

    model: Table
    enhancers: Sequence[Table] = ()
    blend: Sequence[Table] = ()
    text: Table = field(default_factory=dict)
    trainer: Table = field(default_factory=dict)
    start: Recipe | None = None

    def __post_init__(self) -> None:
        if self.start is not None and not isinstance(self.start, Recipe):
            raise ValueError(f"'start' must be a recipe (got {self.start!r}); see Recipe.from_dict")
        for name, table in plain_tables(self).items():
            object.__setattr__(self, name, table)
        check_parts(self)

    @classmethod
    def from_preset(
        cls, dataset: str, method: str, encoder: str | Path | None = None, control: str | None = None
    ) -> Recipe:
        """Takes the settings of a method on a dataset from the presets.

        Args:
            dataset: Name of the dataset, such as ``"lastfm"``.
            method: A model, followed by what is added to it, such as ``"lightgcn"``, ``"lightgcn+text-ranking"`` or
                ``"strong+text"``; see :func:`~irllrec_pyg.recipes.preset_names`.
            encoder: Encoder of the data's texts. (default: the features that the data holds are read)
            control: Name of a text control. (default: none)

        Raises:
            ValueError: There is no such preset or control; the message lists those that exist.

        Examples:
            >>> Recipe.from_preset("lastfm", "ease").to_dict()
            {'model': {'name': 'ease', 'l2_weight': 100.0}}
        """
        text = {"encoder": encoder if encoder is None else str(encoder), "control": control}
        given = {name: value for name, value in text.items() if value is not None}
        return cls.from_dict({**load_preset(dataset, method), "text": given})

    @classmethod
    def from_dict(cls, tables: Table) -> Recipe:
        """Makes a recipe from plain data, as :meth:`to_dict` returns it.

        Raises:
            ValueError: A table is unknown, or see the class.

        Examples:
            >>> Recipe.from_dict({"model": {"name": "ease"}}).is_closed_form
            True
        """
        known = [part.name for part in fields(cls)]
        unknown = sorted(set(tables) - {*known})
        if unknown or "model" not in tables:
            problem = f"there is no {unknown[0]!r}" if unknown else "'model' is missing"
            raise ValueError(f"a recipe consists of {', '.join(known)}; {problem}")
        start = tables.get("start")
        return cls(**{**tables, "start": cls.from_dict(start) if isinstance(start, Mapping) else start})

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain data, without empty tables."""
        tables = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "start"}
        if self.start is not None:
            tables["start"] = self.start.to_dict()
        return {name: plain(value, name) for name, value in tables.items() if value}

    @classmethod
    def load(cls, file: str | Path) -> Recipe:
        """Reads a recipe from a ``.toml`` or ``.json`` file.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is damaged, has another suffix, or holds no recipe.
        """
        tables = read_tables(file)
        with naming(file):
            return cls.from_dict(tables)

    def save(self, file: str | Path) -> Path:
        """Writes the recipe to a ``.toml`` or ``.json`` file, which :meth:`load` reads.

        Raises:
            ValueError: The file has another suffix.
        """
        return write_tables(file, self.to_dict())

    def replace(self, settings: Table) -> Recipe:
        """A copy of the recipe with other settings.

        Args:
            settings: New values by dotted names, such as ``{"model.num_layers": 2, "enhancers.irllrec.scale": 0.1}``; a
                list is entered by position or by ``name``. :obj:`None` removes an entry.

        Raises:
            ValueError: A name leads nowhere, or see the class.

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
        """Names of the node features that the recipe reads; empty where it reads no text."""
        names = [name for part in parts_of(self) for name in part.cls.features_read(**arguments(part.table))]
        return tuple(dict.fromkeys([*names, *(self.start.features_read if self.start is not None else ())]))

    def prepare(self, data: HeteroData, seed: int = 0, folder: str | Path | None = None) -> HeteroData:
        """The data with the features that the recipe reads, after encoder and control.

        Args:
            data: The data object; it is left as it is.
            seed: Seed of the control. (default: ``0``)
            folder: Folder in which encoded texts are kept. (default: they are not kept)

        Raises:
            ValueError: The data has neither features nor texts.
        """
        return with_features(data, self.features_read, seed=seed, folder=folder, **self.text)

    def identity(self, data: HeteroData, seed: int = 0, folder: str | Path | None = None) -> str:
        """Hash of everything that the result depends on: splits, features that are read, settings and seed.

        Encoder and control count through the features that they give: the same encoder in another folder is the same,
        and another encoder under the same name is not. Defaults count like written settings.

        Args:
            data: The data object.
            seed: The seed. (default: ``0``)
            folder: Folder in which encoded texts are kept. (default: they are not kept)
        """
        return self._identity(self.prepare(data, seed, folder), seed)

    def build(
        self,
        data: HeteroData,
        seed: int = 0,
        folder: str | Path | None = None,
        accelerator: Accelerator | None = None,
        progress: bool = True,
    ) -> Run:
        """Builds everything and trains nothing but ``start``. Arguments and errors are those of :meth:`fit`."""
        data = self.prepare(data, seed, folder)
        identity = self._identity(data, seed)
        if self.is_closed_form:
            return Run(self, data, seed, identity, closed_form=build_closed_form([self.model, *self.blend], data))
        start = None if self.start is None else self.start.fit(data, seed, folder, accelerator, progress).model
        trainer = Trainer(
            build_model(self.model, self.enhancers, data, seed, start),
            data,
            seed=seed,
            blend_with=build_parts(self.blend, data),
            checkpoint=None if folder is None else Path(folder) / f"{self.model['name']}-{identity}.safetensors",
            accelerator=accelerator,
            progress=progress,
            **self.trainer,
        )
        return Run(self, data, seed, identity, trainer)

    def fit(
        self,
        data: HeteroData,
        seed: int = 0,
        folder: str | Path | None = None,
        accelerator: Accelerator | None = None,
        progress: bool = True,
    ) -> Run:
        """Builds and trains the ranker.

        Args:
            data: The data object.
            seed: Seed of the initial weights, of training and of the control. (default: ``0``)
            folder: Folder of checkpoints and encoded texts. An interrupted fit continues where it stopped, and a
                finished one is only read. (default: nothing is kept)
            accelerator: Device and precision, see :class:`~irllrec_pyg.training.Trainer`. (default: any accelerator
                that there is)
            progress: Whether to show a progress bar. (default: ``True``)

        Raises:
            ValueError: The data has nothing to train on, or lacks texts.
        """
        return self.build(data, seed, folder, accelerator, progress).fit()

    def _identity(self, data: HeteroData, seed: int) -> str:
        return digest(fingerprint(data, self.features_read), settings_of(self), seed)

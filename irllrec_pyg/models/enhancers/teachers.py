"""Momentum teachers of a model's modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from torch import nn

from ...nn import MomentumCopy


class Teachers(nn.ModuleDict):
    """Momentum copies (:class:`~irllrec_pyg.nn.MomentumCopy`) of modules, by the names of their students.

    Modules without parameters are not copied: they are their own teachers.

    Args:
        students (dict, optional): Modules by name. (default: none)
        momentum (float, optional): Decay of the copies. (default: :obj:`0.999`)

    Examples:
        >>> students = {"tower": torch.nn.Linear(4, 2), "activation": torch.nn.ReLU()}
        >>> teachers = Teachers(students, momentum=0.9)
        >>> list(teachers), teachers.lookup(students)["activation"]
        (['tower'], ReLU())
    """

    def __init__(self, students: Mapping[str, nn.Module] | None = None, momentum: float = 0.999) -> None:
        learned = {name: module for name, module in (students or {}).items() if [*module.parameters()]}
        super().__init__({name: MomentumCopy(module, momentum) for name, module in learned.items()})

    def lookup(self, students: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
        """The teacher of each student.

        Args:
            students: The modules that were copied, by name.
        """
        return {
            name: cast(MomentumCopy, self[name]).module if name in self else module for name, module in students.items()
        }

    def follow(self, students: Mapping[str, nn.Module]) -> None:
        """Moves the teachers towards their students.

        Args:
            students: The modules that were copied, by name.
        """
        for name, teacher in self.items():
            cast(MomentumCopy, teacher).update_parameters(students[name])

    def restart(self, students: Mapping[str, nn.Module]) -> None:
        """Makes the teachers equal to their students.

        Args:
            students: The modules that were copied, by name.
        """
        for name, teacher in self.items():
            cast(MomentumCopy, teacher).module.load_state_dict(students[name].state_dict())

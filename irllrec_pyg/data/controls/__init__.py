"""Text controls: features that keep their form and lose their meaning.

A claim that text helps holds beyond the gain that the same model has with such features. A new control is one file in
this folder, or a function that a package registers::

    @CONTROLS.register("mine")
    def mine(data, names, seed): ...
"""

from .registry import CONTROLS, Control, apply_control

__all__ = ["CONTROLS", "Control", "apply_control"]

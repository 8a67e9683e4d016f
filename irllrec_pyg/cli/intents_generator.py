"""The language model of the command ``irllrec intents build``."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

from ..text import ENGINES, ChatGenerator

_OPTIONS = ("batch_size", "max_new_tokens", "context_length", "share_prefix", "dtype", "load_in_4bit")


def make_generator(settings: Mapping[str, Any], given: Mapping[str, Any]) -> ChatGenerator:
    """The model of the settings, in the engine of the settings.

    Args:
        settings: Settings of the folder, among them ``model``. Those that the engine does not have are left out: an
            earlier run may have used another engine.
        given: Settings that were given now. The engine must have them.

    Raises:
        ValueError: The engine does not have an option that was given.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> settings = {"model": save_tiny_llm(tempfile.mkdtemp()), "free_form": True, "batch_size": 8}
        >>> make_generator(settings, {}).batch_size
        8
    """
    name = settings.get("engine", "transformers")
    engine = ENGINES[name]
    known = signature(engine).parameters
    foreign = [f"--{option.replace('_', '-')}" for option in _OPTIONS if option in given and option not in known]
    if foreign:
        raise ValueError(f"the engine {name!r} has no option {' or '.join(foreign)}; leave it out")
    options = {option: settings[option] for option in _OPTIONS if option in settings and option in known}
    return engine(settings["model"], enforce_json=not settings.get("free_form", False), **options)

"""Loading models without the progress bars of transformers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_loading(notices: bool = True) -> Iterator[None]:
    """Hides the progress bars of transformers, for models that are loaded in a moment. Afterwards its settings are as
    they were before.

    Args:
        notices: Whether its notices and warnings are still shown. (default: ``True``)

    Examples:
        >>> from transformers.utils import logging
        >>> before = logging.is_progress_bar_enabled()
        >>> with quiet_loading():
        ...     logging.is_progress_bar_enabled()
        False
        >>> logging.is_progress_bar_enabled() == before
        True
    """
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars  # type: ignore[attr-defined]
    from transformers.utils import logging

    shown, hub_shown, level = (
        logging.is_progress_bar_enabled(),
        not are_progress_bars_disabled(),
        logging.get_verbosity(),
    )
    if shown:
        logging.disable_progress_bar()
    if not notices:
        logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
            if not hub_shown:  # transformers switches the bars of huggingface_hub together with its own
                disable_progress_bars()

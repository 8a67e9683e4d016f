"""Loading is quiet, and leaves the settings of transformers as they were."""

import pytest
from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from transformers.utils import logging

from irllrec_pyg.text import IntentGenerator, Prompt, TextEncoder
from irllrec_pyg.text.quiet import quiet_loading


@pytest.fixture(autouse=True)
def bars():
    """Bars are shown, and are again after the test."""
    logging.enable_progress_bar()
    yield
    logging.enable_progress_bar()


def test_an_encoder_is_loaded_without_a_bar(tiny_llama, capfd):
    TextEncoder(tiny_llama)
    assert "Loading weights" not in capfd.readouterr().err
    assert logging.is_progress_bar_enabled() and not are_progress_bars_disabled()


def test_a_language_model_is_loaded_without_a_bar(tiny_llama, capfd):
    IntentGenerator(tiny_llama, max_new_tokens=2, enforce_json=False).generate([Prompt("Say.", ("a", "b"), "c", "1")])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("hub_shown", [True, False])
def test_settings_are_restored_after_an_error_too(shown, hub_shown):
    if not shown:
        logging.disable_progress_bar()
    (enable_progress_bars if hub_shown else disable_progress_bars)()
    level = logging.get_verbosity()
    with pytest.raises(OSError), quiet_loading(notices=False):
        assert not logging.is_progress_bar_enabled() and logging.get_verbosity() == logging.ERROR
        raise OSError
    assert logging.is_progress_bar_enabled() is shown and are_progress_bars_disabled() is not hub_shown
    assert logging.get_verbosity() == level

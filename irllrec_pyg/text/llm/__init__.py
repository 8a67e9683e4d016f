"""A local language model that answers prompts."""

from .generator import IntentGenerator, process_state
from .local_model import find_model, model_revision

__all__ = ["IntentGenerator", "find_model", "model_revision", "process_state"]

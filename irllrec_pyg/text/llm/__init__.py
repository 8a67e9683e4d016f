"""A local language model that answers prompts."""

from .generator import IntentGenerator
from .loading import process_state

__all__ = ["IntentGenerator", "process_state"]

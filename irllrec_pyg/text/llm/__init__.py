"""A local language model that answers prompts."""

from .chat_generator import ChatGenerator
from .engines import ENGINES
from .engines.llama_cpp import LlamaCppGenerator
from .engines.vllm import VLLMGenerator
from .generator import IntentGenerator
from .loading import process_state

__all__ = ["ENGINES", "ChatGenerator", "IntentGenerator", "LlamaCppGenerator", "VLLMGenerator", "process_state"]

"""From raw text to intents, and from intents to features, with models on this machine."""

from .answer import ANSWER_SCHEMA, IntentAnswer, parse_answer
from .corpus_prompts import assert_training_only, item_prompts, user_prompts
from .encoder import TextEncoder
from .feature_file import encode_intents, encode_to_file
from .features import encode_told, text_features
from .generator import IntentGenerator
from .intent_texts import answer_text, intent_texts
from .intents import answer_prompts, state_intents, summary
from .local_model import find_model, model_revision
from .prompt import DOMAINS, Prompt, PromptWriter, Taken
from .quote import TokenBudget, quote
from .store import IntentStore, Record, answer_key
from .words import word_features

__all__ = [
    "ANSWER_SCHEMA",
    "DOMAINS",
    "IntentAnswer",
    "IntentGenerator",
    "IntentStore",
    "Prompt",
    "PromptWriter",
    "Record",
    "Taken",
    "TextEncoder",
    "TokenBudget",
    "answer_key",
    "answer_prompts",
    "answer_text",
    "assert_training_only",
    "encode_intents",
    "encode_to_file",
    "encode_told",
    "find_model",
    "intent_texts",
    "item_prompts",
    "model_revision",
    "parse_answer",
    "quote",
    "state_intents",
    "summary",
    "text_features",
    "word_features",
    "user_prompts",
]

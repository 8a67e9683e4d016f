"""A generator whose answers are given."""

import zlib

from irllrec_pyg.text import IntentGenerator

GOOD = '{"likes": ["calm"], "dislikes": [], "intent": "Someone who wants a calm film."}'


def good(prompt):
    """A good answer, another one for each prompt."""
    name = f"{zlib.crc32(prompt.data.encode()):x}"
    return GOOD.replace("calm film", f"film like {name} and not unlike {name}, or none")


class Scripted:
    """A generator that answers as it is told, and counts."""

    revision, decoding = "scripted", {"a": 1}

    def __init__(self, tiny_llama, answer=lambda prompt, sample: good(prompt), batch_size=4):
        self.answer, self.asked, self.batch_size = answer, [], batch_size
        self.state, self.name = IntentGenerator(tiny_llama, enforce_json=False).state, "scripted"

    def length(self, prompt):
        return len(prompt.data)

    def generate(self, prompts, sample=False, seed=0):
        self.asked += [prompt.data for prompt in prompts]
        assert len(prompts) <= self.batch_size
        return [self.answer(prompt, sample) for prompt in prompts]

"""Synthetic reviews and their intents: raw files, a corpus, prompts, answers of a language model, features.

The answers of SmolLM2-135M-Instruct are recorded beside this script. With ``regenerate`` a local model answers again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from torch_geometric.data import HeteroData

from irllrec_pyg.corpus import build_corpus, load_corpus, read_amazon_2023
from irllrec_pyg.datasets import ReviewDataset, write_reviews
from irllrec_pyg.text import (
    IntentGenerator,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
    summary,
)

RECORDED = Path(__file__).parent / "recorded" / "synthetic"


def synthetic_reviews(folder: Path, encoder: str, llm: str, regenerate: bool = False) -> HeteroData:
    """The data object of synthetic movie reviews, with intent features.

    Args:
        folder: Folder of all files.
        encoder: Folder or package of a text encoder.
        llm: Folder, GGUF file or package of a chat model.
        regenerate: Whether the model answers all prompts again. (default: ``False``)
    """
    if not (folder / "manifest.json").is_file():
        write_reviews(folder / "raw")
        build_corpus(read_amazon_2023(folder / "raw" / "reviews.jsonl", folder / "raw" / "meta.jsonl"), folder)
    corpus, intents = load_corpus(folder), folder / "intents"
    if regenerate:
        shutil.rmtree(intents, ignore_errors=True)
    elif not intents.is_dir():
        shutil.copytree(RECORDED, intents)
    # An answer is recorded under a hash of its prompt, model and decoding. What fits none of them is asked again.
    generator, store = IntentGenerator(llm, max_new_tokens=160, dtype="float32"), IntentStore(intents)
    writer = PromptWriter("movies", TokenBudget(generator.tokenizer), max_entries=6, entry_tokens=48)
    generate_intents(corpus, writer, generator, store)
    for side, counts in summary(store).items():
        print(f"intents of {side} by {llm}: {counts}")
    encode_intents(corpus, store, TextEncoder(encoder), folder)
    return ReviewDataset(folder)[0]

"""A small corpus, and a writer of its prompts."""

import pytest
from transformers import AutoTokenizer

from irllrec_pyg.corpus import build_corpus, load_corpus, read_amazon_2023
from irllrec_pyg.datasets import write_reviews
from irllrec_pyg.text import PromptWriter, TokenBudget


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    write_reviews(folder / "raw", 16, 40)
    raw = read_amazon_2023(folder / "raw" / "reviews.jsonl", folder / "raw" / "meta.jsonl")
    build_corpus(raw, folder / "corpus", k=3)
    return folder / "corpus"


@pytest.fixture
def corpus(folder):
    return load_corpus(folder)


@pytest.fixture(scope="session")
def writer(tiny_llama):
    budget = TokenBudget(AutoTokenizer.from_pretrained(tiny_llama))
    return PromptWriter("movies", budget, 4000, max_entries=3, entry_tokens=60)

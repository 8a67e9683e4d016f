"""Whether explanations are true: removal of the named items, planted intents, and explanations by a large LLM.

python -m benchmarks.faithfulness --dataset lastfm --root DIR
python -m benchmarks.faithfulness --dataset google --root DIR
python -m benchmarks.faithfulness --dataset synthetic --seeds 0 1 2

``removal``: the top recommendation of each user is scored again from the history without the items that the explanation
names, and without as many other items drawn at random. ``value`` is the mean over users of how much the standardised
score falls, or of how many ranks are lost; of ``..._difference`` the named items minus the random ones, with the
p-value of a Wilcoxon signed-rank test.

``planted`` (synthetic data): share of users for whom the first named word, all named words, or the named prototype
belong to an intent that was planted for the user. A word belongs to the intents whose phrases hold it, and a prototype
to the intent whose phrases hold most of its five typical words; the truth is not read for that. Words and prototypes
that belong to no intent count as wrong. ``..._permuted`` compares with the intents of other users. Users write of
their own intents only, so that words of a user's text are easy; those of the history's texts are not, because items
serve other intents too.

``llm`` (Google): cosine of our sentences and the explanation that a large language model wrote from the user's own
review, for pairs whose item has a text, and the same with the explanations permuted. These explanations judge only;
no ranker and no explanation of ours reads them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any

import torch
from scipy import stats
from torch import Tensor
from torch_geometric.data import HeteroData

from irllrec_pyg.data import INTERACTS, set_features
from irllrec_pyg.datasets import load_dataset
from irllrec_pyg.datasets.synthetic import INTENTS
from irllrec_pyg.models import EASE, GFCF
from irllrec_pyg.ranking import Blend, Ranker, Standardized, bootstrap_interval, history_matrix, top_k
from irllrec_pyg.ranking.standardized import standardize
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.recommender import Explainer, Prototypes
from irllrec_pyg.recommender.explain.shares import split_score
from irllrec_pyg.recommender.explain.words import terms
from irllrec_pyg.text import find_encoder, text_features

from . import arguments, results

KEY = ["dataset", "method", "metric", "seed"]
NAMED = 3  # items, as many as an explanation names
Rows = list[dict[str, Any]]


def lightgcn(data: HeteroData, seed: int, epochs: int) -> Ranker:
    """LightGCN, trained by a softmax for a short time."""
    objective = {"name": "softmax", "temperature": 0.1}
    model = {"name": "lightgcn", "embedding_dim": 64, "num_layers": 2, "l2_weight": 0.0, "objective": objective}
    trainer = {"lr": 0.005, "by_user": True, "max_epochs": epochs, "eval_every": epochs}
    return Recipe(model, trainer=trainer).fit(data, seed).ranker


def mean_row(metric: str, values: Sequence[float], p: float | None = None) -> dict[str, Any]:
    """A mean with its bootstrap interval over users or pairs."""
    tensor = torch.as_tensor(values, dtype=torch.double)
    low, high = bootstrap_interval(tensor)
    row = {"metric": metric, "value": float(tensor.mean()), "low": low, "high": high, "n": tensor.numel()}
    return {**row, "p": "" if p is None else p}


def paired_rows(metric: str, first: tuple[str, Sequence[float]], second: tuple[str, Sequence[float]]) -> Rows:
    """Two means over the same users or pairs, and their difference with a paired test."""
    (name, values), (other, reference) = first, second
    differences = [one - two for one, two in zip(values, reference, strict=True)]
    p = float(stats.wilcoxon(differences).pvalue)
    rows = [mean_row(f"{metric}_{name}", values), mean_row(f"{metric}_{other}", reference)]
    return [*rows, mean_row(f"{metric}_difference", differences, p)]


def removal(ranker: Ranker, data: HeteroData, most_users: int, seed: int) -> Rows:
    """How far the top recommendation falls without the named items, and without random ones."""
    generator = torch.Generator().manual_seed(seed)
    explainer = Explainer(ranker, data)
    shuffled = torch.randperm(data["user"].num_nodes, generator=generator)
    length = torch.bincount(data[INTERACTS].edge_index[0], minlength=shuffled.numel())
    users = shuffled[length[shuffled] >= 2 * NAMED][:most_users]
    best = top_k(ranker, users, 1, data[INTERACTS].edge_index)[0][:, 0]
    cases = []
    for user, item in zip(users.tolist(), best.tolist(), strict=True):
        history = explainer.history(user)
        shares = split_score(ranker, user, item, history)
        order = torch.stack([share.history for share in shares]).sum(dim=0).argsort(descending=True)
        others = order[NAMED:][torch.randperm(order.numel() - NAMED, generator=generator)]
        without = [history[order[NAMED:]], history[torch.cat([order[:NAMED], others[NAMED:]])]]
        cases.append((item, history, *without))
    before, named, random = (falls(ranker, cases, column) for column in (1, 2, 3))
    rows = []
    for metric, position, sign in (("score_drop", 0, 1), ("rank_drop", 1, -1)):
        drops = [(sign * (before[position] - after[position])).tolist() for after in (named, random)]
        rows += paired_rows(metric, ("named", drops[0]), ("random", drops[1]))
    return rows


@torch.no_grad()
def falls(ranker: Ranker, cases: Sequence[tuple[int, Tensor, Tensor, Tensor]], column: int) -> tuple[Tensor, Tensor]:
    """Standardised score of the item, and its rank among those that are not in the full history."""
    scores, ranks = [], []
    for start in range(0, len(cases), 64):
        part = cases[start : start + 64]
        tile = standardize(ranker.score_history(history_matrix([case[column] for case in part], ranker.num_items)))
        own = tile.gather(1, torch.tensor([[case[0]] for case in part]))
        for row, case in enumerate(part):
            tile[row, case[1]] = -torch.inf
        scores.append(own.squeeze(1))
        ranks.append(1.0 + (tile > own).sum(dim=1))
    return torch.cat(scores).double(), torch.cat(ranks).double()


def intent_of(words: Iterable[str]) -> int:
    """The planted intent whose phrases hold most of the words, the first ones first; -1 where none holds any."""
    held = [{term for phrase in (name, *phrases) for term in terms(phrase)} for name, phrases in INTENTS.items()]
    count: Counter[int] = Counter()
    for position, word in enumerate(words):
        count.update({intent: 1000 - position for intent, known in enumerate(held) if word in known})
    return count.most_common(1)[0][0] if count else -1


def planted(data: HeteroData, ranker: Ranker, trained: Ranker, seed: int) -> dict[str, Rows]:
    """Agreement of words and prototypes with the planted intents."""
    users, items = (data[side].original_id for side in ("user", "item"))
    best = top_k(ranker, range(len(users)), 1, data[INTERACTS].edge_index)[0][:, 0].tolist()
    pairs = list(zip(users, [items[item] for item in best], strict=True))
    truth = data["user"].planted
    other = truth[torch.randperm(len(users), generator=torch.Generator().manual_seed(seed))]

    def rows(metric: str, intents: Sequence[Sequence[int]]) -> Rows:
        planted, permuted = (
            [
                float(bool(one) and all(i >= 0 and bool(row[i]) for i in one))
                for one, row in zip(intents, real, strict=True)
            ]
            for real in (truth, other)
        )
        return paired_rows(metric, ("planted", planted), ("permuted", permuted))

    found, silent = {}, copy(data)
    del silent["user"].text
    for source, texts in (("text of the user", data), ("texts of the history", silent)):
        explainer = Explainer(ranker, texts)
        words = [[word for word, _ in explainer.explain(*pair).words] for pair in pairs]
        found[f"words ({source})"] = rows("first_word", [[intent_of(named[:1])] for named in words])
        found[f"words ({source})"] += rows("all_words", [[intent_of([word]) for word in named] for named in words])
        set_features(texts, "intent", *text_features(texts, "tf-idf"))
    kinds = {
        "text of the user": Prototypes.from_features(data, seed=seed),
        "texts of the history": Prototypes.from_features(silent, seed=seed),
        "LightGCN": Prototypes.from_ranker(trained, data, seed=seed),
    }
    for source, prototypes in kinds.items():
        meaning = [intent_of(prototypes.words(number, 5)) for number in range(len(prototypes))]
        own = [[meaning[number] for number, _ in prototypes.of_user(user, 1)] for user in users]
        carrying = [[meaning[number] for number, _ in prototypes.carrying(*pair)] for pair in pairs]
        found[f"prototypes ({source})"] = rows("of_user", own) + rows("carrying", carrying)
    return found


def agreement(ranker: Ranker, data: HeteroData, args: argparse.Namespace, seed: int) -> dict[str, Rows]:
    """Cosines with the explanations of a large language model: those of our sentences, of these without the title of
    the item, and of the title alone."""
    lines = (args.root / "explanations.jsonl").read_text(encoding="utf-8").splitlines()
    judges = [record for record in map(json.loads, lines) if data["item"].text[record["item"]]]
    explainer = Explainer(ranker, data)
    explained = [explainer.explain(record["user"], record["item"]) for record in judges]
    texts = {
        "explanation": [str(one) for one in explained],
        "explanation without title": [str(one).replace(f"'{one.title}'", "It") for one in explained],
        "title alone": [one.title for one in explained],
    }
    encode = find_encoder(args.encoder)
    theirs = torch.nn.functional.normalize(encode([record["explanation"] for record in judges]), dim=1)
    order = torch.randperm(len(judges), generator=torch.Generator().manual_seed(seed))
    found = {}
    for name, ours in texts.items():
        vectors = torch.nn.functional.normalize(encode(ours), dim=1)
        # Each text is compared with the explanation of the next pair in a random order.
        cosines = [(vectors[order] * theirs[other]).sum(dim=1).tolist() for other in (order, order.roll(1))]
        found[name] = paired_rows("cosine", ("matched", cosines[0]), ("shuffled", cosines[1]))
    return found


def measure(data: HeteroData, args: argparse.Namespace, seed: int) -> Iterator[tuple[str, Rows]]:
    """Yields the name and the rows of each measurement, the quick ones first."""
    ease = EASE.from_data(data)
    if args.dataset == "google":
        yield from ((f"llm, {name}", rows) for name, rows in agreement(ease, data, args, seed).items())
    yield "removal, EASE", removal(ease, data, args.users, seed)
    trained = lightgcn(data, seed, args.epochs)
    blend = Blend([Standardized(part) for part in (ease, GFCF.from_data(data), trained)])
    yield "removal, EASE + GF-CF + LightGCN", removal(blend, data, args.users, seed)
    if args.dataset == "synthetic":
        yield from ((f"planted, {name}", rows) for name, rows in planted(data, ease, trained, seed).items())


def main() -> None:
    """Measures a dataset with every seed."""
    names = {"dataset": ["lastfm", "google", "synthetic"]}
    own = {"dataset": "lastfm", "seeds": [0], "users": 500, "epochs": 10, "intents": None}
    args = arguments.parse_training(__doc__, "faithfulness", names, **own)
    for seed in args.seeds:
        if args.dataset == "synthetic":
            data = load_dataset("synthetic", args.out / f"synthetic-{seed}", seed=seed)
        else:
            data = arguments.load(args)
        for method, rows in measure(data, args, seed):
            key = {"dataset": args.dataset, "method": method, "seed": seed}
            columns = [*KEY, "n", "value", "low", "high", "p"]
            found = [{**key, **row} for row in rows]
            results.replace(
                [{name: row[name] for name in columns} | results.about() for row in found], args.results, KEY
            )
            for row in rows:
                interval = f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
                print(args.dataset, seed, method, row["metric"], interval, row["p"], flush=True)


if __name__ == "__main__":
    main()

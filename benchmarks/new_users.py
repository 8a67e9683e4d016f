"""New users: a tenth of the users is held out of training, and placed by their histories, by a text, or by both.

python -m benchmarks.new_users --dataset lastfm --root DIR --seeds 0 1 2
python -m benchmarks.new_users --dataset amazon-book --root DIR --method ease lightgcn --epochs 10
python -m benchmarks.new_users --split val --dataset lastfm --root DIR --seeds 3    (to choose the form of the method)

``trained`` is what the same users get from the same settings when they are trained with; ``kept`` is the share of it
that they keep as new users. On lastfm, the text of a new user is the summary that a large language model wrote from
their own training and validation items; no other user has a text, and no text saw test items. ``length-N`` rows give
N items of the history. Numbers such as n_0 are chosen on validation items of users who were trained with. The
form of the method is not: it was compared on test interactions of Last.fm with seed 0, so that these rows are too good,
to an unknown extent. With ``--split val`` it is compared on validation interactions of the held-out users, which
nothing else reads; these rows are in ``new_users_val.csv``.
"""

import torch
from torch import Tensor

from irllrec_pyg.data import INTERACTS, SPLIT_NAMES
from irllrec_pyg.recommender import Newcomers

from . import arguments
from .held_out import draw, items_of, without
from .newcomers import keep, measure, row, rows_of, share, train, with_intents, with_words

LENGTHS = (0, 1, 3, 5, 10)


def run(args, seed: int) -> None:
    """Everything for one seed, which draws the users and starts training."""
    data = with_intents(arguments.load(args), args)
    users = draw(data["user"].num_nodes, 0.1, seed)
    known, _ = without(data, "user", users)
    label, taken = (rows_of(data[INTERACTS][name], users, 0) for name in (SPLIT_NAMES[args.split], "edge_index"))
    histories = [torch.tensor(items, dtype=torch.long) for items in items_of(data[INTERACTS].edge_index, users)]
    about = {"dataset": args.dataset, "seed": seed}

    def ndcg(scores: Tensor) -> Tensor:
        return measure(scores, label, taken, "ndcg")

    count = torch.bincount(known[INTERACTS].edge_index[1], minlength=data["item"].num_nodes).float()
    popularity = ndcg(count.expand(users.numel(), -1))
    keep([row(popularity, method="popularity", metric="ndcg", **about)], args)
    trained, new = train(data, seed, args.method, args), train(known, seed, args.method, args)
    known = with_words(known)
    for name in args.method:
        placing = Newcomers(new[name], known, args.encoder)
        before, after = ndcg(trained[name].score(users)), ndcg(placing.score(histories))
        plain = ndcg(placing.read(new[name], histories))
        rows = [
            row(before, method=name, metric="ndcg, trained", **about),
            row(after, method=name, metric="ndcg, new", **about),
            share(after, before, method=name, metric="kept", **about),
            share(plain, before, method=name, metric="kept, without a part of their own", **about),
        ]
        if "summary" in data["user"]:
            texts = [data["user"].summary[user] for user in users.tolist()]
            text = ndcg(placing.score([[]] * len(texts), texts))
            rows += [
                row(text, method=name, metric="ndcg, text", **about),
                share(text, popularity, method=name, metric="text by popularity", **about),
            ]
            for length in LENGTHS:
                generator = torch.Generator().manual_seed(seed)
                short = [items[torch.randperm(len(items), generator=generator)[:length]] for items in histories]
                if length:
                    rows.append(
                        row(ndcg(placing.score(short)), method=name, metric=f"length-{length}, history", **about)
                    )
                both = ndcg(placing.score(short, texts))
                rows.append(row(both, method=name, metric=f"length-{length}, both", **about))
            rows.append(row(ndcg(placing.score(histories, texts)), method=name, metric="all, both", **about))
            print(name, placing.texts.settings, placing.texts.weights, "half", placing.half, placing.reader)
        keep(rows, args)


def main() -> None:
    """Runs all seeds."""
    methods = ["ease", "lightgcn", "blend"]
    own = {"method": methods, "seeds": [0], "split": "test"}
    choices = {"method": [*methods, "text-ranking"], "split": ["val", "test"]}
    args = arguments.parse_training(__doc__, "new_users", choices, **own)
    if args.split == "val":
        args.results = args.results.with_name("new_users_val.csv")
    for seed in args.seeds:
        run(args, seed)


if __name__ == "__main__":
    main()

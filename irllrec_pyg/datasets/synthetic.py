"""Synthetic movie reviews with planted intents, so that the truth is known."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import InMemoryDataset

from .._io import write_json_lines
from .._locks import folder_lock
from .._manifest import read_manifest, write_manifest
from ..corpus import from_dataframe, read_amazon_2023, training_texts
from .registry import DATASETS

#: What people may be after in a movie, and how they say so.
INTENTS: dict[str, tuple[str, ...]] = {
    "family warmth": (
        "a warm family story",
        "parents and children who forgive each other",
        "a gentle film for all ages",
    ),
    "slow suspense": ("suspense that builds slowly", "a quiet dread in every scene", "a mystery that kept me guessing"),
    "dry humour": ("dry, deadpan humour", "jokes that never explain themselves", "witty dialogue between old friends"),
    "world building": (
        "a world built with care",
        "maps, legends and invented languages",
        "an epic quest across kingdoms",
    ),
    "true events": (
        "a story drawn from true events",
        "patient historical research",
        "real people treated with respect",
    ),
    "classic style": ("the look of old black and white films", "a restored classic", "elegant studio era camera work"),
    "music and dance": (
        "songs I hummed for days",
        "dance numbers full of energy",
        "a soundtrack that carries the story",
    ),
    "martial arts": ("precise fight choreography", "a master and a stubborn student", "stunts done without tricks"),
    "space": ("a believable journey into space", "the silence between the stars", "hard science and brave crews"),
    "nature": ("patient images of animals and forests", "landscapes filmed at dawn", "a calm narrator and wild rivers"),
}

_PRAISE = (
    "I loved {}.",
    "What stayed with me was {}.",
    "If you want {}, look no further.",
    "Finally {}!",
    "I watch movies for {}, and this delivers.",
    "It has {}, and it works.",
)
_BLAME = (
    "I had hoped for {}, and there is none.",
    "Not for anyone who wants {}.",
    "I missed {}.",
    "It promises {} and never gets there.",
)
_NEUTRAL = (
    "The disc arrived on time.",
    "I saw it on a rainy weekend.",
    "My sister lent it to me.",
    "The picture quality is fine.",
    "It runs a little under two hours.",
    "I may watch it again.",
)
_TITLES = (
    ("The Last", "A Quiet", "Beyond the", "Return of the", "Letters from the", "The Hidden"),
    ("Garden", "Harbor", "Summer", "Crown", "Orchard", "Signal", "Winter", "Mirror", "River", "Promise"),
)

_FORMAT = 1  # of the files; other reviews of the same arguments need another one


@DATASETS.register("synthetic")
class SyntheticMovies(InMemoryDataset):
    r"""A few hundred users and movies with planted intents, as raw reviews in the layout of `Amazon Reviews 2023
    <https://amazon-reviews-2023.github.io>`_ and the data object made from them.

    A user has two or three intents, a movie serves one to three. Users mostly pick movies that serve an intent of
    theirs, rate by how many are served, with noise, and write about what they found or missed. Ratings below 3 are
    left out, as in the paper. Texts are kept as ``data["user"].text`` and ``data["item"].text``: the user's reviews,
    and the movie's title, description and reviews, **from training interactions only**. The truth stands in
    ``data["user"].planted`` and ``data["item"].planted``, a column for each of :data:`INTENTS`.

    Args:
        root (str): Folder for ``reviews.jsonl``, ``meta.jsonl`` and ``truth.json``; written where missing.
        num_users (int, optional): Number of users. (default: :obj:`300`)
        num_items (int, optional): Number of movies. (default: :obj:`200`)
        seed (int, optional): Seed of the reviews and of the split. (default: :obj:`0`)
        transform (callable, optional): Applied to the data object at every access. (default: :obj:`None`)

    Raises:
        ValueError: The folder holds reviews of other arguments, or of another version.

    Examples:
        >>> import tempfile
        >>> data = SyntheticMovies(tempfile.mkdtemp(), num_users=20, num_items=40)[0]
        >>> data["item"].planted.shape
        torch.Size([40, 10])
    """

    def __init__(
        self,
        root: str | Path,
        num_users: int = 300,
        num_items: int = 200,
        seed: int = 0,
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(None, transform)
        folder, made_with = Path(root), {"num_users": num_users, "num_items": num_items, "seed": seed}
        if not (folder / "truth.json").is_file():
            with folder_lock(folder, wait=600):  # several processes may begin at once
                if not (folder / "truth.json").is_file():
                    write_reviews(folder, **made_with)
        truth = read_manifest(folder / "truth.json", _FORMAT, "delete it, and the reviews are written again")
        if truth["made_with"] != made_with:
            raise ValueError(
                f"'{folder}' holds reviews made with {truth['made_with']}, not {made_with}; use another one"
            )
        raw = read_amazon_2023(folder / "reviews.jsonl", folder / "meta.jsonl")
        raw.reviews = raw.reviews[raw.reviews["rating"] >= 3]
        data = from_dataframe(raw.reviews, seed=seed)
        data["user"].text, data["item"].text = training_texts(raw, data)
        for side in ("user", "item"):
            served = [[intent in truth[side][id_] for intent in INTENTS] for id_ in data[side].original_id]
            data[side].planted = torch.tensor(served)
        self.data, self.slices = self.collate([data])


def write_reviews(folder: str | Path, num_users: int = 300, num_items: int = 200, seed: int = 0) -> None:
    """Writes ``reviews.jsonl``, ``meta.jsonl`` and ``truth.json``, the same for the same arguments.

    Args:
        folder: Folder of the files; created if it is missing.
        num_users: Number of users, each with 16 to 32 reviews. (default: ``300``)
        num_items: Number of movies. (default: ``200``)
        seed: Seed of the reviews. (default: ``0``)

    Raises:
        RuntimeError: Another process writes to the folder.
        ValueError: There are fewer than 40 movies, too few for 32 reviews per user.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_reviews(folder, num_users=2)
        >>> sorted(file.name for file in folder.iterdir())
        ['meta.jsonl', 'reviews.jsonl', 'truth.json']
    """
    if num_users < 1 or num_items < 40:
        raise ValueError(f"need at least 1 user and 40 items (got {num_users} and {num_items})")
    folder = Path(folder)
    rng = random.Random(seed)
    names = list(INTENTS)
    items = {f"M{n:05d}": rng.sample(names, rng.choice((1, 2, 2, 3))) for n in range(num_items)}
    users = {f"U{n:05d}": rng.sample(names, rng.choice((2, 3))) for n in range(num_users)}
    meta = [_describe(rng, asin, served) for asin, served in items.items()]
    appeal = {asin: rng.lognormvariate(0.0, 0.7) for asin in items}  # some movies are simply seen more
    reviews = []
    for user, wanted in users.items():
        weight = {asin: appeal[asin] * (0.15 + len(set(served) & set(wanted))) for asin, served in items.items()}
        # The largest of u^(1/w) are a sample without replacement, weighted by w.
        seen = sorted(items, key=lambda asin: rng.random() ** (1.0 / weight[asin]), reverse=True)
        taken = seen[: rng.randint(16, 32)]
        reviews += [_review(rng, user, asin, set(wanted), items[asin]) for asin in taken]
    reviews.sort(key=lambda review: review["timestamp"])
    made_with = {"num_users": num_users, "num_items": num_items, "seed": seed}
    truth = {"synthetic": True, "made_with": made_with, "user": users, "item": items}
    with folder_lock(folder):
        (folder / "truth.json").unlink(missing_ok=True)  # a folder without it is not finished, and is written again
        write_json_lines(folder / "reviews.jsonl", reviews)
        write_json_lines(folder / "meta.jsonl", meta)
        write_manifest(folder / "truth.json", truth, _FORMAT)


def _describe(rng: random.Random, asin: str, served: list[str]) -> dict[str, Any]:
    first, second = (rng.choice(words) for words in _TITLES)
    description = [f"A film with {rng.choice(INTENTS[intent])}." for intent in served]
    return {
        "parent_asin": asin,
        "title": f"{first} {second} ({rng.randint(1950, 2023)})",
        "description": description,
        "categories": ["Movies & TV", *served],
    }


def _review(rng: random.Random, user: str, asin: str, wanted: set[str], served: list[str]) -> dict[str, Any]:
    found, missed = [i for i in served if i in wanted], sorted(wanted - set(served))
    rating = min(5, max(1, round(2.4 + 1.4 * len(found) + rng.gauss(0.0, 0.7))))
    sentences = [rng.choice(_PRAISE).format(rng.choice(INTENTS[intent])) for intent in found]
    if rating <= 3 and missed:
        sentences.append(rng.choice(_BLAME).format(rng.choice(INTENTS[rng.choice(missed)])))
    sentences.insert(rng.randint(0, len(sentences)), rng.choice(_NEUTRAL))
    return {
        "user_id": user,
        "parent_asin": asin,
        "rating": float(rating),
        "title": ("Not for me", "Disappointing", "Fine", "Very good", "Wonderful")[rating - 1],
        "text": " ".join(sentences),
        "timestamp": rng.randint(1_500_000_000_000, 1_690_000_000_000),
        "verified_purchase": rng.random() < 0.9,
    }

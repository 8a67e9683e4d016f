"""Jobs that write to a folder, to be killed or run twice at once."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

import irllrec_pyg
from irllrec_pyg import Engine
from irllrec_pyg._locks import folder_lock
from irllrec_pyg.cli import intents as command
from irllrec_pyg.corpus import build_corpus, large_corpus, load_corpus, read_amazon_2023
from irllrec_pyg.datasets import ReviewDataset, write_reviews
from irllrec_pyg.models import EASE, LightGCN, Popularity
from irllrec_pyg.search import Report
from irllrec_pyg.testing import save_tiny_llm, tiny_data
from irllrec_pyg.text import IntentAnswer, IntentStore, Record, TextEncoder, encode_intents
from irllrec_pyg.training import Trainer, read_checkpoint


class Job(ABC):
    """What writes to a folder. A run that was killed goes on when :meth:`work` is called again.

    Attributes:
        share: How many of 20 kills are of this job; slow ones have few.
    """

    share = 3

    def prepare(self, folder: Path) -> None:  # noqa: B027 - most jobs need nothing
        """Makes what the job needs, before it is begun."""

    @abstractmethod
    def work(self, folder: Path, other: bool = False) -> None:
        """Does the job, or what is left of it; with other settings where ``other`` is set."""

    @abstractmethod
    def result(self, folder: Path) -> Any:
        """What has to be the same however often the job was killed."""


class Training(Job):
    """Training with a checkpoint."""

    def work(self, folder: Path, other: bool = False) -> None:
        """Trains a small model."""
        data = tiny_data(num_users=60, num_items=40)
        torch.manual_seed(0)
        file = folder / "run.safetensors"
        rate = 2e-2 if other else 1e-2
        Trainer(
            LightGCN(60, 40), data, lr=rate, max_epochs=20, eval_every=1, patience=20, checkpoint=file, progress=False
        ).fit()

    def result(self, folder: Path) -> Any:
        """Weights, state of the optimizer, metrics."""
        tensors, meta = read_checkpoint(folder / "run.safetensors")
        for record in meta["result"]["history"]:
            del record["seconds"]
        del meta["result"]["seconds"], meta["run"]["lr"]
        return meta, {name: tensor.flatten().tolist() for name, tensor in tensors.items()}


class Saving(Job):
    """A new engine in place of an older one."""

    share = 4

    def prepare(self, folder: Path) -> None:
        """Saves the older engine."""
        data = tiny_data()
        Engine(Popularity.from_data(data), data).save_pretrained(folder)

    def work(self, folder: Path, other: bool = False) -> None:
        """Saves the new engine. There is always one that opens."""
        Engine.from_pretrained(folder)
        data = tiny_data()
        Engine(EASE.from_data(data, l2_weight=7.0 if other else 5.0), data).save_pretrained(folder)

    def result(self, folder: Path) -> Any:
        """The bytes of all files."""
        Engine.from_pretrained(folder, verify=True)
        return contents(folder)


class Building(Job):
    """A corpus from raw reviews."""

    share = 4

    def prepare(self, folder: Path) -> None:
        """Writes the raw reviews."""
        write_reviews(folder / "raw", 60, 60)

    def work(self, folder: Path, other: bool = False) -> None:
        """Builds the corpus, unless it is finished, under the lock of the folder, as the command does."""
        with folder_lock(folder):
            if not (folder / "manifest.json").is_file():
                raw = read_amazon_2023(folder / "raw" / "reviews.jsonl", folder / "raw" / "meta.jsonl")
                build_corpus(raw, folder, k=3 if other else 2)

    def result(self, folder: Path) -> Any:
        """The files and what the manifest says of them."""
        manifest = dict(load_corpus(folder).manifest)
        del manifest["made"]
        return manifest, {name: contents(folder)[name] for name in manifest["files"]}


class Filtering(Building):
    """A corpus from raw reviews, filtered on the disk."""

    share = 1

    def work(self, folder: Path, other: bool = False) -> None:
        """Builds the corpus, unless it is finished."""
        with folder_lock(folder):
            if not (folder / "manifest.json").is_file():
                raw, k = folder / "raw", 3 if other else 2
                large_corpus("amazon-2023", raw / "reviews.jsonl", raw / "meta.jsonl", folder, k=k, progress=False)


class Encoding(Job):
    """Features of the intents of a corpus."""

    def prepare(self, folder: Path) -> None:
        """Builds the corpus, its answers and an encoder."""
        Building().prepare(folder)
        Building().work(folder)
        Answering().work(folder)
        save_tiny_llm(folder / "model")
        store, corpus = IntentStore(folder / "intents"), load_corpus(folder)
        names = [f"{side}/{id_}" for side in ("user", "item") for id_ in corpus.data[side].original_id]
        answers = [IntentAnswer((), (), f"Wants number {number}.") for number in range(len(names))]
        store.add([Record(name, "k", "valid", 1, "", answer) for name, answer in zip(names, answers, strict=True)])
        store.set_current(dict.fromkeys(names, "k"))

    def work(self, folder: Path, other: bool = False) -> None:
        """Encodes users and items."""
        encoder = TextEncoder(folder / "model", pooling="last" if other else "mean")
        encode_intents(load_corpus(folder), IntentStore(folder / "intents"), encoder, folder, progress=False)

    def result(self, folder: Path) -> Any:
        """The files of the features, and that they can be loaded."""
        data = ReviewDataset(folder)[0]
        assert bool(torch.cat([data["user"].intent, data["item"].intent]).ne(0).any(dim=1).all())
        # The descriptions name the folder of the model, which differs.
        return {name: found for name, found in contents(folder / "features").items() if name.endswith(".npy")}


class Answering(Job):
    """Answers that are added to a store."""

    share = 4

    def work(self, folder: Path, other: bool = False) -> None:
        """Adds the batches that are missing."""
        store = IntentStore(folder / "intents")
        keys = {f"item/{number}": "k" for number in range(400)}
        store.set_current({} if (folder / "model").is_dir() else keys)
        for start in range(0, 400, 4):
            names = store.missing(dict(list(keys.items())[start : start + 4]))
            store.add([Record(name, "k", "valid", 1, name, IntentAnswer((name,), (), "Wants wit.")) for name in names])

    def result(self, folder: Path) -> Any:
        """The bytes of all files."""
        assert all(record is not None for record in IntentStore(folder / "intents").answers().values())
        return contents(folder / "intents")


class Asking(Job):
    """The command that builds a corpus and asks a model."""

    share = 1

    def prepare(self, folder: Path) -> None:
        """Writes a table and a model."""
        rows = [f"u{user},i{item},5,I like it" for user in range(6) for item in range(6)]
        (folder / "mine.csv").write_text("\n".join(["user,item,rating,text", *rows]), encoding="utf-8")
        save_tiny_llm(folder / "model")

    def work(self, folder: Path, other: bool = False) -> None:
        """Gives the same command again and again."""
        given = ["--format=csv", f"--reviews={folder / 'mine.csv'}", f"--model={folder / 'model'}", "--free-form"]
        sizes = ["--max-new-tokens=4", "--batch-size=2", "--max-tokens=4000", "--max-entries=1"]
        command.run(["build", f"--folder={folder / 'out'}", *given, *sizes, f"--k={3 if other else 2}"])

    def result(self, folder: Path) -> Any:
        """The records, and what the corpus was made from."""
        records = {one.entity: one for one in IntentStore(folder / "out" / "intents")}
        settings = json.loads((folder / "out" / "settings.json").read_text(encoding="utf-8"))
        assert settings["format"] == "csv"
        return load_corpus(folder / "out").manifest["files"], sorted(records), [*records.values()]


class Searching(Job):
    """The search for the best ranker."""

    share = 1

    def work(self, folder: Path, other: bool = False) -> None:
        """Tries closed forms and a model."""
        options: dict[str, Any] = {"metric": "ndcg@5", "controls": False, "progress": False, "encoder": None}
        irllrec_pyg.fit(tiny_data(), "2 trials" if other else "1 trial", folder=folder / "runs", **options)

    def result(self, folder: Path) -> Any:
        """What it chose."""
        (own,) = (folder / "runs").glob("fit-*")
        report = Report.load(own)
        return report.weights, report.validation, [part.recipe for part in report.tried]


JOBS: dict[str, Job] = {
    "training": Training(),
    "engine save": Saving(),
    "corpus build": Building(),
    "large corpus": Filtering(),
    "encode": Encoding(),
    "answer store": Answering(),
    "intents build": Asking(),
    "fit": Searching(),
}


def contents(folder: Path) -> dict[str, str]:
    """Hash of every file of a folder."""
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in names(folder)}


def names(folder: Path) -> list[str]:
    """All files and empty folders in a folder, as paths."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or not any(path.iterdir())
    )


def shares(count: int) -> dict[str, int]:
    """How many of so many cases each job has."""
    whole = sum(job.share for job in JOBS.values())
    result = {name: count * job.share // whole for name, job in JOBS.items()}
    result[next(iter(JOBS))] += count - sum(result.values())
    return result

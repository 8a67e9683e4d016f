"""One call: what it returns, how it goes on, and what it says of texts."""

import itertools
import json
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from filelock import FileLock

import irllrec_pyg
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.ranking import evaluate
from irllrec_pyg.recommender import load_model, recommend, save_model
from irllrec_pyg.search import Report, budget, journal
from irllrec_pyg.search import fit as fit_function
from irllrec_pyg.search.try_models import _train
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.training import Trainer


def fit(data, folder, budget="3 trials", **kwargs):
    settings = {"metric": "ndcg@5", "progress": False, "controls": False, **kwargs}
    return irllrec_pyg.fit(data, budget, folder=folder, **settings)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return fit(tiny_data(), tmp_path_factory.mktemp("undisturbed"), "5 trials")


def choice(ranker):
    return ranker.report.weights, ranker.report.validation, [part.recipe for part in ranker.report.tried]


def test_fit_is_a_name_of_the_package():
    assert irllrec_pyg.fit is fit_function


def test_the_blend_is_a_ranker_that_everything_takes(undisturbed, tmp_path):
    data = tiny_data()
    assert len(recommend(undisturbed, data, k=3)) == 3 * 24
    save_model(tmp_path, undisturbed, data)
    loaded = load_model(tmp_path)
    user = torch.arange(24)
    torch.testing.assert_close(loaded.score(user), undisturbed.score(user))
    assert loaded.report is None
    with pytest.raises(ValueError, match="exclude"):
        loaded.compact(4)


def test_the_blend_is_not_worse_than_its_best_part_on_validation(undisturbed):
    pairs = tiny_data()[INTERACTS]
    value = evaluate(undisturbed, pairs.val_label_index, pairs.edge_index, (5,))["ndcg@5"]
    assert value == pytest.approx(undisturbed.report.validation)
    assert value >= max(part.value for part in undisturbed.report.tried if part.usable) - 1e-9


def test_closed_forms_and_every_method_are_tried(undisturbed):
    families = {part.family for part in undisturbed.report.tried}
    assert families >= {
        "gf-cf",
        "item-knn",
        "ease",
        "ease with text",
        "l3ae",
        "lightgcn",
        "text-ranking",
        "ranking-matching",
    }
    assert sum(part.epochs > 0 for part in undisturbed.report.tried) == 5


def test_the_same_seed_gives_the_same_choice(undisturbed, tmp_path):
    assert choice(fit(tiny_data(), tmp_path, "5 trials")) == choice(undisturbed)
    assert choice(fit(tiny_data(), tmp_path, "5 trials", seed=1)) != choice(undisturbed)


@pytest.mark.parametrize("stop_at", [0, 2, 4])
def test_an_interrupted_search_returns_the_best_so_far_and_goes_on(undisturbed, tmp_path, monkeypatch, stop_at):
    trained = []

    def train(search, trial, run, prune):
        if len(trained) == stop_at:
            trained.append("interrupted")
            raise KeyboardInterrupt
        trained.append(run.identity)
        return _train(search, trial, run, prune)

    monkeypatch.setattr("irllrec_pyg.search.try_models._train", train)
    first = fit(tiny_data(), tmp_path, "5 trials")
    assert sum(part.epochs > 0 for part in first.report.tried) == stop_at
    assert choice(fit(tiny_data(), tmp_path, "5 trials")) == choice(undisturbed)
    trained.remove("interrupted")
    assert len(trained) == len(set(trained)) == 5  # none was trained twice


def test_an_interruption_before_anything_is_found_is_no_result(tmp_path, monkeypatch):
    def interrupt(search):
        raise KeyboardInterrupt

    monkeypatch.setattr("irllrec_pyg.search.search.try_closed_forms", interrupt)
    table = pd.DataFrame({"customer": ["a"] * 10 + ["b"] * 10, "sku": [*range(10), *range(5, 15)]})
    lines = []
    with pytest.raises(KeyboardInterrupt):
        fit(table, tmp_path, progress=lines.append)
    assert lines[0] == "columns: user = customer, item = sku"
    assert lines[1] == "20 rows: none left out; 20 interactions of 2 users and 15 items remain"
    assert len(lines) == 3, "the lines about the table come once"


def test_a_finished_search_trains_nothing(undisturbed, tmp_path, monkeypatch):
    before = fit(tiny_data(), tmp_path)
    monkeypatch.setattr("irllrec_pyg.search.try_models._train", None)
    assert choice(fit(tiny_data(), tmp_path)) == choice(before)


def test_more_trials_go_on_where_fewer_ended(undisturbed, tmp_path):
    fit(tiny_data(), tmp_path, "2 trials")
    assert choice(fit(tiny_data(), tmp_path, "5 trials")) == choice(undisturbed)


def test_only_one_process_works_on_a_search(tmp_path):
    fit(tiny_data(), tmp_path, "1 trial")
    (folder,) = tmp_path.glob("fit-*")
    with FileLock(folder / ".lock"), pytest.raises(RuntimeError, match="another process"):
        fit(tiny_data(), tmp_path, "1 trial")


def test_other_data_texts_and_seeds_have_other_folders(tmp_path):
    fit(tiny_data(), tmp_path, "1 trial")
    fit(tiny_data(), tmp_path, "1 trial", encoder=None)
    fit(tiny_data(), tmp_path, "1 trial", control="random")
    fit(tiny_data(seed=1), tmp_path, "1 trial")
    fit(tiny_data(), tmp_path, "1 trial", seed=1)
    assert len(list(tmp_path.glob("fit-*"))) == 5


def test_without_texts_nothing_reads_them(tmp_path):
    data = tiny_data()
    ranker = fit(data, tmp_path, encoder=None)
    assert not any(part.reads_text for part in ranker.report.tried)
    assert ranker.report.settings["texts"] == "no text"
    assert "intent" in data["item"]  # the caller's data stay as they were
    with pytest.raises(ValueError, match="'control' is 'random', but there is no text"):
        fit(data, tmp_path, encoder=None, control="random")


def test_report_compares_with_controls(tmp_path):
    ranker = fit(tiny_data(), tmp_path, "3 trials", controls=True)
    report = ranker.report
    chosen = [part for part in report.tried if part.name in report.weights]
    if any(part.reads_text for part in chosen):
        assert {"best blend without text", "blend with random features in place of texts"} <= set(report.test)
    else:
        assert any("texts add nothing" in note for note in report.notes)
    for found in report.test.values():
        for interval in found.values():
            assert interval.low <= interval.value <= interval.high


def test_report_is_one_page_without_foreign_parts(undisturbed, tmp_path):
    page = undisturbed.report.save(tmp_path).read_text()
    assert page.count("<svg") == 3
    assert "24 users, 20 items; 120 interactions for training" in " ".join(page.split())
    assert not any(foreign in page for foreign in ("<script", "<link", "src=", 'href="http', "url(http", "@import"))
    assert Report.load(tmp_path) == undisturbed.report
    assert "| weight | ranker |" in (tmp_path / "report.md").read_text()
    for name in undisturbed.report.weights:
        assert name in page


def test_test_labels_choose_nothing(undisturbed, tmp_path):
    data = tiny_data()
    label = data[INTERACTS].test_label_index
    data[INTERACTS].test_label_index = label[:, : label.size(1) // 2]
    other = fit(data, tmp_path, "5 trials")
    assert choice(other) == choice(undisturbed)
    assert other.report.test != undisturbed.report.test


def test_a_model_that_fails_does_not_end_the_search(tmp_path, monkeypatch):
    def diverge(self, stop=None):
        raise FloatingPointError("the loss of epoch 3 is nan")

    monkeypatch.setattr("irllrec_pyg.recipes.run.Run.fit", diverge)
    report = fit(tiny_data(), tmp_path, "2 trials").report
    failed = [part for part in report.tried if part.state == "failed"]
    assert [part.note for part in failed] == ["FloatingPointError: the loss of epoch 3 is nan"] * 2
    assert report.weights


def test_what_does_not_fit_into_memory_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("irllrec_pyg.search.try_closed_forms.free_memory", lambda: 1000)
    report = fit(tiny_data(), tmp_path, "1 trial", encoder=None).report
    assert "memory" in report.left_out["ease"]
    assert {part.family for part in report.tried} == {"gf-cf", "lightgcn"}


def test_what_does_not_fit_into_the_budget_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("irllrec_pyg.search.closed_forms.inverse_seconds", lambda: 1e12)
    report = fit(tiny_data(), tmp_path, "4s", encoder=None).report
    assert "closed forms have" in report.left_out["ease"]


def test_seconds_are_kept(tmp_path, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: 0.02 * next(ticks)))  # no real time passes
    ranker = fit(tiny_data(), tmp_path, "4s", encoder=None)
    assert 3 < ranker.report.seconds < 5
    trained = [part for part in ranker.report.tried if part.epochs]
    assert trained and trained[-1].state in ("cut", "pruned", "complete")
    (file,) = tmp_path.glob("fit-*/clock.json")
    assert json.loads(file.read_text())["seconds"] == pytest.approx(ranker.report.seconds, abs=0.1)
    again = fit(tiny_data(), tmp_path, "4s", encoder=None)  # nothing is left, so nothing is trained
    assert [part.name for part in again.report.tried] == [part.name for part in ranker.report.tried]
    report = fit(tiny_data(), tmp_path, "1s", encoder=None).report
    assert len(report.tried) == len(again.report.tried)
    assert "earlier call had a larger budget" in " ".join(report.notes)


def test_a_larger_budget_continues_the_model_that_a_smaller_one_cut(tmp_path, monkeypatch):
    epochs, train_epoch = [], Trainer.train_epoch
    monkeypatch.setattr(Trainer, "train_epoch", lambda *given: epochs.append(given) or train_epoch(*given))
    allowed = 3  # the clock counts epochs
    monkeypatch.setattr(budget.Clock, "left", lambda clock, share=1.0: allowed - len(epochs))
    *_, cut = fit(tiny_data(), tmp_path, "4s", encoder=None).report.tried
    assert (cut.state, cut.epochs) == ("cut", 3)
    allowed = 40
    tried = fit(tiny_data(), tmp_path, "20s", encoder=None).report.tried
    (same,) = [part for part in tried if part.identity == cut.identity]
    assert same.state == "complete" and same.epochs > cut.epochs
    assert len(epochs) == sum(part.epochs for part in tried), "no epoch is trained twice"
    epochs.clear()
    undisturbed = fit(tiny_data(), tmp_path / "undisturbed", "20s", encoder=None).report.tried
    assert [part.curve for part in undisturbed if part.identity == cut.identity] == [same.curve]


def test_journal_is_that_of_optuna(tmp_path):
    fit(tiny_data(), tmp_path, "2 trials")
    (folder,) = tmp_path.glob("fit-*")
    storage = journal.open_journal(folder / "journal.log")
    assert {study.study_name for study in storage.get_all_studies()} == {"closed forms", "models"}
    assert not list(folder.glob("checkpoints/*.safetensors"))


def test_tables_and_files_are_data(tmp_path):
    frame = pd.DataFrame(
        [(f"u{u}", f"i{(u * 7 + i) % 30}") for u in range(20) for i in range(10)], columns=["user", "item"]
    )
    frame["title"] = frame["item"].map(lambda item: f"film {item}")
    frame.to_csv(tmp_path / "mine.csv.gz", index=False)
    frame.to_json(tmp_path / "mine.jsonl", orient="records", lines=True)
    runs = [fit(data, tmp_path, "1 trial", encoder="tf-idf") for data in (frame, tmp_path / "mine.csv.gz")]
    runs.append(fit(str(tmp_path / "mine.jsonl"), tmp_path, "1 trial", encoder="tf-idf"))
    assert choice(runs[0]) == choice(runs[1]) == choice(runs[2])
    assert recommend(runs[0], runs[0].data, ["u3"], k=1)["title"][0].startswith("film i")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "accuracy@5"}, "'metric' must be one of recall"),
        ({"metric": "ndcg@21"}, "at most 20"),
        ({"metric": "ndcg"}, "'metric'"),
        ({"budget": "soon"}, "'budget'"),
        ({"control": "unknown"}, "there is no control 'unknown'"),
    ],
)
def test_bad_arguments_are_named(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(tiny_data(), tmp_path, **arguments)


@pytest.mark.parametrize(("name", "error"), [("missing.csv", FileNotFoundError), ("notes.txt", ValueError)])
def test_files_that_cannot_be_read_are_named(tmp_path, name, error):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(error, match=name):
        fit(tmp_path / name, tmp_path)

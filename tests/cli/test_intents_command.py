"""The command, from files to features, with the network cut."""

import json
import socket
import sys
from pathlib import Path

import pytest

from irllrec_pyg.cli import intents as command
from irllrec_pyg.cli import intents_corpus
from irllrec_pyg.data import INTERACTS
from irllrec_pyg.datasets import ReviewDataset, write_reviews
from irllrec_pyg.text import FAULTS, IntentAnswer, IntentStore, Record
from tests.text.llm import stand_ins


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    write_reviews(folder, 12, 40)
    return [f"--reviews={folder / 'reviews.jsonl'}", f"--items={folder / 'meta.jsonl'}"]


def run(*arguments):
    return command.main([str(argument) for argument in arguments])


def build(folder, llm, *more):
    sizes = "--max-tokens 4000 --max-entries 2 --entry-tokens 40 --max-new-tokens 60 --batch-size 16".split(" ")  # noqa: SIM905
    return run("build", f"--folder={folder}", "--format=amazon-2023", "--k=2", f"--model={llm}", *sizes, *more)


@pytest.mark.usefixtures("short_answers")
def test_from_files_to_features(files, tiny_llama, tiny_encoder, tmp_path, capsys):
    pytest.importorskip("llguidance")
    assert build(tmp_path, tiny_llama, *files, "--max-new-tokens=300", "--no-ask-again") == 0
    printed = capsys.readouterr().out
    assert "12 users" in printed and "reviews have a text" in printed
    content = (tmp_path / "intents" / "answers-00000.jsonl").read_bytes()
    assert run("build", "--folder", tmp_path) == 0, "what it was made with is known"
    assert (tmp_path / "intents" / "answers-00000.jsonl").read_bytes() == content
    assert run("encode", "--folder", tmp_path, "--encoder", tiny_encoder, "--file-dtype", "float16") == 0
    assert "16 wide" in capsys.readouterr().out
    assert run("status", "--folder", tmp_path) == 0
    said = capsys.readouterr().out
    assert "users: 12" in said and "0 missing" in said and "12 users and" in said and "movies-" in said

    data = ReviewDataset(tmp_path)[0]
    assert data["user"].intent.shape == (12, 16) and data["user"].intent.dtype.is_floating_point
    assert data[INTERACTS].edge_index.size(1) > 50 and "(" in data["item"].title[0]
    user, item = data["user"].original_id[0], data["item"].original_id[0]
    for name in (user, item, f"user/{user}"):
        assert run("show", name, "--folder", tmp_path) == 0
    assert "intent:" in capsys.readouterr().out


def test_an_engine_by_name(files, tiny_llama, tmp_path, capsys, monkeypatch):
    for name, module in stand_ins.vllm().items():
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "0")
    more = ("--free-form", "--no-ask-again", "--context-length=8000")
    assert build(tmp_path, tiny_llama, *files, "--engine=vllm", "--max-new-tokens=1", *more) == 0
    about = json.loads((tmp_path / "intents" / "manifest.json").read_text())
    assert about["decoding"]["engine"] == "vllm" and about["decoding"]["context_length"] == 8000
    capsys.readouterr()
    assert run("build", "--folder", tmp_path, "--no-share-prefix") == 2
    assert "the engine 'vllm' has no option --share-prefix; leave it out" in capsys.readouterr().err
    assert run("build", "--folder", tmp_path) == 0, "the engine is known"
    assert len(sys.modules["vllm"].models) == 1, "and nothing is asked again"
    monkeypatch.setitem(sys.modules, "vllm", None)
    assert run("build", "--folder", tmp_path) == 2
    assert "pip install 'irllrec-pyg[vllm]'" in capsys.readouterr().err


def test_failures_are_shown(files, tiny_llama, tmp_path, capsys):
    assert build(tmp_path, tiny_llama, *files, "--free-form", "--max-new-tokens=4") == 0
    records = IntentStore(tmp_path / "intents").answers()
    assert all(record.state == "failed" for record in records.values())
    assert run("show", next(iter(records)), "--folder", tmp_path) == 0
    assert "failed after 2 tries" in capsys.readouterr().out


def test_a_table_of_ones_own(tiny_llama, tmp_path):
    rows = [f"u{u},i{i},5,I like it" for u in range(6) for i in range(6)]
    (tmp_path / "mine.csv").write_text("\n".join(["who,item,rating,text", *rows]))
    table = ["--format=csv", f"--reviews={tmp_path / 'mine.csv'}", "--columns", "user=who"]
    assert build(tmp_path / "out", tiny_llama, *table, "--free-form", "--ratio", 3, 1, 1, "--max-new-tokens=4") == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["users"] == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build"], "--model is missing"),
        (["build", "--model=x"], "--format and --reviews is missing"),
        (["build", "--model=x", "--format=csv", "--reviews=no.csv"], "there is no file 'no.csv'"),
        (["build", "--model=x", "--format=yelp", "--reviews=no.json"], "--items is missing"),
        (["build", "--model=x", "--format=csv", "--reviews=a", "--columns", "user"], "--columns takes OURS=THEIRS"),
        (["status"], "there is no finished corpus"),
        (["encode"], "there is no finished corpus"),
        (["show", "me"], "there is no finished corpus"),
    ],
)
def test_what_is_wrong_is_said(arguments, message, tmp_path, capsys):
    assert run(*arguments, "--folder", tmp_path) == 2
    assert message in capsys.readouterr().err


def test_what_is_wrong_later(files, tiny_llama, tmp_path, capsys):
    assert build(tmp_path, "no/such/model", *files) == 2
    assert "Nothing is downloaded" in capsys.readouterr().err
    assert run("encode", "--folder", tmp_path) == 2
    assert "no finished corpus" not in capsys.readouterr().err
    assert build(tmp_path, tiny_llama, "--k=3") == 2
    assert "was built with k 2" in capsys.readouterr().err
    assert run("show", "nobody", "--folder", tmp_path) == 2
    assert "there is no user or item 'nobody'" in capsys.readouterr().err


def test_an_interruption_is_no_failure(files, tiny_llama, tmp_path, capsys, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "generate_intents", interrupted)
    assert build(tmp_path, tiny_llama, *files, "--free-form") == 130
    assert "give the same command again" in capsys.readouterr().err


def test_status_shows_the_quality_of_answers(files, tiny_llama, tmp_path, capsys):
    assert build(tmp_path, tiny_llama, *files, "--free-form", "--max-new-tokens=4") == 0
    store = IntentStore(tmp_path / "intents")
    items = [name for name in store.current() if name.startswith("item/")]
    answer = IntentAnswer((), (), "Someone who wants the")
    store.add(Record(name, "planted", "valid", 1, "{}", answer) for name in items)
    store.set_current(dict.fromkeys(items, "planted"))
    capsys.readouterr()
    assert run("status", "--folder", tmp_path, "--examples", 1) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert f"quality of items: {len(items)} of {len(items)} answers have a fault (100%)" in lines
    assert f"truncation  {len(items)} (100%)" in lines and f"sameness  {len(items)} (100%)" in lines
    assert lines.count(f"{items[0]}: Someone who wants the") == 2, "one example of each fault"
    assert "quality of users: 0 of 0 answers have a fault (0%)" in lines
    assert run("status", "--folder", tmp_path, "--examples", -1) == 2


def test_switches_of_the_generation(files, tiny_llama, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(command, "generate_intents", lambda *args, faults: calls.append((args[2].share_prefix, faults)))
    assert build(tmp_path, tiny_llama, *files, "--free-form") == 0
    assert run("build", "--folder", tmp_path, "--no-share-prefix", "--no-ask-again") == 0
    assert run("build", "--folder", tmp_path) == 0, "a switch is kept"
    assert run("build", "--folder", tmp_path, "--share-prefix", "--ask-again") == 0
    assert calls == [(True, FAULTS), (False, ()), (False, ()), (True, FAULTS)]


def test_killed_between_settings_and_corpus(tiny_llama, tmp_path, monkeypatch, capsys):
    rows = [f"u{user},i{item},5,I like it" for user in range(6) for item in range(6)]
    (tmp_path / "mine.csv").write_text("\n".join(["user,item,rating,text", *rows]))
    monkeypatch.chdir(tmp_path)
    given = ["--folder=out", f"--model={tiny_llama}", "--format=csv", "--reviews=mine.csv", "--free-form"]
    given += ["--max-tokens=4000", "--max-entries=1", "--max-new-tokens=4"]

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(intents_corpus, "build_corpus", killed)
        assert run("build", *given, "--k=2") == 130
    assert run("build", *given, "--k=3") == 0, "nothing was built with k 2"
    monkeypatch.chdir("/")
    assert run("build", "--folder", tmp_path / "out") == 0, "settings hold in every working directory"
    assert run("build", "--folder", tmp_path / "out", f"--reviews={tmp_path / 'mine.csv'}", "--min-rating=3") == 0
    assert run("build", "--folder", tmp_path / "out", "--min-rating=4") == 2
    assert "was built with min_rating 3.0" in capsys.readouterr().err
    (tmp_path / "out" / "settings.json").unlink()
    assert run("build", "--folder", tmp_path / "out", f"--model={tiny_llama}", "--format=csv") == 2
    assert "holds a corpus, but not the settings of it; leave out --format" in capsys.readouterr().err


def test_files_larger_than_the_memory(files, tiny_llama, tmp_path, capsys):
    pytest.importorskip("duckdb")
    damaged = tmp_path / "reviews.jsonl"
    damaged.write_text(f"{Path(files[0].partition('=')[2]).read_text()}\n{{\n")
    given = f"--reviews={damaged}", files[1], "--free-form", "--max-new-tokens=2", "--no-ask-again"
    assert build(tmp_path / "memory", tiny_llama, *given) == 0
    said = capsys.readouterr()
    assert "1 of " in said.err and "lines skipped" in said.err
    assert build(tmp_path / "disk", tiny_llama, *given, "--memory-limit=200MB") == 0
    assert capsys.readouterr() == (said.out.replace("memory", "disk"), said.err)
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("memory", "disk")]
    assert manifests[0]["files"] == manifests[1]["files"]
    assert build(tmp_path / "other", tiny_llama, *given, "--memory-limit=much") == 2
    assert "'memory_limit' must be a size" in capsys.readouterr().err

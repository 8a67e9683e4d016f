"""Answers of bad quality are asked once more, and the better answer is kept."""

import io
import json
import re

import pytest

from irllrec_pyg.text import FAULTS, IntentStore, answer_prompts, generate_intents, judge_intents, summary
from irllrec_pyg.text.progress import TextBar
from tests.text.scripted import GOOD, Scripted, good

COPY = "I watched The Last Promise on a train to Vienna."
BAD = {
    "truncation": "Someone who wants a calm film and",
    "repetition": "A film about a film about a film about a film.",
    "echo": COPY,
    "language": "Jemand, der einen ruhigen Film f\u00fcr den Abend sucht.",
    "sameness": "Wants this.",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_answers_of_bad_quality_are_asked_again(fault, writer, tiny_llama, tmp_path):
    prompts = {f"item/{n}": writer.item(str(n), f"Film {n}", reviews={"u": COPY}) for n in range(6)}
    bad = json.dumps({"likes": [], "dislikes": [], "intent": BAD[fault]})
    count, seeds = 3 if fault == "sameness" else 2, []  # two entities may have the same statement

    class Seeded(Scripted):
        def generate(self, prompts, sample=False, seed=0):
            seeds.append((len(prompts), sample, seed))
            return super().generate(prompts, sample, seed)

    def answer(prompt, sample):
        number = int(re.search(r"Film (\d)", prompt.data)[1])
        return bad if (not sample and number < count) or number == 0 else good(prompt)

    store = IntentStore(tmp_path / "all")
    answer_prompts(prompts, Seeded(tiny_llama, answer, batch_size=6), store, progress=False, faults=FAULTS)
    records = store.answers()
    assert [records[f"item/{n}"].attempts for n in range(6)] == [2] * count + [1] * (6 - count)
    assert records["item/0"].answer.intent == BAD[fault], "the first answer, if the second is no better"
    assert all(records[f"item/{n}"].text == good(prompts[f"item/{n}"]) for n in range(1, 6))
    assert [call[:2] for call in seeds] == [(6, False), (count, True)] and seeds[1][2] != 0, "one more try, with a seed"
    assert summary(store)["items"]["asked twice"] == count

    others, store = [name for name in FAULTS if name != fault], IntentStore(tmp_path / "others")
    answer_prompts(prompts, Scripted(tiny_llama, answer, batch_size=6), store, progress=False, faults=others)
    assert all(record.attempts == 1 for record in store.answers().values())


def test_an_answer_that_cannot_be_read_replaces_none(writer, tiny_llama, tmp_path):
    prompts, bad = {"item/1": writer.item("1", "Film")}, json.dumps({"likes": [], "dislikes": [], "intent": "Calm and"})
    for first, second, kept in ((bad, "no", bad), ("no", bad, bad), (bad, GOOD, GOOD), ("no", "never", "never")):
        store = IntentStore(tmp_path / str(len(list(tmp_path.iterdir()))))
        script = Scripted(tiny_llama, lambda prompt, sample, pair=(first, second): pair[sample])
        answer_prompts(prompts, script, store, progress=False, faults=["truncation"])
        assert (store.answers()["item/1"].text, store.answers()["item/1"].attempts) == (kept, 2)


def test_stored_answers_are_not_asked_again(corpus, writer, tiny_llama, tmp_path):
    bad = Scripted(tiny_llama, lambda prompt, sample: GOOD.replace(" calm film.", " calm"))
    generate_intents(corpus, writer, bad, IntentStore(tmp_path), progress=False, faults=())
    before = (tmp_path / "answers-00000.jsonl").read_bytes()
    assert len(bad.asked) == len(set(bad.asked))
    generate_intents(corpus, writer, bad, IntentStore(tmp_path), progress=False)
    assert len(bad.asked) == len(set(bad.asked)) and (tmp_path / "answers-00000.jsonl").read_bytes() == before


def test_an_unknown_fault_is_an_error(writer, tiny_llama, tmp_path):
    with pytest.raises(ValueError, match="'faults' must be one of 'repetition', .* 'boredom'"):
        answer_prompts({}, Scripted(tiny_llama), IntentStore(tmp_path), faults=["boredom"])


def test_quality_of_a_store_is_judged_with_its_prompts(corpus, writer, tiny_llama, tmp_path):
    store, review = IntentStore(tmp_path), corpus.reviews[corpus.reviews["split"] == "train"]["text"].iloc[0]
    copied = json.dumps({"likes": [], "dislikes": [], "intent": review})
    copy = Scripted(tiny_llama, lambda prompt, sample: copied if review[:30] in prompt.data else good(prompt))
    generate_intents(corpus, writer, copy, store, progress=False, faults=())
    verdicts = judge_intents(corpus, store)
    (echo,) = [verdict for verdict in verdicts["items"] if verdict.name == "echo"]
    assert echo.count >= 1 and echo.total == corpus.data["item"].num_nodes
    assert store.answers()[echo.examples[0][0]].answer.intent == echo.examples[0][1]
    (store.folder / "manifest.json").unlink()
    assert judge_intents(corpus, store)["items"][FAULTS.index("echo")].count == 0, "the prompts are not known"


def test_one_bar_per_kind_shows_the_time_left_of_both(corpus, writer, tiny_llama, tmp_path, monkeypatch):
    bars = []

    class Bar(TextBar):
        def __init__(self, unit, total, to_follow, **kwargs):
            super().__init__(unit, total, to_follow, **{**kwargs, "disable": False, "file": io.StringIO()})
            bars.append((unit, total, to_follow))

    monkeypatch.setattr("irllrec_pyg.text.generate.TextBar", Bar)
    generate_intents(corpus, writer, Scripted(tiny_llama), IntentStore(tmp_path))
    users, items = (corpus.data[side].num_nodes for side in ("user", "item"))
    assert bars == [("items", items, users), ("users", users, 0)]

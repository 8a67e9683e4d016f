"""The store: nothing twice, nothing lost, nothing changed."""

import random

import pytest

from irllrec_pyg.text import IntentAnswer, IntentStore, Record, answer_key

ANSWER = IntentAnswer(("a", "b"), (), "wants \u2028 lines\nand 素晴らしい")


def record(number, key="k", **kwargs):
    return Record(f"item/{number}", key, "valid", 1, "text\n{", ANSWER, **kwargs)


def test_what_is_added_is_read_again(tmp_path):
    store = IntentStore(tmp_path / "new" / "folder")
    failed = Record("user/1", "k", "failed", 2, "hm", None, "no JSON object in the answer")
    store.add([record(0), failed])
    again = IntentStore(tmp_path / "new" / "folder")
    assert list(again) == [record(0), failed] == list(store)
    assert again.get("user/1", "k") == failed and again.get("user/1", "other") is None
    assert again.missing({"item/0": "k", "item/1": "k", "user/1": "new"}) == ["item/1", "user/1"]


def test_nothing_is_written_twice_or_changed(tmp_path):
    store = IntentStore(tmp_path)
    store.add([record(0), record(0)])
    content = store.file.read_bytes()
    store.add([record(0, reason="another"), record(0)])
    store.add([])
    assert store.file.read_bytes() == content and len(store) == 1
    store.add([record(1)])
    assert store.file.read_bytes().startswith(content) and len(IntentStore(tmp_path)) == 2


def test_every_place_to_be_killed_at(tmp_path):
    store = IntentStore(tmp_path)
    store.add([record(0)])
    whole = store.file.read_bytes()
    store.add([record(1), record(2)])
    both = store.file.read_bytes()
    store._lock.release()
    for end in range(len(whole), len(both)):
        store.file.write_bytes(both[:end])
        resumed = IntentStore(tmp_path)
        assert list(resumed) == [record(0)], "what was not finished is no batch"
        resumed.add([record(1), record(2)])
        assert resumed.file.read_bytes() == both
        resumed._lock.release()


def test_processes_write_apart_and_are_read_together(tmp_path):
    stores = [IntentStore(tmp_path, process) for process in range(3)]
    for number in random.Random(0).sample(range(30), 30):
        stores[number % 3].add([record(number)])
    merged = IntentStore(tmp_path)
    assert {one.entity for one in merged} == {f"item/{number}" for number in range(30)}
    assert [len(store) for store in stores] == [10, 10, 10]


def test_two_writers_of_one_file_are_one_too_many(tmp_path):
    first, second = IntentStore(tmp_path), IntentStore(tmp_path)
    first.add([record(0)])
    with pytest.raises(RuntimeError, match="another process writes to .*answers-00000.jsonl"):
        second.add([record(1)])
    assert list(IntentStore(tmp_path)) == [record(0)]


def test_what_counts_now(tmp_path):
    store = IntentStore(tmp_path)
    assert store.current() == {} == store.answers()
    store.add([record(0, "old"), record(0, "new"), record(1, "old")])
    store.set_current({"item/0": "old", "item/1": "old"})
    store.set_current({"item/0": "new", "item/2": "new"})
    found = IntentStore(tmp_path).answers()
    assert found == {"item/0": record(0, "new"), "item/1": record(1, "old"), "item/2": None}


def test_a_store_of_the_first_format_is_read(tmp_path):
    store = IntentStore(tmp_path)
    store.add([record(0, "k"), record(1, "k")])
    del store  # it holds the lock
    (tmp_path / "current.json").write_text('{"item/0": "k"}')
    again = IntentStore(tmp_path)
    assert again.answers() == {"item/0": record(0, "k")}
    again.set_current({"item/1": "k"})
    assert IntentStore(tmp_path).current() == {"item/0": "k", "item/1": "k"}


def test_damage_is_named(tmp_path):
    store = IntentStore(tmp_path)
    store.add([record(0), record(1)])
    store.file.write_bytes(b"{broken\n" + store.file.read_bytes())
    with pytest.raises(ValueError, match="line 1 of .*answers-00000.jsonl' is damaged"):
        IntentStore(tmp_path)


def test_a_key_changes_with_all_it_is_made_from():
    keys = {
        answer_key("p", "m", {"max_new_tokens": 5, "do_sample": False}),
        answer_key("p2", "m", {"max_new_tokens": 5, "do_sample": False}),
        answer_key("p", "m2", {"max_new_tokens": 5, "do_sample": False}),
        answer_key("p", "m", {"max_new_tokens": 6, "do_sample": False}),
    }
    assert len(keys) == 4
    assert answer_key("p", "m", {"do_sample": False, "max_new_tokens": 5}) in keys, "the order says nothing"

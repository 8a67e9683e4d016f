"""A reload replaces the engine at once; requests that have begun end on the one that they began with."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from irllrec_pyg.serve import create_app
from irllrec_pyg.serve.run import reloading_on_hup

from .conftest import make_client, make_engine

USER = {"user": "user 3", "k": 5}


def items(answer):
    """Ids of the recommended items."""
    assert answer.status_code == 200, answer.text
    return [entry["item"] for entry in answer.json()["recommendations"][0]["items"]]


@pytest.fixture
def engines():
    """Two engines that recommend other items."""
    found = [make_engine(seed=0), make_engine(seed=1)]
    assert found[0].recommend(["user 3"], k=5)["item"].tolist() != found[1].recommend(["user 3"], k=5)["item"].tolist()
    return found


def test_a_reload_answers_from_the_new_engine(engines):
    loads = iter(engines)
    client = make_client(create_app(lambda: next(loads)))
    for number, engine in enumerate(engines):
        assert items(client.get("/recommend", params=USER)) == engine.recommend(["user 3"], k=5)["item"].tolist()
        if number == 0:
            before = client.get("/health").json()
            answer = client.post("/reload")
            assert answer.status_code == 200 and answer.json()["data"] != before["data"]


def test_requests_under_way_end_on_the_old_engine(engines, monkeypatch):
    loads, scoring, released = iter(engines), threading.Event(), threading.Event()
    app = create_app(lambda: next(loads))
    score = engines[0].ranker.score

    def slow(user):
        scoring.set()
        assert released.wait(60)
        return score(user)

    monkeypatch.setattr(engines[0].ranker, "score", slow)
    with make_client(app) as client, ThreadPoolExecutor(2) as threads:
        first = threads.submit(client.get, "/recommend", params=USER)
        assert scoring.wait(60)
        assert client.post("/reload").status_code == 200  # while the first request is still being scored
        second = threads.submit(client.get, "/recommend", params=USER)
        released.set()
        monkeypatch.setattr(engines[0].ranker, "score", score)
        found = [items(first.result(60)), items(second.result(60))]
    assert found == [engine.recommend(["user 3"], k=5)["item"].tolist() for engine in engines]


def test_a_reload_that_fails_keeps_the_engine(engines, caplog):
    loads = iter([engines[0]])

    def load():
        for engine in loads:
            return engine
        raise ValueError("'model.safetensors' is damaged; save the engine again")

    client = make_client(create_app(load))
    before = client.get("/health").json()
    answer = client.post("/reload")
    assert answer.status_code == 500 and "is damaged; save the engine again" in answer.json()["detail"]
    assert "could not be loaded" in caplog.text
    assert client.get("/health").json() == before
    assert items(client.get("/recommend", params=USER)) == engines[0].recommend(["user 3"], k=5)["item"].tolist()


def test_no_request_is_dropped_while_engines_are_replaced(engines):
    number = iter(range(100))
    app = create_app(lambda: engines[next(number) % 2])
    known = [engine.recommend(["user 3"], k=5)["item"].tolist() for engine in engines]
    with make_client(app) as client, ThreadPoolExecutor(4) as threads:
        asked = [
            threads.submit(client.post, "/reload")
            if turn % 10 == 5
            else threads.submit(client.get, "/recommend", params=USER)
            for turn in range(60)
        ]
        answers = [future.result(60) for future in asked]
    assert {answer.status_code for answer in answers} == {200}
    assert all(items(answer) in known for answer in answers if "recommendations" in answer.json())


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no SIGHUP")
def test_sighup_reloads(engines, caplog):
    loads, loaded = iter(engines), threading.Event()

    def load():
        engine = next(loads)
        if engine is engines[1]:
            loaded.set()
        return engine

    service = create_app(load).state.service
    before = signal.getsignal(signal.SIGHUP)
    with reloading_on_hup(service):
        os.kill(os.getpid(), signal.SIGHUP)
        assert loaded.wait(60)
        for thread in threading.enumerate():
            if thread.name == "reload":
                thread.join(60)
        assert service.current.engine is engines[1]
    assert signal.getsignal(signal.SIGHUP) == before


def test_one_of_several_processes_asks_for_its_replacement(engines):
    asked = []
    client = make_client(create_app(lambda: engines[0], restart=lambda: asked.append(1)))
    answer = client.post("/reload")
    assert (answer.status_code, answer.json()["status"], asked) == (202, "reloading", [1])

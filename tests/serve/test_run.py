"""The server as a process: it listens, and it ends after the requests that have begun."""

import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest
import uvicorn

from irllrec_pyg.serve import Limits, create_app, run, serve


@pytest.fixture
def listener():
    """A socket that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def refuses(address):
    """Whether nothing listens on an address any more."""
    try:
        socket.create_connection(address, timeout=60).close()
    except ConnectionError:  # refused, or reset because the listener closed in between
        return True
    return False


def test_requests_under_way_are_answered_before_the_server_ends(engine, listener, monkeypatch):
    app = create_app(lambda: engine)
    scoring, released, score = threading.Event(), threading.Event(), engine.ranker.score

    def slow(user):
        scoring.set()
        assert released.wait(60)
        return score(user)

    monkeypatch.setattr(engine.ranker, "score", slow)
    address = listener.getsockname()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with ThreadPoolExecutor(1) as threads:
        url = f"http://127.0.0.1:{address[1]}/recommend?user=user 3&k=2"
        answer = threads.submit(httpx.get, url, timeout=60)
        assert scoring.wait(60)
        server.handle_exit(signal.SIGTERM, None)
        while not refuses(address):  # the server has begun to end
            pass
        released.set()
        assert answer.result(60).status_code == 200
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def started(monkeypatch):
    """Records what uvicorn is started with, instead of starting it."""
    calls = []
    monkeypatch.setattr(run.uvicorn, "run", lambda app, **options: calls.append((app, options)))
    return calls


def test_serve_listens_on_this_machine(engine, tmp_path, started):
    pytest.importorskip("pyarrow")
    serve(engine.save_pretrained(tmp_path / "films"), port=81, log_level="warning")
    ((app, options),) = started
    assert (options["host"], options["port"], options["log_level"]) == ("127.0.0.1", 81, "warning")
    assert app.title == "films" and app.state.service.current.about["num_users"] == 24
    uvicorn.Config(app, **options).load()  # uvicorn accepts the options


def test_several_processes_make_their_apps_from_the_same_settings(engine, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    folder, seen, signals = engine.save_pretrained(tmp_path / "films"), [], []
    monkeypatch.setattr(run.os, "kill", lambda pid, number: signals.append((pid, number)))
    monkeypatch.setattr(run.uvicorn, "run", lambda app, **options: seen.append((app, options, run.worker_app())))
    serve(folder, workers=2, token="a long random text", limits=Limits(max_k=7))
    ((name, options, app),) = seen
    assert name == "irllrec_pyg.serve.run:worker_app" and options["factory"] and options["workers"] == 2
    service = app.state.service
    assert (service.token, service.limits.max_k, service.name) == ("a long random text", 7, "films")
    service.restart()
    assert signals == [(run.os.getppid(), signal.SIGHUP)]
    assert run._SETTINGS not in run.os.environ


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="'workers' must be at least 1"):
        serve(tmp_path, workers=0)
    with pytest.raises(ValueError, match="'log_level' must be one of"):
        serve(tmp_path, log_level="loud")

"""Without a token only this machine is answered; with one, those who send it."""

import pytest

from irllrec_pyg.serve import create_app, serve
from irllrec_pyg.serve.access import is_loopback

from .conftest import make_client

TOKEN = "a long random text"


@pytest.fixture
def guarded(engine):
    """A client of a server with a token; on another machine."""
    return make_client(create_app(lambda: engine, token=TOKEN), base_url="http://films.example", client=("10.0.0.7", 1))


@pytest.mark.parametrize("method_and_path", ["get /recommend?user=user 1", "get /health", "get /items", "post /reload"])
def test_a_token_is_asked_for(guarded, method_and_path):
    method, _, path = method_and_path.partition(" ")
    bad = [None, "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:6]}", "Bearer ", "Bearer \xe9"]
    for value in bad:
        headers = {} if value is None else {"Authorization": value.encode("latin-1")}
        answer = guarded.request(method, path, headers=headers)
        assert answer.status_code == 401 and "Bearer TOKEN" in answer.json()["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.request(method, path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "host", "code"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("::1", "[::1]:8000", 200),
        ("127.0.0.1", "localhost", 200),
        ("10.0.0.7", "127.0.0.1", 403),
        ("127.0.0.1", "attacker.example", 403),  # a name that was pointed at this machine
        ("127.0.0.1", "attacker_2.example", 403),
        ("127.0.0.1", "[", 403),
    ],
)
def test_without_a_token_only_this_machine_is_answered(engine, address, host, code):
    client = make_client(create_app(lambda: engine), client=(address, 1))
    for method, path in (("get", "/health"), ("post", "/reload")):
        assert client.request(method, path, headers={"host": host}).status_code == code


def test_other_hosts_need_a_token(tmp_path):
    with pytest.raises(ValueError, match="'host' is '0.0.0.0', which other machines can reach; give a 'token'"):
        serve(tmp_path, host="0.0.0.0")
    with pytest.raises(ValueError, match="'token' is empty"):
        serve(tmp_path, host="0.0.0.0", token=" ")


def test_empty_tokens_are_refused(engine):
    with pytest.raises(ValueError, match="'token' is empty"):
        create_app(lambda: engine, token="")


def test_missing_folders_are_named(tmp_path):
    for start in (serve, create_app):
        with pytest.raises(FileNotFoundError, match="there is no folder '.*nothing'"):
            start(tmp_path / "nothing")


def test_loopback_hosts():
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.8.0.1", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "example.com", "", None]))

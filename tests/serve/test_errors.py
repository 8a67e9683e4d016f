"""Every error is one sentence, and none shows a traceback."""

import pytest
import torch

from irllrec_pyg.ranking import EmbeddingRanker
from irllrec_pyg.serve import Limits, create_app

from .conftest import make_client, make_engine

SMALL = Limits(max_k=5, max_users=2, max_history=2, max_items=3, max_text=8, max_page=4, max_body=300)


@pytest.fixture
def small(engine):
    """A client of a server with small limits."""
    return make_client(create_app(lambda: engine, limits=SMALL))


@pytest.mark.parametrize(
    ("path", "body", "code", "detail"),
    [
        ("recommend", {"users": ["user 1"], "k": 6}, 422, "'k' must lie between 1 and 5 (got 6)"),
        ("recommend", {"users": ["user 1"], "k": 0}, 422, "'k' must lie between 1 and 5 (got 0)"),
        ("recommend", {"users": ["user 1"] * 3}, 422, "'users' must have 1 to 2 users (got 3); send fewer or more"),
        ("recommend", {"users": []}, 422, "'users' must have 1 to 2 users (got 0); send fewer or more"),
        (
            "recommend",
            {"users": ["user 1"], "k": 1, "exclude": ["item 1"] * 4},
            422,
            "'exclude' must have 0 to 3 items",
        ),
        ("recommend", {"users": ["user 1"], "k": 1, "among": ["item 1"] * 4}, 422, "'among' must have 0 to 3 items"),
        ("recommend", {"users": ["user 1"], "k": "many"}, 422, "'k' is not valid: input should be a valid integer"),
        ("recommend", {"users": "user 1"}, 422, "'users' is not valid: input should be a valid list (got 'user 1')"),
        ("recommend", {"users": ["user 1"], "top": 3}, 422, "there is no field 'top'"),
        ("recommend", {"k": 3}, 422, "'users' is missing"),
        ("recommend", {"users": ["user O3"], "k": 1}, 404, "did you mean 'user 3'"),
        (
            "recommend",
            {"users": ["x" * 250], "k": 1},
            404,
            f"'users' holds '{'x' * 200}...', but there is no such user",
        ),
        ("recommend", {"users": ["user 1"], "k": 1, "exclude": ["item x"]}, 404, "'exclude' holds 'item x'"),
        ("recommend", {"users": ["user " + "x" * 300]}, 413, "the body is larger than 300 bytes"),
        ("recommend_for", {"history": ["item 1"] * 3}, 422, "'history' must have 0 to 2 items (got 3)"),
        ("recommend_for", {"text": "a long text"}, 422, "'text' must have 0 to 8 characters (got 11)"),
        ("recommend_for", {"text": " "}, 422, "'history' and 'text' are both empty"),
        ("recommend_for", {"history": ["item x"], "k": 1}, 404, "'history' holds 'item x'"),
    ],
)
def test_bad_bodies(small, path, body, code, detail):
    answer = small.post(f"/{path}", json=body)
    assert answer.status_code == code and list(answer.json()) == ["detail"]
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("recommend", 422, "'user' is missing"),
        ("recommend?user=user 1&k=x", 422, "'k' is not valid"),
        ("recommend?user=nobody&k=1", 404, "'users' holds 'nobody', but there is no such user"),
        ("similar", 422, "give either 'item' or 'user'"),
        ("similar?item=item 1&user=user 1", 422, "give either 'item' or 'user'"),
        ("similar?item=item 1&k=9", 422, "'k' must lie between 1 and 5 (got 9)"),
        ("similar?item=thing", 404, "'item' holds 'thing', but there is no such item"),
        ("explain?user=user 1&item=thing", 404, "'item' holds 'thing'"),
        ("explain?user=nobody&item=item 1", 404, "'user' holds 'nobody'"),
        ("explain?user=user 1", 422, "'item' is missing"),
        ("users?limit=5", 422, "'limit' must lie between 1 and 4 (got 5)"),
        ("items?q=123456789", 422, "'q' must have 0 to 8 characters (got 9)"),
        ("items?limit=1&offset=-1", 422, "'offset' must lie between 0 and 20 (got -1)"),
        ("nothing", 404, "there is no page '/nothing'"),
    ],
)
def test_bad_queries(small, path, code, detail):
    answer = small.get(
        f"/{path}" if "k=" in path or "similar" not in path else f"/{path}{'&' if '?' in path else '?'}k=1"
    )
    assert answer.status_code == code and list(answer.json()) == ["detail"]
    assert detail in answer.json()["detail"]


def test_a_body_that_is_no_json(small):
    answer = small.post("/recommend", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "the body is not valid JSON"})


def test_a_body_in_chunks_is_limited_too(small):
    read = []

    def chunks():
        for number in range(1000):
            read.append(number)
            yield b'{"users": ["user 1"], "k": 1, "exclude": []}      '

    answer = small.post("/recommend", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 413 and "larger than 300 bytes" in answer.json()["detail"]


def test_a_body_at_the_limit_is_read(engine):
    body = b'{"users": ["user 1"], "k": 1}'
    for largest, code in ((len(body), 200), (len(body) - 1, 413)):
        client = make_client(create_app(lambda: engine, limits=Limits(max_body=largest)))
        answer = client.post("/recommend", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == code


def test_unexpected_errors_are_logged_under_the_id_of_the_answer(engine, client, monkeypatch, caplog):
    def fail(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(engine, "explain", fail)
    answer = client.get("/explain", params={"user": "user 1", "item": "item 1"})
    assert answer.status_code == 500 and "secret" not in answer.text and "Traceback" not in answer.text
    number = answer.json()["detail"].split()[-1]
    assert number in caplog.text and "secret detail" in caplog.text
    assert client.get("/health").status_code == 200


def test_scores_that_are_nan_are_the_servers_fault(engine, client, monkeypatch, caplog):
    monkeypatch.setattr(engine.ranker, "score", lambda user: torch.full((user.numel(), 20), torch.nan))
    assert client.get("/recommend", params={"user": "user 1"}).status_code == 500
    assert "NaN or infinite" in caplog.text


def test_what_the_engine_refuses_is_passed_on(engine, client, monkeypatch):
    def refuse(*args):
        raise ValueError("'k' is odd; give an even one")

    monkeypatch.setattr(engine, "similar_items", refuse)
    answer = client.get("/similar", params={"item": "item 1", "k": 3})
    assert (answer.status_code, answer.json()) == (422, {"detail": "'k' is odd; give an even one"})


def test_what_a_ranker_cannot_do_is_said():
    class Scores:
        num_users, num_items = 24, 20

        def score(self, user):
            return torch.rand(user.numel(), 20)

    client = make_client(create_app(lambda: make_engine(ranker=lambda data: Scores())))
    assert client.get("/recommend", params={"user": "user 1"}).status_code == 200
    answer = client.get("/similar", params={"item": "item 1"})
    assert answer.status_code == 501 and answer.json()["detail"]


def test_an_embedding_ranker_is_served():
    def ranker(data):
        return EmbeddingRanker(torch.randn(24, 4), torch.randn(20, 4))

    client = make_client(create_app(lambda: make_engine(ranker=ranker)))
    assert len(client.get("/recommend", params={"user": "user 1", "k": 3}).json()["recommendations"][0]["items"]) == 3


@pytest.mark.parametrize("path", ["recommend?user=user 1", "explain?user=user 1&item=item 1"])
def test_a_server_with_too_many_waiting_requests_says_so(engine, path):
    answer = make_client(create_app(lambda: engine, limits=Limits(max_waiting=0))).get(path)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
    assert answer.json() == {"detail": "too many requests wait; try again in a second"}

"""What the server recommends is what the engine recommends."""

import asyncio

import pytest
import torch
from httpx2 import ASGITransport, AsyncClient

from irllrec_pyg.models import EASE
from irllrec_pyg.ranking import Blend, EmbeddingRanker
from irllrec_pyg.recommender import Engine
from irllrec_pyg.recommender.exclude import taken_pairs
from irllrec_pyg.serve import create_app
from irllrec_pyg.serve.schema import Recommendations
from irllrec_pyg.serve.scorer import Query, Scorer
from irllrec_pyg.testing import tiny_data

from .conftest import make_client, make_engine


@pytest.fixture
def engine():
    """An engine in whose scores no two are equal."""

    def ranker(data):
        return Blend([EASE.from_data(data), EmbeddingRanker(0.01 * torch.randn(24, 8), torch.randn(20, 8))])

    return make_engine(ranker=ranker)


def best(engine, user, k, allowed=lambda item: True, exclude_history=True):
    """The best items by a loop over all items."""
    pairs = set(map(tuple, taken_pairs(engine.data).t().tolist()))
    scores = engine.ranker.score(torch.tensor([user]))[0].tolist()
    left = [item for item in range(20) if allowed(item) and not (exclude_history and (user, item) in pairs)]
    return [f"item {item}" for item in sorted(left, key=lambda item: -scores[item])[:k]]


def items(answer, position=0):
    """Ids of the recommended items."""
    assert answer.status_code == 200, answer.text
    return [entry["item"] for entry in answer.json()["recommendations"][position]["items"]]


def test_all_users_agree_with_a_loop(client, engine):
    body = {"users": [f"user {user}" for user in range(24)], "k": 4}
    answer = client.post("/recommend", json=body)
    assert [entry["user"] for entry in answer.json()["recommendations"]] == body["users"]
    for user in range(24):
        assert items(answer, user) == best(engine, user, 4)


def test_entries_are_those_of_the_engine(client, engine):
    table = engine.recommend(["user 3", "user 8"], k=5)
    answer = client.get("/recommend", params={"user": ["user 3", "user 8"], "k": 5}).json()
    found = [{"user": part["user"], **entry} for part in answer["recommendations"] for entry in part["items"]]
    assert [entry | {"score": pytest.approx(entry["score"])} for entry in table.to_dict("records")] == found
    Recommendations.model_validate(answer, strict=True)


def test_a_user_with_few_items_left_gets_fewer(client):
    assert len(items(client.get("/recommend", params={"user": "user 0", "k": 20}))) == 12


def test_history_may_stay(client, engine):
    answer = client.post("/recommend", json={"users": ["user 2"], "k": 6, "exclude_history": False})
    assert items(answer) == best(engine, 2, 6, exclude_history=False)


@pytest.mark.parametrize("method", ["get", "post"])
def test_exclude_and_among(client, engine, method):
    out, only = [f"item {item}" for item in range(0, 20, 3)], [f"item {item}" for item in range(15)]
    if method == "get":
        answer = client.get("/recommend", params={"user": "user 5", "exclude": out, "among": only})
    else:
        answer = client.post("/recommend", json={"users": ["user 5"], "exclude": out, "among": only})
    assert items(answer) == best(engine, 5, 10, lambda item: item % 3 and item < 15)


def test_among_without_items_recommends_nothing(client):
    assert items(client.post("/recommend", json={"users": ["user 5"], "among": []})) == []


def test_concurrent_requests_get_the_answers_of_single_ones(engine):
    app = create_app(lambda: engine)
    asked = [{"users": [f"user {n % 24}"], "k": 1 + n % 7, "exclude": [f"item {n % 20}"]} for n in range(90)]
    asked += [{"users": ["nobody"]}, {"users": ["user 1"], "k": 21}]

    async def main():
        transport = ASGITransport(app, client=("127.0.0.1", 1))
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            together = await asyncio.gather(*(client.post("/recommend", json=body) for body in asked))
            return together, [await client.post("/recommend", json=body) for body in asked]

    together, single = asyncio.run(main())
    assert [answer.status_code for answer in together] == [200] * 90 + [404, 422]
    for one, other in zip(together[:90], single[:90], strict=True):
        assert items(one) == items(other)
        scores = [[entry["score"] for entry in x.json()["recommendations"][0]["items"]] for x in (one, other)]
        assert scores[0] == pytest.approx(scores[1], rel=1e-5, abs=1e-6)


def test_equal_scores_come_in_the_same_order_in_any_company():
    engine = make_engine()  # items of the other group have a score of zero
    scorer = Scorer(engine)
    queries = [Query([user], k) for user in range(24) for k in (3, 12, 20)]
    assert scorer(queries) == [
        [[(item, pytest.approx(score, abs=1e-6)) for item, score in scorer([query])[0][0]]] for query in queries
    ]


def test_ids_are_texts_whatever_they_are_in_the_data():
    data = tiny_data()
    data["user"].original_id = [10 * user for user in range(24)]
    del data["item"].original_id
    client = make_client(create_app(lambda: Engine(EASE.from_data(data), data)))
    by_text, by_number = ({"users": [user], "k": 3} for user in ("70", 70))
    found = client.post("/recommend", json=by_text).json()
    assert found == client.post("/recommend", json=by_number).json()
    assert found["recommendations"][0]["user"] == "70"
    assert {type(entry["item"]) for entry in found["recommendations"][0]["items"]} == {str}
    assert "title" not in found["recommendations"][0]["items"][0]
    assert client.get("/similar", params={"item": "3"}).json()["similar"][0]["item"] == "3"


def test_ids_that_are_the_same_as_text_are_refused():
    data = tiny_data()
    data["item"].original_id = [1, "1", *range(2, 20)]
    with pytest.raises(ValueError, match="two items have ids that are the same as text, '1'"):
        create_app(lambda: Engine(EASE.from_data(data), data))

"""Search, similar items, explanations, new users, and the description of the server."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from irllrec_pyg.data import fingerprint
from irllrec_pyg.recommender.exclude import taken_pairs
from irllrec_pyg.serve import create_app, schema

from .conftest import make_client


def test_users_are_found_by_the_start_of_their_id(client, engine):
    found = client.get("/users", params={"prefix": "USER 1", "limit": 3, "offset": 2}).json()
    expected = [f"user {user}" for user in range(24) if str(user).startswith("1")]
    assert found["total"] == len(expected) and found["offset"] == 2
    assert [entry["user"] for entry in found["users"]] == expected[2:5]
    history = taken_pairs(engine.data)[0].tolist()
    assert [entry["history"] for entry in found["users"]] == [history.count(int(name[5:])) for name in expected[2:5]]
    schema.UserPage.model_validate(found, strict=True)


def test_pages_cover_all_users_once(client):
    pages = [client.get("/users", params={"limit": 7, "offset": offset}).json()["users"] for offset in range(0, 28, 7)]
    assert [entry["user"] for page in pages for entry in page] == [f"user {user}" for user in range(24)]


def test_items_are_found_by_a_part_of_title_or_id(client):
    assert client.get("/items", params={"q": "LE C"}).json()["items"] == [{"item": "item 2", "title": "Title c"}]
    found = client.get("/items", params={"q": "m 1"}).json()
    assert found["total"] == 11 and found["items"][0]["item"] == "item 1"
    assert client.get("/items", params={"q": "nothing"}).json() == {"total": 0, "offset": 0, "items": []}
    schema.ItemPage.model_validate(found, strict=True)


@pytest.mark.parametrize("side", ["item", "user"])
def test_similar_agrees_with_the_engine(client, engine, side):
    method = engine.similar_items if side == "item" else engine.similar_users
    found = client.get("/similar", params={side: f"{side} 3", "k": 4}).json()["similar"]
    assert found == [
        {**entry, "score": pytest.approx(entry["score"])} for entry in method([f"{side} 3"], k=4).to_dict("records")
    ]


def test_explain_agrees_with_the_engine(client, engine):
    item = engine.recommend(["user 3"], k=1)["item"][0]
    expected = engine.explain("user 3", item)
    found = client.get("/explain", params={"user": "user 3", "item": item}).json()
    assert (found["user"], found["item"], found["text"]) == ("user 3", item, str(expected))
    assert found["score"] == pytest.approx(expected.score)
    schema.Reason.model_validate(found)


def test_new_users_reach_the_engine(client, engine, monkeypatch):
    asked = []

    def recommend(history, text, k):
        asked.append((history, text, k))
        return pd.DataFrame({"item": ["item 4"], "rank": [1], "score": [float("nan")]})

    monkeypatch.setattr(engine, "recommend_for", recommend)
    answer = client.post("/recommend_for", json={"history": ["item 3"], "text": "calm", "k": 1})
    assert asked == [(["item 3"], "calm", 1)]
    assert answer.json() == {"items": [{"item": "item 4", "rank": 1, "score": None}]}


def test_new_users_are_recommended_to(client, engine):
    found = client.post("/recommend_for", json={"history": ["item 3"], "k": 4}).json()
    expected = engine.recommend_for(["item 3"], k=4)
    assert [entry["item"] for entry in found["items"]] == expected["item"].tolist()
    schema.NewUserRecommendations.model_validate(found, strict=True)


def test_ids_of_explanations_are_texts(client, engine, monkeypatch):
    content = {"user": 3, "item": 7, "text": "Because.", "history": [{"item": 5, "value": 0.5}]}
    monkeypatch.setattr(engine, "explain", lambda user, item: SimpleNamespace(to_dict=lambda: content))
    found = client.get("/explain", params={"user": "user 3", "item": "item 7"}).json()
    assert found == {"user": "3", "item": "7", "text": "Because.", "history": [{"item": "5", "value": 0.5}]}


def test_health_describes_the_engine(engine):
    engine.info["settings"] = {"identity": "abc"}
    found = make_client(create_app(lambda: engine, name="films")).get("/health").json()
    assert (found["status"], found["name"], found["ranker"], found["identity"]) == ("ok", "films", "EASE", "abc")
    assert (found["num_users"], found["num_items"], found["num_interactions"]) == (24, 20, 120)
    assert found["data"] == fingerprint(engine.data) and "torch" in found["versions"]
    schema.Health.model_validate(found, strict=True)


def test_the_api_is_described(client):
    described = client.get("/openapi.json").json()
    paths = {"/recommend", "/recommend_for", "/similar", "/explain", "/users", "/items", "/health", "/reload"}
    assert set(described["paths"]) == paths
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["summary"] and operation["description"]
            assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
            for parameter in operation.get("parameters", []):
                assert parameter["description"] or parameter["schema"]["description"]
    for name, model in described["components"]["schemas"].items():
        assert all("description" in field or "$ref" in str(field) for field in model["properties"].values()), name


def test_the_page_of_the_api_needs_no_network(client):
    page = client.get("/docs").text
    assert "http" not in page.replace("http://127.0.0.1", "")
    for file in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert client.get(file).status_code == 200
    assert "swagger-ui-bundle.js" in page

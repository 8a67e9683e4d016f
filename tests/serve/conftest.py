"""Fixtures: engines in memory, and clients on the same machine."""

import pytest

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

from irllrec_pyg.models import EASE
from irllrec_pyg.recommender import Engine
from irllrec_pyg.serve import create_app
from irllrec_pyg.testing import tiny_data

LOCAL = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 50000)}


def make_engine(seed=0, ranker=EASE.from_data):
    """An engine of tiny data with titles."""
    data = tiny_data(seed=seed)
    data["item"].title = [f"Title {'abcdefghijklmnopqrst'[item]}" for item in range(20)]
    return Engine(ranker(data), data)


def make_client(app, **options):
    """A client on the same machine."""
    return TestClient(app, **{**LOCAL, **options})


@pytest.fixture
def engine():
    """An engine of tiny data."""
    return make_engine()


@pytest.fixture
def client(engine):
    """A client of a server of ``engine``."""
    return make_client(create_app(lambda: engine))

"""The benchmark of the index, on a few made vectors."""

import pytest
import torch

from benchmarks import index


def test_shares_in_plain_python():
    found, exact = torch.randint(30, (5, 10)), torch.stack([torch.randperm(30)[:20] for _ in range(5)])
    expected = [len(set(one) & set(other)) / 20 for one, other in zip(found.tolist(), exact.tolist(), strict=True)]
    assert index.shares(found, exact).tolist() == pytest.approx(expected)


def test_rows_of_made_vectors(monkeypatch):
    pytest.importorskip("usearch")
    monkeypatch.setattr(index, "USERS", 30)
    monkeypatch.setattr(index, "DIM", 8)
    rows = {(row["method"], row["metric"]): row for row in index.made(500, queries=4, seed=0)}
    timed = {("engine", "open_seconds"), ("index", "open_seconds"), ("index", "build_cpu_seconds")}
    timed |= {(method, clock) for method in ("index", "all inner products") for clock in ("query_ms", "query_cpu_ms")}
    assert set(rows) == timed | {("index", "recall@20")}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows.values())
    assert rows["index", "recall@20"]["value"] > 0.95

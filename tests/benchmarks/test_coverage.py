"""Texts of a share of the items."""

import torch

from benchmarks import coverage
from irllrec_pyg.data import mean_of_items, text_mask


def test_some_items_lose_their_text_and_users_are_means_of_the_rest(data):
    kept = coverage.keep_share(data, ("intent",), 0, 0.25)
    has_text = text_mask(kept["item"].intent)
    assert int(has_text.sum()) == 5 and torch.equal(kept["item"].intent[has_text], data["item"].intent[has_text])
    assert torch.equal(kept["user"].intent, mean_of_items(data, kept["item"].intent))
    assert text_mask(data["item"].intent).all()
    fewer = text_mask(coverage.keep_share(data, ("intent",), 0, 0.1)["item"].intent)
    assert (has_text | ~fewer).all()  # of the same draw
    assert not torch.equal(text_mask(coverage.keep_share(data, ("intent",), 1, 0.25)["item"].intent), has_text)


def test_script(script, tmp_path, own_registrations):
    common = ("--dataset", "lastfm", "--root", tmp_path, "--epochs", 1, "--seeds", 0, "--out", tmp_path / "runs")
    rows = script("coverage", *common, "--method", "text-ranking", "--plot", tmp_path / "figure.png")
    assert set(zip(rows["name"], rows["share"], strict=True)) == {
        ("base", 1.0),
        *(("text-ranking", share) for share in coverage.SHARES),
    }
    assert rows.groupby("share")["value"].sum().nunique() == len(coverage.SHARES)
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")

"""Published matrices, Last.fm and the data object."""

import json
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from safetensors.torch import save_file

from irllrec_pyg.data import (
    INTERACTS,
    apply_control,
    make_data,
    mean_of_items,
    set_features,
    split_per_user,
    statistics,
)
from irllrec_pyg.datasets import AmazonBook, AmazonMovie, LastFM, PublishedDataset, Yelp, load_features
from tests.conftest import shared


class Tiny(PublishedDataset):
    """Three users, four items."""

    table1 = (3, 4, 9)


SPLITS = {
    "trn": [(0, 0), (1, 1), (2, 2), (0, 3), (1, 0)],
    "val": [(0, 1), (1, 2)],
    "tst": [(2, 0), (0, 2)],
}


def write(folder, splits=SPLITS, shape=(3, 4)):
    folder.mkdir(parents=True, exist_ok=True)
    for name, pairs in splits.items():
        row, col = zip(*pairs, strict=True) if pairs else ((), ())
        matrix = sp.coo_matrix((np.ones(len(row)), (row, col)), shape=shape)
        (folder / f"{name}_mat.pkl").write_bytes(pickle.dumps(matrix))
    return folder


def test_published_layout(tmp_path):
    dataset = Tiny(write(tmp_path))
    data = dataset[0]
    assert len(dataset) == 1 and str(dataset) == "Tiny()"
    edges = data[INTERACTS]
    for attribute, name in (("edge_index", "trn"), ("val_label_index", "val"), ("test_label_index", "tst")):
        assert set(zip(*edges[attribute].tolist(), strict=True)) == set(SPLITS[name])
    assert statistics(data) == {"users": 3, "items": 4, "interactions": 9, "density": 0.75}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["trn_mat.pkl", "tst_mat.pkl", "val_mat.pkl"]
    assert Tiny(tmp_path, transform=lambda data: data["user"].num_nodes)[0] == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val": SPLITS["val"] + [(0, 0)]}, "train and val splits share 1 interactions"),
        ({"tst": SPLITS["tst"] + [(0, 1)]}, "val and test splits share 1 interactions"),
        ({"tst": []}, "test split is empty"),
        ({"trn": SPLITS["trn"][:-1]}, "holds 8 interactions, but Tiny has 9"),
        (
            {"trn": [(0, 0), (1, 1), (1, 3), (0, 3), (1, 0)]},
            "1 users have held-out items but no training item, the first is user 2",
        ),
    ],
)
def test_splits_that_are_wrong(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        Tiny(write(tmp_path, {**SPLITS, **changes}))


def test_texts_of_items(tmp_path):
    write(tmp_path)
    file = tmp_path / "texts.jsonl"
    file.write_text('{"item": 2, "title": "Dune "}\n{"item": 0, "title": "Emma", "description": "A matchmaker."}\n')
    assert Tiny(tmp_path, texts=file)[0]["item"].text == ["Emma. A matchmaker.", "", "Dune", ""]
    for line in ('{"item": 4, "title": "x"}', '{"item": 1}', "[]", "no"):
        file.write_text('{"item": 2, "title": "Dune"}\n' + line)
        with pytest.raises(ValueError, match="line 2"):
            Tiny(tmp_path, texts=file)


def test_files_that_are_wrong(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing: trn_mat.pkl, val_mat.pkl, tst_mat.pkl"):
        Tiny(tmp_path / "nowhere")
    write(tmp_path)
    (tmp_path / "val_mat.pkl").unlink()
    with pytest.raises(FileNotFoundError, match="missing: val_mat.pkl"):
        Tiny(tmp_path)
    write(tmp_path, shape=(3, 5))
    with pytest.raises(ValueError, match="is 3 x 5, but Tiny has 3 users and 4 items"):
        Tiny(tmp_path)
    write(tmp_path)
    (tmp_path / "trn_mat.pkl").write_bytes((tmp_path / "trn_mat.pkl").read_bytes()[:40])
    with pytest.raises(ValueError, match="cannot read .*trn_mat.pkl"):
        Tiny(tmp_path)


@pytest.mark.parametrize("kind", ["npy", "pkl", "safetensors", "one safetensors"])
def test_feature_files(tmp_path, kind):
    user, item = np.random.rand(3, 5).astype("float32"), np.random.rand(4, 5).astype("float32")
    files = [tmp_path / f"{side}.{kind}" for side in ("user", "item")]
    for file, array in zip(files, (user, item), strict=True):
        if kind == "npy":
            np.save(file, array)
        elif kind == "pkl":
            file.write_bytes(pickle.dumps(array))
        elif kind == "safetensors":
            save_file({"x": torch.from_numpy(array)}, file)
    if kind == "one safetensors":
        files = tmp_path / "both.safetensors"
        save_file({"user": torch.from_numpy(user), "item": torch.from_numpy(item)}, files)
    data = Tiny(write(tmp_path / "raw"), intents=files, profiles=files)[0]
    for name in ("intent", "profile"):
        np.testing.assert_array_equal(data["user"][name], user)
        np.testing.assert_array_equal(data["item"][name], item)


def test_features_that_are_wrong(tmp_path, data):
    user, item = data["user"].intent, data["item"].intent
    with pytest.raises(ValueError, match=r"features of users are \[20, 12\], but there are 30 users"):
        set_features(data, "intent", item, item)
    with pytest.raises(ValueError, match="12 wide for users and 4 for items"):
        set_features(data, "intent", user, item[:, :4])
    bad = item.clone()
    bad[7, 2] = float("nan")
    with pytest.raises(ValueError, match="features of items hold NaN or infinity, first in row 7"):
        set_features(data, "intent", user, bad)
    with pytest.raises(ValueError, match=r"give one of .npy, .safetensors, .pkl"):
        load_features([tmp_path / "x.csv", tmp_path / "y.csv"])
    with pytest.raises(FileNotFoundError, match="there is no feature file"):
        load_features([tmp_path / "x.npy", tmp_path / "y.npy"])
    with pytest.raises(ValueError, match=r"need one feature file or two \(got 3\)"):
        load_features(["a.npy"] * 3)
    (tmp_path / "x.npy").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="cannot read features from"):
        load_features([tmp_path / "x.npy"] * 2)
    (tmp_path / "x.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="cannot read features from"):
        load_features([tmp_path / "x.safetensors"] * 2)
    np.save(tmp_path / "x.npy", np.arange(4))
    np.save(tmp_path / "good.npy", np.ones((2, 3)))
    for files, side in ((("x", "good"), "user"), (("good", "x"), "item")):
        message = f"{side} features must be a matrix of floating point numbers .* from '.*x.npy'"
        with pytest.raises(ValueError, match=message):
            load_features([tmp_path / f"{name}.npy" for name in files])
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="cannot read features from"):
        load_features([tmp_path / "x.npy"] * 2)
    save_file({"a": torch.ones(1), "b": torch.ones(1)}, tmp_path / "two.safetensors")
    with pytest.raises(ValueError, match="must be .safetensors with the tensors 'user' and 'item'"):
        load_features(tmp_path / "two.safetensors")
    with pytest.raises(ValueError, match="holds 2 tensors"):
        load_features([tmp_path / "two.safetensors"] * 2)


def test_users_without_text_are_what_they_took(data):
    item = data["item"].intent
    user = mean_of_items(data, item)
    train = data[INTERACTS].edge_index
    mean = item[train[1, train[0] == 4]].mean(0)
    torch.testing.assert_close(user[4], mean / mean.norm())
    assert user.shape == (30, 12)


def test_shuffled_features_are_permuted(data):
    before = data["user"].intent.clone()
    shuffled = apply_control(data, "shuffled", seed=1)
    assert torch.equal(data["user"].intent, before), "the original stays as it is"
    for side in ("user", "item"):
        ours, theirs = (sorted(map(tuple, d[side].intent.tolist())) for d in (shuffled, data))
        assert ours == theirs and not torch.equal(shuffled[side].intent, data[side].intent)
    assert torch.equal(apply_control(data, "shuffled", seed=1)["item"].intent, shuffled["item"].intent)
    assert torch.equal(shuffled[INTERACTS].edge_index, data[INTERACTS].edge_index)


def pairs(*columns):
    return torch.tensor(columns, dtype=torch.long).reshape(-1, 2).t()


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (pairs((0, 0), (3, 1)), "'train' holds the user id 3, but there are 3 users"),
        (pairs((0, 0), (1, -1)), "'train' holds the item id -1"),
        (pairs((0, 0), (0, 0)), "train split repeats 1 interactions"),
        (pairs(), "train split is empty"),
    ],
)
def test_make_data_checks(train, message):
    with pytest.raises(ValueError, match=message):
        make_data(train, pairs((0, 1)), pairs((0, 2)), 3, 4)


def test_split_per_user():
    user = torch.randint(50, (4000,))
    parts = split_per_user(user, (8, 1, 1), seed=1)
    assert torch.equal(torch.cat(parts).sort().values, torch.arange(4000))
    assert [len(part) / 4000 for part in parts] == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    assert set(user[parts[0]].tolist()) == set(user.tolist()), "everyone keeps something to train on"
    assert all(torch.equal(a, b) for a, b in zip(parts, split_per_user(user, (8, 1, 1), seed=1), strict=True))
    assert not torch.equal(parts[1], split_per_user(user, (8, 1, 1), seed=2)[1])
    single = split_per_user(torch.arange(5), (1, 5, 5))
    assert [len(part) for part in single] == [5, 0, 0]
    with pytest.raises(ValueError, match="'ratio' must start with a share above 0"):
        split_per_user(user, (0, 1))


def write_lastfm(folder, users=3, items=4):
    folder.mkdir(exist_ok=True)
    (folder / "train.txt").write_text("0 0 1 2\n1 1 3\n2 0 2 3\n")
    (folder / "test.txt").write_text("0 3\n1 0 2 \n2 1\n")
    lines = [{"user": n, "llm_summary": f"likes {n}"} for n in reversed(range(users))]
    (folder / "users.jsonl").write_text("\n".join(map(json.dumps, lines)))
    lines = [{"item": n, "artist": f"A{n}", "tags": ["rock (3)"], "llm_summary": f"about {n}"} for n in range(items)]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def test_lastfm(tmp_path):
    for seed in range(20):  # a tenth of so few is often nothing
        try:
            data = LastFM(write_lastfm(tmp_path), seed=seed)[0]
            break
        except ValueError as error:
            assert "val split is empty" in str(error)
    assert data["user"].summary == ["likes 0", "likes 1", "likes 2"] and "text" not in data["user"]
    assert data["item"].original_id == ["A0", "A1", "A2", "A3"] and data["item"].tags[0] == ["rock (3)"]
    edges = data[INTERACTS]
    kept = torch.cat([edges.edge_index, edges.val_label_index], dim=1)
    assert set(zip(*kept.tolist(), strict=True)) == {(0, 0), (0, 1), (0, 2), (1, 1), (1, 3), (2, 0), (2, 2), (2, 3)}
    assert edges.test_label_index.size(1) == 4


def test_lastfm_that_is_wrong(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="LastFM needs .*; missing: train.txt, test.txt, items.jsonl, users.jsonl"
    ):
        LastFM(tmp_path / "nowhere")
    write_lastfm(tmp_path)
    (tmp_path / "train.txt").write_text("0 0 one\n")
    with pytest.raises(ValueError, match=r"train.txt', line 1: need a user and items as numbers"):
        LastFM(tmp_path)
    write_lastfm(tmp_path)
    (tmp_path / "items.jsonl").write_text((tmp_path / "items.jsonl").read_text().replace("about 2", ""))
    with pytest.raises(ValueError, match=r"items.jsonl', line 3: need 'item', .* \('llm_summary' is empty\)"):
        LastFM(tmp_path)
    (tmp_path / "users.jsonl").write_text("{broken")
    with pytest.raises(ValueError, match=r"users.jsonl', line 1: need 'user' and 'llm_summary'"):
        LastFM(tmp_path)


@pytest.mark.parametrize(("numbers", "missing"), [((0, 1, 3), 2), ((0, 1, 1, 2), 2), ((1, 2), 0)])
def test_lastfm_without_a_line_for_each_item(tmp_path, numbers, missing):
    folder = write_lastfm(tmp_path)
    lines = (folder / "items.jsonl").read_text().splitlines()
    (folder / "items.jsonl").write_text("\n".join(lines[number] for number in numbers))
    with pytest.raises(ValueError, match=f"no line of item {missing}, or two"):
        LastFM(folder)


@pytest.mark.parametrize(("cls", "name"), [(AmazonBook, "amazon-book"), (AmazonMovie, "amazon-movie")])
def test_real_matrices(cls, name):
    data = cls(shared(f"data/{name}"))[0]
    assert (data["user"].num_nodes, data["item"].num_nodes, statistics(data)["interactions"]) == cls.table1


def test_real_matrices_of_another_dataset():
    with pytest.raises(ValueError, match="is it another dataset's file"):
        Yelp(shared("data/amazon-book"))


def test_real_lastfm():
    data = LastFM(shared("data/lastfm"))[0]
    assert statistics(data) == pytest.approx({"users": 1859, "items": 2813, "interactions": 71294, "density": 0.01363},
                                             rel=1e-3)  # fmt: skip
    assert data["item"].original_id[0] == "Duran Duran" and "Duran Duran" in data["item"].text[0]
    assert data[INTERACTS].val_label_index.size(1) == pytest.approx(5779, rel=0.05)

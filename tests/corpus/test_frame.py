"""Anyone's own table."""

import pandas as pd
import pytest

from irllrec_pyg.corpus import from_dataframe
from irllrec_pyg.data import INTERACTS, SEEN


def table():
    rows = [(f"user {u}", f"item {i}") for u in range(20) for i in range(12) if (u * 7 + i * 5) % 3]
    return pd.DataFrame(rows, columns=["who", "what"])


def test_keeps_the_ids():
    frame = table().sample(frac=1, random_state=0)
    data = from_dataframe(pd.concat([frame, frame.head(5)]), "who", "what", seed=4)
    edges, seen = data[INTERACTS], []
    for name in ("edge_index", "val_label_index", "test_label_index"):
        user, item = edges[name].tolist()
        seen += [(data["user"].original_id[u], data["item"].original_id[i]) for u, i in zip(user, item, strict=True)]
    assert sorted(seen) == sorted(frame.itertuples(index=False, name=None))
    assert data["user"].original_id == sorted(data["user"].original_id)


def test_a_split_of_one_s_own():
    frame = table()
    frame["part"] = (["train"] * 6 + ["val", "test"]) * (len(frame) // 8) + ["train"] * (len(frame) % 8)
    data = from_dataframe(frame, "who", "what", split="part")
    edges = data[INTERACTS]
    assert edges.val_label_index.size(1) == (frame["part"] == "val").sum()
    wrong = frame.assign(part=frame["part"].replace("val", "valid"))
    with pytest.raises(ValueError, match=r"column 'part' holds 'valid'; use train, val, test"):
        from_dataframe(wrong, "who", "what", split="part")


def test_numbers_and_mixed_scales_are_ids_too():
    frame = pd.DataFrame({"user": [10, 10, 10, 7, 7, 7] * 2, "item": [900, 5, 31, 5, 31, 900, 1, 2, 3, 1, 2, 3]})
    data = from_dataframe(frame, ratio=(1, 1, 1))
    assert data["user"].original_id == [7, 10] and data["item"].original_id == [1, 2, 3, 5, 31, 900]


def test_bad_tables():
    with pytest.raises(ValueError, match=r"there is no column 'user', name another; the table has 'who', 'what'"):
        from_dataframe(table())
    holes = table()
    holes.loc[3, "who"] = None
    with pytest.raises(ValueError, match="column 'who' has 1 missing values"):
        from_dataframe(holes, "who", "what")
    with pytest.raises(ValueError, match="the table holds no interactions"):
        from_dataframe(table().head(0), "who", "what")


def test_a_table_that_is_too_small_is_named():
    small = pd.DataFrame({"who": ["a", "b", "c"], "what": ["x", "x", "y"]})
    message = r"too small for the splits: 3 interactions of 3 users leave the val split empty; .* one user with 10"
    with pytest.raises(ValueError, match=message):
        from_dataframe(small, "who", "what")
    with pytest.raises(ValueError, match="one user with 5 different items"):
        from_dataframe(small, "who", "what", ratio=(3, 1, 1))
    with pytest.raises(ValueError, match=r"'ratio' leaves a split empty \(got \(8, 2, 0\)\)"):
        from_dataframe(table(), "who", "what", ratio=(8, 2, 0))
    enough = pd.DataFrame({"who": "a", "what": range(10)})
    for seed in range(20):
        from_dataframe(enough, "who", "what", seed=seed)


def test_a_split_column_needs_every_split():
    frame = table()
    frame["part"] = ["train", "val"] * (len(frame) // 2)
    with pytest.raises(ValueError, match="column 'part' has no row with 'test'"):
        from_dataframe(frame, "who", "what", split="part")


def splits(data):
    names = ("edge_index", "val_label_index", "test_label_index")
    ids = data["user"].original_id, data["item"].original_id
    return [{(ids[0][user], ids[1][item]) for user, item in data[INTERACTS][name].t().tolist()} for name in names]


def test_the_order_of_rows_does_not_change_the_split():
    frame = table()
    shuffled = frame.sample(frac=1, random_state=3)
    assert splits(from_dataframe(frame, "who", "what")) == splits(from_dataframe(shuffled, "who", "what"))


def test_each_user_is_split_by_the_ratio():
    """Each item of the first users is theirs alone, so a split of items would hold out none of them."""
    rows = [(who, f"{who} {what}") for who in "abc" for what in range(20)]
    rows += [(f"user {who}", "an item of all") for who in range(30)]
    data = from_dataframe(pd.DataFrame(rows, columns=["user", "item"]))
    train, val, test = splits(data)
    for who in "abc":
        assert [sum(user == who for user, _ in part) for part in (train, val, test)] == [16, 2, 2]
    assert {user for user, _ in train} == {user for user, _ in rows}


def test_unused_categories_become_no_nodes():
    frame = table().astype({"who": "category", "what": "category"})
    kept = frame[frame["who"] != "user 3"]
    data = from_dataframe(kept, "who", "what")
    assert data["user"].num_nodes == 19 and "user 3" not in data["user"].original_id


def test_a_pair_in_two_splits_is_refused_whatever_the_order():
    frame = table()
    frame["part"] = (["train"] * 6 + ["val", "test"]) * (len(frame) // 8) + ["train"] * (len(frame) % 8)
    again = frame.iloc[[0]].assign(part="test")
    for both in (pd.concat([frame, again]), pd.concat([again, frame])):
        with pytest.raises(ValueError, match=r"'part' puts 1 interactions into more than one split, \('user 0'"):
            from_dataframe(both, "who", "what", split="part")
    same = pd.concat([frame, frame.iloc[[0]]])
    assert splits(from_dataframe(same, "who", "what", split="part"))


@pytest.mark.parametrize("ratio", [(8, 2), (8,), (7, 1, 1, 1)])
def test_a_ratio_has_three_values(ratio):
    with pytest.raises(ValueError, match="'ratio' must have three values"):
        from_dataframe(table(), "who", "what", ratio=ratio)


def named(data, pairs):
    users, items = data["user"].original_id, data["item"].original_id
    return {(users[u], items[i]) for u, i in pairs.t().tolist()}


def timed(seed=0):
    """Interactions in a random order; some pairs occur again, later; some times are equal."""
    frame = table().sample(frac=1, random_state=seed)
    frame["day"] = pd.Series(range(len(frame)), index=frame.index) // 3
    again = frame.iloc[:9].assign(day=1000)
    return pd.concat([frame, again]).sample(frac=1, random_state=seed + 1)


def first_times(frame):
    found = {}
    for who, what, day in frame.itertuples(index=False):
        found[who, what] = min(day, found.get((who, what), day))
    return found


def test_the_last_two_of_each_user_are_held_out():
    frame = pd.concat([timed(), pd.DataFrame({"who": ["few"] * 2, "what": ["item 1", "item 2"], "day": [7, 8]})])
    data = from_dataframe(frame, "who", "what", split_by="last", time="day")
    pairs, when = data[INTERACTS], first_times(frame)
    val, test = named(data, pairs.val_label_index), named(data, pairs.test_label_index)
    assert sorted(user for user, _ in test) == sorted(user for user, _ in val) == sorted(set(table()["who"]))
    for user, item in test:
        own = {pair: day for pair, day in when.items() if pair[0] == user}
        assert own[user, item] == max(own.values())
        (before,) = [pair for pair in val if pair[0] == user]
        del own[user, item]
        assert own[before] == max(own.values())
    assert named(data, pairs.edge_index) == set(when) - val - test


def test_training_comes_before_validation_and_validation_before_the_test():
    frame = pd.concat([timed(), pd.DataFrame({"who": ["new"], "what": ["item 1"], "day": [999]})])
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"], unit="D")
    data = from_dataframe(frame, "who", "what", ratio=(6, 2, 2), split_by="time", time="day")
    pairs, when = data[INTERACTS], first_times(frame)
    train, val, test = (named(data, pairs[name]) for name in ("edge_index", "val_label_index", "test_label_index"))
    days = [sorted(when[pair] for pair in part) for part in (train, val, test)]
    assert days[0][-1] < days[1][0] and days[1][-1] < days[2][0]
    assert len(train) / len(when) == pytest.approx(0.6, abs=0.03)
    unknown = named(data, pairs[SEEN])
    assert ("new", "item 1") in unknown and train | val | test | unknown == set(when)
    known = [{pair[side] for pair in train} for side in (0, 1)]
    assert all(user in known[0] and item in known[1] for user, item in val | test)
    assert not any(user in known[0] and item in known[1] for user, item in unknown)


@pytest.mark.parametrize("split_by", ["last", "time"])
def test_the_order_of_rows_does_not_change_a_split_by_time(split_by):
    one, other = (
        from_dataframe(timed().sample(frac=1, random_state=seed), "who", "what", split_by=split_by, time="day")
        for seed in (1, 2)
    )
    assert splits(one) == splits(other)
    unnamed = timed().set_axis([0, 1, 2], axis=1)
    assert splits(from_dataframe(unnamed, 0, 1, split_by=split_by, time=2)) == splits(one)


def test_bad_times():
    for options, message in (
        ({"split_by": "last"}, "'split_by' is 'last', which needs 'time'"),
        ({"split_by": "week"}, "'split_by' must be one of"),
        ({"split_by": "time", "time": "hour"}, "no column 'hour'"),
    ):
        with pytest.raises(ValueError, match=message):
            from_dataframe(timed(), "who", "what", **options)
    wrong = timed().astype({"day": object})
    wrong.iloc[3, 2] = "soon"
    with pytest.raises(ValueError, match="column 'day' holds 'soon', which is no time"):
        from_dataframe(wrong, "who", "what", split_by="time", time="day")
    short = pd.DataFrame({"who": ["a", "a", "b"], "what": [1, 2, 1], "day": [1, 2, 3]})
    with pytest.raises(ValueError, match="no user has three interactions"):
        from_dataframe(short, "who", "what", split_by="last", time="day")

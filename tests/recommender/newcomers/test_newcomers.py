"""Users and items that training did not see."""

import pytest
import torch

from irllrec_pyg import Engine
from irllrec_pyg.data import INTERACTS, JointGraph, set_features
from irllrec_pyg.models import EASE, LightGCN
from irllrec_pyg.ranking import Blend, Standardized, history_matrix
from irllrec_pyg.recommender import Newcomers, load_model, save_model
from irllrec_pyg.recommender.newcomers.encoders import check_texts, feature_encoder
from irllrec_pyg.recommender.newcomers.measuring import HeldOutUsers
from irllrec_pyg.testing import check_ranker, tiny_data
from irllrec_pyg.text import text_features

# Items 0 to 9 are of even users, items 10 to 19 of odd ones; see tiny_data.
WORDS = {"trains": ["steam engine", "railway line", "night train"], "islands": ["palm beach", "coral reef", "blue sea"]}


def text_of(group, number):
    return f"a story about the {WORDS[group][number % 3]} and the {WORDS[group][(number + 1) % 3]} number{number}"


def data_with_texts(users=False):
    data = tiny_data()
    del data["user"].profile, data["item"].profile
    data["item"].text = [text_of("trains" if item < 10 else "islands", item) for item in range(20)]
    if users:
        data["user"].text = [f"I like the {WORDS['islands' if user % 2 else 'trains'][user % 3]}" for user in range(24)]
    set_features(data, "intent", *text_features(data, letters))
    return set_features(data, "words", *text_features(data, "tf-idf"))


def letters(texts):
    """Counts of words, with one column per known word."""
    known = [word for group in WORDS.values() for text in group for word in text.split()]
    return torch.tensor([[1.0 + 5.0 * text.split().count(word) for word in known] for text in texts])


def newcomers(data=None, **kwargs):
    data = data_with_texts() if data is None else data
    return Newcomers(EASE.from_data(data, l2_weight=1.0), data, letters, **kwargs)


def groups(table):
    return [int(item.split()[1]) // 10 for item in table["item"]]


def test_history_alone_scores_as_the_ranker_reads_it():
    found = newcomers()
    table = found.recommend(["item 12", "item 15"], k=3)
    score = found.ranker.score_history(history_matrix([[12, 15]], 20))[0]
    score[[12, 15]] = -torch.inf
    assert table["item"].tolist() == [f"item {item}" for item in score.argsort(descending=True)[:3].tolist()]
    assert list(table) == ["item", "rank", "score"] and groups(table) == [1, 1, 1]
    kept = found.recommend(["item 12"], k=20, exclude=None)
    assert "item 12" in kept["item"].tolist()
    chosen = found.recommend(["item 12"], k=20, exclude=["item 15"])["item"].tolist()
    assert "item 12" in chosen and "item 15" not in chosen


@pytest.mark.parametrize("users", [False, True])
def test_text_alone_finds_the_group(users):
    found = newcomers(data_with_texts(users))
    assert found.space.own_texts == users and found.space.names == ["intent", "words"]
    assert groups(found.recommend(text="coral reef and palm beach", k=5)) == [1] * 5
    assert groups(found.recommend(text="night train on a railway line", k=5)) == [0] * 5


def test_a_sentence_of_one_word_is_read_as_the_texts_that_are_most_alike():
    found = newcomers()  # known users have means over texts of items, which one word is unlike
    score = found.score([[], []], ["reef", "railway"])
    islands = score[:, 10:].mean(dim=1) - score[:, :10].mean(dim=1)
    assert islands[0] > 1.5 and islands[1] < -1.5
    texts = found.texts
    assert "regression" not in texts.weights
    texts.weights = {"neighbors": 1.0}
    score = found.score([[], []], ["reef", "railway"])
    assert score[0, 10:].mean() > 0.7 > -0.7 > score[1, 10:].mean()


def test_long_histories_outweigh_texts():
    found = newcomers()
    found.__dict__["half"] = 2.0
    history = [f"item {item}" for item in range(10, 14)]
    _, weight = found.score_texts([torch.arange(10, 14), torch.tensor([], dtype=torch.long)], ["night train"] * 2)
    torch.testing.assert_close(weight, torch.tensor([2.0 / 6.0, 1.0]))
    score = found.score([torch.arange(10, 14)], ["night train"])[0]
    by_text = found.texts.score(found.space.encode(["night train"], "user"))[0]
    by_history = found.ranker.score_history(history_matrix([range(10, 14)], 20))[0]
    by_history = (by_history - by_history.mean()) / by_history.std(correction=0)
    torch.testing.assert_close(score, by_history * 4 / 6 + by_text * 2 / 6)
    assert groups(found.recommend(history, "night train", k=3)) == [1] * 3


def test_each_user_of_a_call_is_scored_alone():
    found = newcomers()
    histories = [torch.tensor([3, 4]), torch.tensor([], dtype=torch.long), torch.tensor([12])]
    together = found.score(histories, [None, "coral reef", "night train"])
    for row, text in enumerate([None, "coral reef", "night train"]):
        alone = found.score([histories[row]], None if text is None else [text])
        torch.testing.assert_close(together[row], alone[0], atol=1e-4, rtol=1e-4)


def test_new_items_join_their_group():
    found = newcomers()
    texts = ["the palm beach and the coral reef", "the steam engine and the night train"]
    engine = Engine(*found.add_items(texts, ["beach", "train"], titles=["Beach", "Train"]))
    score = engine.ranker.score(torch.arange(24))
    odd, even = score[1::2].mean(dim=0), score[::2].mean(dim=0)
    assert odd[20] > odd[21] and even[21] > even[20]
    assert torch.equal(score[:, :20], found.ranker.score(torch.arange(24)))
    assert engine.data["item"].original_id[20:] == ["beach", "train"] and engine.data["item"].text[20] == texts[0]
    torch.testing.assert_close(engine.data["item"].intent[20:], letters(texts))
    assert set(engine.recommend(["user 1"], k=17)["item"]) >= {"beach", "train"}
    assert "item 3" in found.data["item"].original_id and found.data["item"].num_nodes == 20
    check_ranker(engine.ranker, engine.data)
    again = engine.newcomers
    again.encoder = letters
    assert groups(again.recommend(["train"], k=3)) == [0] * 3


def test_new_item_without_text_joins_by_its_users():
    data = tiny_data()
    for side in ("user", "item"):
        del data[side].intent, data[side].profile
    ranker, data = Newcomers(EASE.from_data(data), data).add_items(None, ["new"], [["user 1", "user 3", "user 5"]])
    score = ranker.score(torch.arange(24))[:, 20]
    assert score[1::2].mean() > score[::2].mean()
    assert (data[INTERACTS].edge_index[1] == 20).sum() == 3


def test_new_users_join():
    found = newcomers(data_with_texts(users=True))
    ranker, data = found.add_users(["ann", "bob"], [["item 3", "item 5"], []], [None, "coral reef"])
    engine = Engine(ranker, data)
    assert groups(engine.recommend(["ann"], k=3)) == [0] * 3 and groups(engine.recommend(["bob"], k=3)) == [1] * 3
    assert not set(engine.recommend(["ann"], k=18)["item"]) & {"item 3", "item 5"}
    torch.testing.assert_close(ranker.score(torch.tensor([24]))[0], found.score([torch.tensor([3, 5])])[0])
    torch.testing.assert_close(ranker.score(torch.tensor([25]))[0], found.score([[]], ["coral reef"])[0])
    assert data["user"].original_id[24:] == ["ann", "bob"] and data["user"].intent.shape == (26, 12)
    check_ranker(ranker, data)


def test_engine_lets_them_join():
    data = data_with_texts()
    engine = Engine(EASE.from_data(data, l2_weight=1.0), data, {"note": "first"})
    engine.newcomers.encoder = letters
    larger = engine.add_items(["the palm beach and the coral reef"], ["beach"])
    larger = larger.add_users(["ann"], [["item 12", "beach"]])
    assert larger.info == engine.info and engine.data["user"].num_nodes == 24
    assert groups(larger.recommend(["ann"], k=3)) == [1] * 3
    assert "beach" in larger.recommend(["user 1"], k=16)["item"].tolist()


def test_joined_rankers_are_saved(tmp_path):
    found = newcomers()
    ranker, data = found.add_items(["the palm beach"], ["beach"])
    again = load_model(save_model(tmp_path, ranker, data), data)
    torch.testing.assert_close(again.score(torch.arange(24)), ranker.score(torch.arange(24)))
    ranker, data = found.add_users(["ann"], [["item 3"]])
    again = load_model(save_model(tmp_path, ranker, data), data)
    torch.testing.assert_close(again.score(torch.tensor([24])), ranker.score(torch.tensor([24])))


def test_weights_are_learned_on_validation_items_alone():
    data = data_with_texts()
    first = newcomers(data)
    data[INTERACTS].test_label_index = data[INTERACTS].test_label_index[:, :1]
    second = newcomers(data)
    assert first.texts.weights == second.texts.weights and first.half == second.half
    assert vars(first.placing)["scale"] == vars(second.placing)["scale"]


def test_without_validation_items_usual_values_are_taken():
    data = data_with_texts()
    data[INTERACTS].val_label_index = torch.empty(2, 0, dtype=torch.long)
    found = newcomers(data)
    assert found.texts.weights == {"neighbors": 1.0} and found.half == 3.0
    assert len(found.recommend(["item 3"], "coral reef", k=4)) == 4
    assert found.add_items(["a coral reef"], ["reef"]).ranker.num_items == 21


def test_part_of_their_own_is_taken_where_it_is_better():
    data = data_with_texts()
    propagated = LightGCN(24, 20).ranker(JointGraph.from_data(data))
    found = Newcomers(Blend([Standardized(propagated)]), data, letters)
    held_out = HeldOutUsers.draw(data)
    plain = held_out.ndcg(found.read(found.ranker))
    assert held_out.ndcg(found.read(found.reader)) >= plain


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: n.recommend(), "neither a 'history' nor a 'text'"),
        (lambda n: n.recommend(["item O3"]), "'history' holds 'item O3'.*did you mean 'item 3'"),
        (lambda n: n.recommend(text="  "), "'text' is empty"),
        (lambda n: n.recommend(["item 3"], exclude="nothing"), "'exclude' must be one of"),
        (lambda n: n.score([[3]], ["a", "b"]), "1 'histories', but 2 'texts'"),
        (lambda n: n.add_users(["user 3"], [["item 3"]]), "'user 3', which is known already"),
        (lambda n: n.add_users(["ann", "ann"], [["item 3"]] * 2), "'ann' twice"),
        (lambda n: n.add_users(["ann"]), "user 'ann' has neither a history nor a text"),
        (lambda n: n.add_users(["ann"], [["item 3"], []]), "'histories' must be a list with one entry"),
        (lambda n: n.add_users(None, [["item 3"]]), "'ids' is missing"),
        (lambda n: n.add_items([None], ["new"]), "item 'new' has neither interactions nor a text"),
        (lambda n: n.add_items(["text"], ["new"], [["user O3"]]), "'interactions' holds 'user O3'"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call(newcomers())


def test_texts_need_features_and_their_encoder():
    plain = tiny_data()
    for side in ("user", "item"):
        del plain[side].intent
    with pytest.raises(ValueError, match="no text features"):
        Newcomers(EASE.from_data(plain), plain).recommend(text="films")
    data = data_with_texts()
    with pytest.raises(ValueError, match="gives other features"):
        feature_encoder(data, "intent", lambda texts: torch.randn(len(texts), 12))
    with pytest.raises(ValueError, match="of width 3"):
        feature_encoder(data, "intent", lambda texts: torch.ones(len(texts), 3))
    with pytest.raises(ValueError, match="is unknown"):
        feature_encoder(data, "intent", "no-such-encoder")


def test_word_features_of_known_texts_are_found_again():
    data = data_with_texts()
    found = feature_encoder(data, "words")(data["item"].text)
    torch.testing.assert_close(found, data["item"].words, atol=1e-3, rtol=1e-3)


def test_long_texts_are_cut_with_a_warning():
    with pytest.warns(UserWarning, match="30000 characters"):
        assert len(check_texts(["a" * 30_000], "text")[0]) == 20_000


def test_ndcg_is_that_of_a_loop():
    held_out = HeldOutUsers.draw(tiny_data())
    score = torch.randn(len(held_out.history), 20)
    total = 0.0
    for row, history in enumerate(held_out.history):
        wanted = set(held_out.label[1, held_out.label[0] == row].tolist())
        order = [item for item in score[row].argsort(descending=True).tolist() if item not in history.tolist()]
        gains = [1 / torch.log2(torch.tensor(2.0 + rank)) for rank in range(20)]
        found = sum(float(gains[rank]) for rank, item in enumerate(order) if item in wanted)
        total += found / sum(map(float, gains[: len(wanted)]))
    assert held_out.ndcg(score) == pytest.approx(total / len(held_out.history), abs=1e-5)

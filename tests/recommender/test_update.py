"""New interactions, users and items join an engine."""

import copy
import math

import pandas as pd
import pytest
import torch

import irllrec_pyg
from irllrec_pyg import Engine, Recipe
from irllrec_pyg.data import INTERACTS, SPLIT_NAMES, find_nodes, make_data, set_features
from irllrec_pyg.models import BACKBONES, EASE, ENHANCERS, GFCF, STANDALONE, ItemWeights, SemanticOnly
from irllrec_pyg.ranking import Blend, EmbeddingRanker, Standardized
from irllrec_pyg.recommender import Source, load_sources, save_sources
from irllrec_pyg.recommender.updating.enlarge import enlarge
from irllrec_pyg.recommender.updating.grow import grow
from irllrec_pyg.recommender.updating.new_interactions import NewInteractions
from irllrec_pyg.testing import tiny_data
from irllrec_pyg.text import text_features
from irllrec_pyg.training import Trainer

NEW = pd.DataFrame(
    {
        "user_id": ["zoe", "user 0", "zoe", "ann", "zoe", "user 0"],
        "asin": ["item 3", "a new item", "item 5", "item 11", "a new item", "a new item"],
    }
)
LIGHTGCN = Recipe({"name": "lightgcn", "embedding_dim": 8}, trainer={"max_epochs": 6, "eval_every": 2})


def engine_of(recipe, data=None, **info):
    data = tiny_data() if data is None else data
    run = recipe.fit(data, progress=False)
    return Engine(run.ranker, run.data, info, [Source.from_run(run)])


def pairs_of(data, split="train"):
    """Pairs of a split in original ids, from which nothing depends on numbers of nodes."""
    nodes = data[INTERACTS][SPLIT_NAMES[split]].t().tolist()
    return [(data["user"].original_id[user], data["item"].original_id[item]) for user, item in nodes]


def scores(engine):
    return engine.ranker.score(torch.arange(engine.ranker.num_users))


def test_ids_keep_their_numbers_and_new_ones_follow_in_order_of_appearance():
    engine = Engine(EASE.from_data(tiny_data()), tiny_data())
    updated = engine.update(NEW)
    assert updated.data["user"].original_id == [*engine.data["user"].original_id, "zoe", "ann"]
    assert updated.data["item"].original_id == [*engine.data["item"].original_id, "a new item"]
    assert (updated.data["user"].num_nodes, updated.data["item"].num_nodes) == (26, 21)
    assert (updated.ranker.num_users, updated.ranker.num_items) == (26, 21)
    new = {("zoe", "item 3"), ("user 0", "a new item"), ("zoe", "item 5"), ("ann", "item 11"), ("zoe", "a new item")}
    found = pairs_of(updated.data)
    assert set(found) == new | set(pairs_of(engine.data))
    assert len(found) == len(set(found))
    assert updated.info["updates"] == [{"interactions": 5, "users": 2, "items": 1}]


def test_known_pairs_of_every_split_count_once_and_held_out_pairs_stay_held_out():
    data = tiny_data()
    engine = Engine(EASE.from_data(data), data)
    known = [pair for split in SPLIT_NAMES for pair in pairs_of(data, split)]
    log = pd.DataFrame(known, columns=["user", "item"])
    assert engine.update(log) is engine
    updated = engine.update(pd.concat([log, pd.DataFrame({"user": ["user 1"], "item": ["item 0"]})]))
    for split in ("val", "test"):
        assert pairs_of(updated.data, split) == pairs_of(data, split)
    assert pairs_of(updated.data) == [*pairs_of(data), ("user 1", "item 0")]
    splits = [set(pairs_of(updated.data, split)) for split in SPLIT_NAMES]
    assert sum(map(len, splits)) == len(set.union(*splits))


@pytest.mark.parametrize(
    "make",
    [
        lambda data: EASE.from_data(data, l2_weight=7.0),
        lambda data: EASE.from_data(data, l2_weight=7.0, feature_weight=2.0),
        lambda data: SemanticOnly.from_data(data, center=True),
        lambda data: Blend([Standardized(EASE.from_data(data)), GFCF.from_data(data)], [0.3, 2.0]),
    ],
)
def test_closed_forms_are_those_of_the_larger_data(make):
    data = tiny_data()
    updated = Engine(make(data), data).update(NEW)
    torch.testing.assert_close(scores(updated), scores(Engine(make(updated.data), updated.data)))


def test_a_recipe_of_a_closed_form_gives_the_same():
    data, recipe = tiny_data(), Recipe({"name": "ease", "l2_weight": 7.0, "feature_weight": 2.0})
    by_recipe = engine_of(recipe).update(NEW)
    by_arguments = Engine(recipe.fit(data).ranker, data).update(NEW)
    torch.testing.assert_close(scores(by_recipe), scores(by_arguments))


def test_the_engine_stays_as_it_was():
    engine = engine_of(LIGHTGCN)
    data = copy.deepcopy(engine.data)
    before, state = scores(engine), {name: value.clone() for name, value in engine.sources[0].state.items()}
    updated = engine.update(NEW, epochs=3)
    assert updated is not engine
    torch.testing.assert_close(scores(engine), before, rtol=0, atol=0)
    for side in ("user", "item"):
        assert engine.data[side].to_dict().keys() == data[side].to_dict().keys()
        assert engine.data[side].original_id == data[side].original_id
        assert torch.equal(engine.data[side].intent, data[side].intent)
    assert pairs_of(engine.data) == pairs_of(data)
    assert all(torch.equal(engine.sources[0].state[name], value) for name, value in state.items())
    assert engine.info == {}


def test_an_interrupted_update_leaves_the_engine_as_it_was(monkeypatch):
    engine = engine_of(LIGHTGCN)
    before, data = scores(engine), copy.deepcopy(engine.data)
    train_epoch, trained = Trainer.train_epoch, []

    def interrupted(self, epoch):
        if trained:
            raise KeyboardInterrupt
        trained.append(epoch)
        return train_epoch(self, epoch)

    monkeypatch.setattr(Trainer, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.update(NEW, epochs=3)
    torch.testing.assert_close(scores(engine), before, rtol=0, atol=0)
    assert pairs_of(engine.data) == pairs_of(data) and engine.data["user"].num_nodes == 24
    monkeypatch.undo()
    torch.testing.assert_close(scores(engine.update(NEW)), scores(engine_of(LIGHTGCN).update(NEW)))


def test_training_continues_from_the_weights_with_few_epochs(monkeypatch):
    epochs = []
    engine = engine_of(LIGHTGCN.replace({"trainer.max_epochs": 40, "trainer.patience": 40}))
    train_epoch = Trainer.train_epoch
    monkeypatch.setattr(Trainer, "train_epoch", lambda self, epoch: epochs.append(epoch) or train_epoch(self, epoch))
    updated = engine.update(NEW)
    assert epochs == [*range(1, max(3, math.ceil(engine.sources[0].epochs / 10)) + 1)]
    old, new = (one.sources[0].state["embedding"] for one in (engine, updated))
    users, items = new[:26], new[26:]
    known = torch.cat([users[:24], items[:20]])
    assert (known - old).norm() < 0.2 * old.norm()  # a training from other weights is further away than this
    again = updated.update(pd.DataFrame({"user": ["ann"], "item": ["item 12"]}))  # the new sources continue
    assert again.sources[0].epochs == engine.sources[0].epochs
    assert again.ranker.num_users == 26


def test_epochs_that_make_validation_worse_do_not_count(monkeypatch):
    engine = engine_of(LIGHTGCN)

    def spoil(self, epoch):
        with torch.no_grad():
            self.model.embedding.copy_(torch.randn_like(self.model.embedding))
        return {"loss": 0.0}

    monkeypatch.setattr(Trainer, "train_epoch", spoil)
    monkeypatch.setattr(Trainer, "evaluate", lambda self, split: {self.metric: 1.0})
    updated = engine.update(NEW, epochs=2)
    old, new = (one.sources[0].state["embedding"] for one in (engine, updated))
    assert torch.equal(torch.cat([new[:24], new[26:46]]), old)


def plain_start(known, before_count, own, other):
    """Mean, over the neighbors of a new node, of the mean over the known nodes that share the neighbor."""
    rows = []
    for node in range(before_count, max(own) + 1):
        means = []
        for neighbor in [y for x, y in zip(own, other, strict=True) if x == node]:
            shared = [x for x, y in zip(own, other, strict=True) if y == neighbor and x < before_count]
            if shared:
                means.append(sum(known[x] for x in shared) / len(shared))
        rows.append(sum(means) / len(means) if means else known.mean(dim=0))
    return torch.stack(rows)


def test_new_rows_are_means_over_nodes_that_share_neighbors():
    before = tiny_data()
    pairs = torch.tensor([[24, 24, 25, 3, 26], [3, 20, 21, 21, 22]])
    after = enlarge(before, NewInteractions(pairs, ["a", "b", "c"], ["x", "y", "z"]))
    known = torch.randn(44, 5, dtype=torch.double)
    target = torch.zeros(50, 5, dtype=torch.double)
    grown = grow({"embedding": known, "lin": torch.ones(3)}, {"embedding": target, "lin": torch.ones(3)}, before, after)
    users, items = grown["embedding"].split([27, 23])
    torch.testing.assert_close(torch.cat([users[:24], items[:20]]), known, rtol=0, atol=0)
    user, item = after[INTERACTS].edge_index.tolist()
    torch.testing.assert_close(users[24:], plain_start(known[:24], 24, user, item))
    torch.testing.assert_close(items[20:], plain_start(known[24:], 20, item, user))
    alone = grow({"u": known[:24]}, {"u": torch.zeros(27, 5, dtype=torch.double)}, before, after)["u"]
    torch.testing.assert_close(alone, users)


def test_weights_that_do_not_fit_are_named():
    before = tiny_data()
    after = enlarge(before, NewInteractions(torch.tensor([[24], [3]]), ["a"], []))
    with pytest.raises(ValueError, match="'lin' has 7 rows, and 8"):
        grow({"lin": torch.ones(7, 2)}, {"lin": torch.ones(8, 2)}, before, after)
    with pytest.raises(ValueError, match="'lin' is missing"):
        grow({}, {"lin": torch.ones(8, 2)}, before, after)


ONE_EPOCH = {"max_epochs": 1}


@pytest.mark.parametrize(
    "recipe",
    [
        *(Recipe({"name": name}, trainer=ONE_EPOCH) for name in (*BACKBONES, *STANDALONE)),
        *(Recipe({"name": "lightgcn"}, [{"name": name}], trainer=ONE_EPOCH) for name in ENHANCERS),
        Recipe({"name": "lightgcn"}, blend=[{"name": "ease", "weight": 2.0}], trainer=ONE_EPOCH),
    ],
    ids=lambda recipe: "+".join(table["name"] for table in (recipe.model, *recipe.enhancers, *recipe.blend)),
)
def test_every_model_grows(recipe, recwarn):
    updated = engine_of(recipe).update(NEW)
    assert updated.recommend(["zoe", "ann"], k=5).shape[0] == 10
    assert not [warning for warning in recwarn if "from the beginning" in str(warning.message)]


def test_a_blend_keeps_its_weights_and_the_kind_of_its_parts():
    data = tiny_data()
    runs = [recipe.fit(data, progress=False) for recipe in (LIGHTGCN, Recipe({"name": "ease"}))]
    blend = Blend([Standardized(runs[0].ranker), runs[1].ranker], [0.25, 3.0])
    updated = Engine(blend, data, sources=[Source.from_run(run) for run in runs]).update(NEW)
    alone = [Engine(run.ranker, data, sources=[Source.from_run(run)]).update(NEW).ranker for run in runs]
    expected = Blend([Standardized(alone[0]), alone[1]], [0.25, 3.0])
    torch.testing.assert_close(scores(updated), expected.score(torch.arange(26)))


def test_a_model_without_weights_is_trained_from_the_beginning():
    engine = engine_of(LIGHTGCN)
    engine.sources = [Source(LIGHTGCN.to_dict())]
    updated = engine.update(NEW)
    anew = LIGHTGCN.fit(updated.data, progress=False)
    torch.testing.assert_close(scores(updated), anew.ranker.score(torch.arange(26)))


def test_nothing_held_out_trains_for_the_given_epochs():
    engine = engine_of(LIGHTGCN)
    for name in ("val_label_index", "test_label_index"):
        engine.data[INTERACTS][name] = torch.empty(2, 0, dtype=torch.long)
    updated = engine.update(NEW, epochs=2)
    assert updated.data[INTERACTS].val_label_index.size(1) == 0
    assert not torch.equal(updated.sources[0].state["embedding"][:24], engine.sources[0].state["embedding"][:24])


def letters(texts):
    return torch.tensor([[float(text.count(letter)) for letter in "abc"] for text in texts])


def test_new_items_have_their_texts_encoded_and_users_the_mean_of_their_items():
    data = tiny_data()
    data["item"].text = [f"{'a' * (item + 1)} b" for item in range(20)]
    data["item"].title = [f"film {item}" for item in range(20)]
    set_features(data, "intent", *[torch.ones(size, 3) for size in (24, 20)])
    data["item"].intent = letters(data["item"].text)
    table = NEW.assign(title=["", "Cabbage", "", "", "Cabbage", ""], review=["", "abc", "", "", "bc", None])
    updated = Engine(EASE.from_data(data), data).update(table, encoder={"intent": letters})
    assert updated.data["item"].title[20] == "Cabbage"
    assert updated.data["item"].text[20] == "Cabbage. abc bc"
    assert updated.data["item"].intent[20].tolist() == letters(["Cabbage. abc bc"])[0].tolist()
    taken = find_nodes(updated.data, "item", ["item 3", "item 5", "a new item"])
    mean = sum(updated.data["item"].intent[item] for item in taken.tolist()) / 3
    torch.testing.assert_close(updated.data["user"].intent[24], mean / mean.norm())
    assert updated.data["item"].profile[20].tolist() == [0.0] * 12  # no encoder was given for it
    assert updated.data["user"].profile[24].tolist() == [0.0] * 12
    with pytest.raises(ValueError, match="width 2, but 'intent' has 3"):
        Engine(EASE.from_data(data), data).update(table, encoder={"intent": lambda texts: letters(texts)[:, :2]})


def test_the_encoder_of_the_search_is_known():
    data = tiny_data()
    data["item"].text = [f"{'trains' if item < 10 else 'islands'} number {item}" for item in range(20)]
    info = {"settings": {"encoders": {"intent": "letters of a test"}}}
    new = NEW.assign(title="about trains")
    with pytest.raises(ValueError, match="letters of a test"):
        Engine(EASE.from_data(data), data, info).update(new)
    assert Engine(EASE.from_data(data), data, info).update(new, encoder={}).data["item"].intent[20].norm() == 0
    set_features(data, "intent", *text_features(data, "tf-idf"))
    features = data["item"].intent.clone()
    info = {"settings": {"encoders": {"intent": "tf-idf"}}}
    updated = Engine(EASE.from_data(data), data, info).update(new)
    assert torch.equal(updated.data["item"].intent[:20], features)  # known items keep theirs
    likeness = torch.cosine_similarity(updated.data["item"].intent[20], features)
    assert likeness[:10].min() > likeness[10:].max() + 0.1


def test_tensors_of_node_ids():
    data = tiny_data()
    plain = make_data(*(data[INTERACTS][name] for name in SPLIT_NAMES.values()), 24, 20)
    updated = Engine(EASE.from_data(plain), plain).update(torch.tensor([[24, 25, 0], [3, 20, 20]]))
    assert (updated.data["user"].num_nodes, updated.data["item"].num_nodes) == (26, 21)
    assert updated.data[INTERACTS].edge_index[:, -3:].tolist() == [[24, 25, 0], [3, 20, 20]]
    known = Engine(EASE.from_data(data), data).update(torch.tensor([[0], [15]]))
    assert pairs_of(known.data)[-1] == ("user 0", "item 15")
    table = Engine(EASE.from_data(plain), plain).update(pd.DataFrame({"user": [24, 25], "item": [3, 20]}))
    assert table.data["user"].num_nodes == 26


def test_ratings_below_the_lowest_one_are_no_interactions():
    engine = Engine(EASE.from_data(tiny_data()), tiny_data())
    rated = NEW.assign(rating=[5, 4, 1, 3, 2, 4])
    assert set(pairs_of(engine.update(rated).data)) - set(pairs_of(engine.data)) == {
        ("zoe", "item 3"),
        ("user 0", "a new item"),
        ("ann", "item 11"),
    }
    assert len(pairs_of(engine.update(rated, min_rating=None).data)) == 125
    with pytest.raises(ValueError, match="'rating'"):
        engine.update(NEW.assign(rating="good"))


@pytest.mark.parametrize(
    ("interactions", "error", "message"),
    [
        (
            pd.DataFrame({"user": [7], "item": ["item 3"]}),
            ValueError,
            "holds 7 .int., but ids of users look like",
        ),
        (pd.DataFrame({"user": ["", None], "item": ["item 3", "item 4"]}), ValueError, "no row has both a user"),
        (pd.DataFrame({"who": ["ann"], "item": ["item 3"]}), ValueError, "no column looks like the user"),
        (torch.tensor([[24], [3]]), ValueError, "user id 24, but there are 24 users, and new ones need original ids"),
        (torch.tensor([[-1], [3]]), ValueError, "user id -1"),
        (torch.tensor([0, 3]), ValueError, r"\[2, E\]"),
        ([("ann", "item 3")], TypeError, "must be a data frame"),
    ],
)
def test_bad_interactions_are_named(interactions, error, message):
    engine = Engine(EASE.from_data(tiny_data()), tiny_data())
    with pytest.raises(error, match=message):
        engine.update(interactions)
    assert engine.data["user"].num_nodes == 24


def test_node_ids_with_gaps_are_named():
    data = tiny_data()
    plain = make_data(*(data[INTERACTS][name] for name in SPLIT_NAMES.values()), 24, 20)
    with pytest.raises(ValueError, match="number new ones from 24 on without gaps"):
        Engine(EASE.from_data(plain), plain).update(torch.tensor([[10**9], [3]]))


def test_what_cannot_be_made_again_is_named():
    data = tiny_data()
    trained = Engine(EmbeddingRanker(torch.ones(24, 2), torch.ones(20, 2)), data)
    with pytest.raises(TypeError, match="EmbeddingRanker was trained, and the engine does not know how"):
        trained.update(NEW)
    given = Engine(ItemWeights(data[INTERACTS].edge_index, 24, 20, torch.eye(20)), data)
    with pytest.raises(TypeError, match="'weight' of ItemWeights"):
        given.update(NEW)
    with pytest.raises(ValueError, match="'epochs'"):
        engine_of(LIGHTGCN).update(NEW, epochs=0)
    with pytest.raises(ValueError, match="2 sources"):
        Engine(EASE.from_data(data), data, sources=[Source({"model": {"name": "ease"}})] * 2).update(NEW)
    with pytest.raises(ValueError, match="not trained yet"):
        Source.from_run(LIGHTGCN.build(data))


def test_weights_that_cannot_grow_are_trained_from_the_beginning():
    engine = engine_of(LIGHTGCN)
    engine.sources = [Source(LIGHTGCN.to_dict(), 0, 6, {"embedding": torch.ones(44, 9)})]
    with pytest.warns(UserWarning, match="'embedding' is of shape .*'lightgcn' is trained from the beginning"):
        updated = engine.update(NEW)
    anew = LIGHTGCN.fit(updated.data, progress=False)
    torch.testing.assert_close(scores(updated), anew.ranker.score(torch.arange(26)))


def test_a_saved_engine_keeps_up(tmp_path):
    data = tiny_data()
    runs = [recipe.fit(data, progress=False) for recipe in (LIGHTGCN, Recipe({"name": "ease", "l2_weight": 7.0}))]
    blend = Blend([Standardized(run.ranker) for run in runs], [0.25, 3.0])
    engine = Engine(blend, data, sources=[Source.from_run(run) for run in runs])
    engine.save_pretrained(tmp_path)
    torch.testing.assert_close(scores(Engine.from_pretrained(tmp_path).update(NEW)), scores(engine.update(NEW)))
    Engine(EASE.from_data(data, l2_weight=7.0, feature_weight=2.0), data).save_pretrained(tmp_path / "ease")
    updated = Engine.from_pretrained(tmp_path / "ease").update(NEW)
    expected = EASE.from_data(updated.data, l2_weight=7.0, feature_weight=2.0)
    torch.testing.assert_close(scores(updated), expected.score(torch.arange(26)))


def test_sources_survive_saving(tmp_path):
    engine = engine_of(Recipe({"name": "lightgcn"}, [{"name": "irllrec"}], trainer={"max_epochs": 2}))
    sources = [*engine.sources, Source({"model": {"name": "ease"}}, seed=3)]
    save_sources(tmp_path / "new", sources)
    loaded = load_sources(tmp_path / "new")
    assert [(one.recipe, one.seed, one.epochs) for one in loaded] == [
        (one.recipe, one.seed, one.epochs) for one in sources
    ]
    assert loaded[1].state is None
    assert loaded[0].state.keys() == sources[0].state.keys()
    assert all(torch.equal(loaded[0].state[name], value) for name, value in sources[0].state.items())
    again = Engine(engine.ranker, engine.data, sources=loaded[:1])
    torch.testing.assert_close(scores(again.update(NEW)), scores(engine.update(NEW)))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    settings = {"metric": "ndcg@5", "progress": False, "controls": False, "folder": folder}
    return irllrec_pyg.fit(tiny_data(), "4 trials", **settings)


def test_the_engine_of_fit_keeps_up(fitted):
    updated = fitted.engine.update(NEW)
    assert updated.ranker.weights == fitted.weights
    assert len(updated.sources) == len(fitted.weights)
    assert len(updated.recommend(["zoe"], k=5)) == 5
    trained = [part for part in fitted.report.tried if part.epochs and part.name in fitted.report.weights]
    states = [source for source in fitted.sources if source.state is not None]
    assert len(states) == len(trained)
    for source, part in zip(states, trained, strict=False):
        assert source.epochs <= part.epochs
    assert updated.info["settings"] == fitted.report.settings


def test_on_everything_reads_all_pairs_and_trains_the_epochs_that_were_best(fitted, monkeypatch):
    epochs = []
    train_epoch = Trainer.train_epoch

    def record(self, epoch):
        epochs.append((epoch, self.pairs["edge_index"].size(1)))
        return train_epoch(self, epoch)

    monkeypatch.setattr(Trainer, "train_epoch", record)
    monkeypatch.setattr(Trainer, "evaluate", None)  # nothing is held out, so nothing is measured
    everything = fitted.on_everything()
    best = [source.epochs for source in fitted.sources if source.epochs]
    assert epochs == [(epoch, 192) for count in best for epoch in range(1, count + 1)]
    known = {pair for split in SPLIT_NAMES for pair in pairs_of(fitted.data, split)}
    assert set(pairs_of(everything.data)) == known and len(known) == 192
    assert all(everything.data[INTERACTS][SPLIT_NAMES[split]].size(1) == 0 for split in ("val", "test"))
    assert everything.weights == fitted.weights
    assert fitted.data[INTERACTS].edge_index.size(1) == 120
    assert "all interactions" in everything.report.notes[-1] and len(fitted.report.notes) + 1 == len(
        everything.report.notes
    )
    closed = [row for row, source in enumerate(fitted.sources) if not source.epochs]
    for row in closed:
        recipe = Recipe.from_dict(fitted.sources[row].recipe)
        expected = Standardized(recipe.build(everything.data).closed_form)
        torch.testing.assert_close(everything.parts[row].score(torch.arange(24)), expected.score(torch.arange(24)))
    assert everything.engine.update(NEW, epochs=1).ranker.num_users == 26


def test_a_loaded_ranker_cannot_be_trained_on_everything(fitted):
    loaded = type(fitted)(fitted.parts, fitted.weights)
    with pytest.raises(ValueError, match="has no data"):
        loaded.on_everything()


def test_what_is_rated_low_is_not_recommended_and_trains_nothing():
    data = tiny_data()
    engine = Engine(EASE.from_data(data), data)
    first = engine.recommend(["user 3"], k=1)["item"][0]
    low = pd.DataFrame({"user": ["user 3", "stranger"], "item": [first, first], "stars": [1, 1]})
    updated = engine.update(low)
    assert updated.ranker is engine.ranker and updated.data["user"].num_nodes == 24
    assert first not in updated.recommend(["user 3"], k=20)["item"].tolist()
    again = updated.update(pd.DataFrame({"user": ["user 3", "user 4"], "item": ["a new one", first], "stars": [1, 2]}))
    assert sorted(again.data[INTERACTS].seen_index[0].tolist()) == [3, 4]
    more = again.update(pd.DataFrame({"user": ["zoe", "zoe"], "item": ["item 2", "item 4"], "stars": [5, 1]}))
    assert set(more.recommend(["zoe"], k=20)["item"]) == set(data["item"].original_id) - {"item 2", "item 4"}
    assert first not in more.recommend(["user 3"], k=20)["item"].tolist()


def test_few_users_say_whether_an_update_is_better(monkeypatch):
    data, measured, whole = tiny_data(), [], Trainer.evaluate
    run = LIGHTGCN.fit(data, progress=False)
    engine = Engine(run.ranker, data, sources=[Source.from_run(run)])

    def evaluate(self, split="val"):
        measured.append(set(self.pairs["val_label_index"][0].tolist()))
        return whole(self, split)

    monkeypatch.setattr(Trainer, "evaluate", evaluate)
    monkeypatch.setattr("irllrec_pyg.recommender.updating.train.MOST_USERS", 5)
    updated = engine.update(NEW)
    assert len(measured) == 2 and len(measured[0]) == 5 and measured[0] == measured[1]
    assert updated.data[INTERACTS].val_label_index.size(1) == data[INTERACTS].val_label_index.size(1)

"""What a recipe builds and fits, and when finished work is found again."""

from copy import copy

import pytest
import torch

from irllrec_pyg.data import apply_control, get_features, set_features
from irllrec_pyg.models import EASE, SemanticOnly
from irllrec_pyg.ranking import Blend, evaluate
from irllrec_pyg.recipes import Recipe
from irllrec_pyg.training import Trainer

TRAINER = {"max_epochs": 2, "eval_every": 1, "batch_size": 64}
LIGHTGCN = {"name": "lightgcn", "embedding_dim": 8}
IRLLREC = {"name": "irllrec", "num_intents": 4}
KAR = {"name": "kar"}


@pytest.fixture
def enhanced():
    return Recipe(LIGHTGCN, [IRLLREC], trainer=TRAINER)


@pytest.fixture
def epochs(monkeypatch):
    """Counts the epochs that are trained."""
    count, train = [], Trainer.train_epoch

    def counted(self, epoch):
        count.append(epoch)
        return train(self, epoch)

    monkeypatch.setattr(Trainer, "train_epoch", counted)
    return count


def fit(recipe, data, folder=None, seed=0):
    return recipe.fit(data, seed, folder, progress=False)


def changed(data, side, name="intent"):
    """The data with one feature value changed."""
    other = copy(data)
    feature = data[side][name].clone()
    feature[3, 0] += 0.5
    other[side][name] = feature
    return other


def test_identity_depends_on_what_the_result_depends_on(data, enhanced):
    known = enhanced.identity(data)
    assert known == Recipe.from_dict(enhanced.to_dict()).identity(copy(data))
    assert len(known) == 16
    others = {
        "seed": enhanced.identity(data, seed=1),
        "user feature": enhanced.identity(changed(data, "user")),
        "item feature": enhanced.identity(changed(data, "item")),
        "control": enhanced.replace({"text.control": "shuffled"}).identity(data),
        "seed of the control": enhanced.replace({"text.control": "shuffled"}).identity(data, seed=1),
        "model": enhanced.replace({"model.num_layers": 1}).identity(data),
        "enhancer": enhanced.replace({"enhancers.0.scale": 0.5}).identity(data),
        "trainer": enhanced.replace({"trainer.lr": 0.5}).identity(data),
        "blend": enhanced.replace({"blend": [{"name": "ease"}]}).identity(data),
        "weight": enhanced.replace({"blend": [{"name": "ease", "weight": 2.0}]}).identity(data),
        "start": enhanced.replace({"start": {"model": LIGHTGCN}}).identity(data),
        "trainer of the start": enhanced.replace({"start": {"model": LIGHTGCN, "trainer": TRAINER}}).identity(data),
        "bare": Recipe(LIGHTGCN, trainer=TRAINER).identity(data),
    }
    for split in ("edge_index", "val_label_index", "test_label_index"):
        other = copy(data)
        other["user", "interacts", "item"][split] = data["user", "interacts", "item"][split][:, 1:]
        others[split] = enhanced.identity(other)
    assert len({known, *others.values()}) == len(others) + 1, "all of them differ"


def test_identity_does_not_depend_on_what_is_not_read(data, enhanced, tmp_path):
    assert enhanced.identity(changed(data, "user", "profile")) == enhanced.identity(data)
    assert enhanced.identity(data, folder=tmp_path) == enhanced.identity(data)
    bare, plain = Recipe(LIGHTGCN, trainer=TRAINER), copy(data)
    for side in ("user", "item"):
        del plain[side].intent, plain[side].profile
    assert bare.identity(plain) == bare.identity(data) == bare.identity(changed(data, "item"))
    shuffled = bare.replace({"text.control": "shuffled"})
    assert shuffled.identity(data) == bare.identity(data), "a control changes nothing for a model without texts"


def test_a_default_counts_like_the_same_value_written_out(data, enhanced):
    written = enhanced.replace({"model.num_layers": 3, "enhancers.0.matching_alpha": 0.4, "trainer.patience": 5})
    assert written.identity(data) == enhanced.identity(data)
    blend = enhanced.replace({"blend": [{"name": "ease"}]})
    assert blend.replace({"blend.ease.weight": 1.0, "blend.ease.l2_weight": 200.0}).identity(data) == blend.identity(
        data
    )


def test_a_second_fit_trains_nothing(data, enhanced, epochs, tmp_path):
    first = fit(enhanced, data, tmp_path)
    assert epochs == [1, 2] and first.identity == enhanced.identity(data)
    again = fit(Recipe.from_dict(enhanced.to_dict()), data, tmp_path)
    assert epochs == [1, 2] and again.result == first.result
    assert again.evaluate() == first.evaluate()
    assert fit(enhanced, data).evaluate() == first.evaluate(), "without a folder the same is trained again"
    assert len(epochs) == 4


def test_changed_work_is_never_taken_for_finished(data, enhanced, epochs, tmp_path):
    fit(enhanced, data, tmp_path)
    for recipe, other, seed in (
        (enhanced.replace({"text.control": "shuffled"}), data, 0),
        (enhanced.replace({"text.control": "random"}), data, 0),
        (enhanced.replace({"enhancers.0.pairwise_weight": 5.0}), data, 0),
        (enhanced.replace({"trainer.lr": 0.1}), data, 0),
        (enhanced, changed(data, "item"), 0),
        (enhanced, data, 1),
    ):
        epochs.clear()
        fit(recipe, other, tmp_path, seed)
        assert epochs == [1, 2]


def test_a_changed_text_or_encoder_is_never_taken_for_finished(data, epochs, tmp_path):
    recipe = Recipe(LIGHTGCN, [KAR], text={"encoder": "tf-idf"}, trainer=TRAINER)
    data["item"].text = [f"a {'quiet' if n % 2 else 'loud'} film, number {n}" for n in range(20)]
    first = fit(recipe, data, tmp_path)
    fit(recipe, data, tmp_path)
    assert epochs == [1, 2] and len([*tmp_path.glob("features-*")]) == 1
    other = copy(data)
    other["item"].text = ["a slow film about trains", *data["item"].text[1:]]
    assert fit(recipe, other, tmp_path).identity != first.identity
    stored = fit(recipe.replace({"text": None}), data, tmp_path)  # the features that the data holds
    assert stored.identity != first.identity and len(epochs) == 6


def test_an_interrupted_fit_continues(data, enhanced, epochs, tmp_path, monkeypatch):
    recipe = enhanced.replace({"trainer.max_epochs": 4})
    expected = fit(recipe, data)
    epochs.clear()
    validate = Trainer.evaluate

    def interrupted(self, *args):
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return validate(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, data, tmp_path)
    run = fit(recipe, data, tmp_path)
    assert epochs == [1, 2, 3, 3, 4], "epochs of which there was a checkpoint are not repeated"
    for name, value in expected.model.state_dict().items():
        assert torch.equal(run.model.state_dict()[name], value), name


def test_training_starts_from_the_trained_model(data, enhanced, epochs, tmp_path):
    bare = Recipe(LIGHTGCN, trainer=TRAINER)
    trained = fit(bare, data, tmp_path)
    warm = enhanced.replace({"start": bare.to_dict()})
    epochs.clear()
    run = warm.build(data, folder=tmp_path, progress=False)
    assert epochs == [], "the bare model is read, although its data had no features to read"
    for name, value in trained.model.state_dict().items():
        assert torch.equal(run.model.backbone.state_dict()[name], value)
    cold = enhanced.build(data, progress=False)
    assert not torch.equal(cold.model.backbone.embedding, trained.model.embedding)
    assert fit(warm, data, tmp_path).evaluate() != fit(enhanced, data, tmp_path).evaluate()


def test_a_control_reaches_every_part_that_reads_texts(data, tmp_path):
    parts = {"enhancers": [IRLLREC], "blend": [{"name": "semantic-only"}, {"name": "ease", "feature_weight": 5.0}]}
    recipe = Recipe.from_dict({"model": LIGHTGCN, **parts, "trainer": TRAINER, "text": {"control": "shuffled"}})
    run = recipe.build(data, seed=3, progress=False)
    expected = apply_control(data, "shuffled", ("intent",), seed=3)
    assert torch.equal(run.model.item_intent, expected["item"].intent)
    assert not torch.equal(run.model.item_intent, data["item"].intent)
    user = torch.arange(30)
    _, semantic, ease = run.ranker.parts
    assert torch.equal(semantic.score(user), SemanticOnly.from_data(expected).score(user))
    assert torch.equal(ease.score(user), EASE.from_data(expected, feature_weight=5.0).score(user))
    assert not torch.equal(ease.score(user), EASE.from_data(data, feature_weight=5.0).score(user))
    start = {"model": {"name": "alpharec"}, "trainer": TRAINER}
    warm = Recipe.from_dict({"model": start["model"], "start": start, "trainer": TRAINER, "text": recipe.text})
    shuffled = Recipe.from_dict({**start, "text": recipe.text})
    assert warm.build(data, 3, tmp_path, progress=False).model.config() == shuffled.build(data, 3).model.config()


def test_the_data_is_left_as_it_is(data, enhanced):
    before = {side: get_features(data, "intent")[number].clone() for number, side in enumerate(("user", "item"))}
    run = enhanced.replace({"text.control": "random"}).build(data, progress=False)
    for side, feature in before.items():
        assert torch.equal(data[side].intent, feature) and not torch.equal(run.data[side].intent, feature)
    plain = Recipe(LIGHTGCN).prepare(data)
    assert plain is data


def test_intent_and_profile_replace_each_other(data):
    del data["user"].profile, data["item"].profile
    kar = Recipe(LIGHTGCN, [KAR])
    assert torch.equal(kar.prepare(data)["item"].profile, data["item"].intent)
    del data["user"].intent, data["item"].intent
    with pytest.raises(ValueError, match="has no 'profile' features"):
        kar.prepare(data)


def test_closed_forms_and_their_blends(data, tmp_path):
    user, pairs = torch.arange(30), data["user", "interacts", "item"]
    ease = Recipe({"name": "ease", "l2_weight": 5.0})
    run = fit(ease, data, tmp_path)
    expected = EASE.from_data(data, l2_weight=5.0)
    assert torch.equal(run.ranker.score(user), expected.score(user)) and run.result is None
    assert run.evaluate("val") == evaluate(expected, pairs.val_label_index, pairs.edge_index)
    assert [*tmp_path.iterdir()] == [], "nothing is kept, because nothing is trained"
    with pytest.raises(ValueError, match="'ease' is a closed form without a model; use 'ranker'"):
        _ = run.model
    with pytest.raises(ValueError, match="'split' must be 'val' or 'test'"):
        run.evaluate("train")
    both = fit(ease.replace({"blend": [{"name": "semantic-only", "weight": 2.0}]}), data).ranker
    assert isinstance(both, Blend)
    torch.testing.assert_close(both.score(user), expected.score(user) + 2.0 * SemanticOnly.from_data(data).score(user))


def test_a_blend_counts_in_early_stopping_and_in_the_ranker(data, enhanced):
    recipe = enhanced.replace({"blend": [{"name": "ease", "weight": 1000.0}]})
    run = fit(recipe, data)
    pairs, ease = data["user", "interacts", "item"], EASE.from_data(data)
    expected = evaluate(ease, pairs.val_label_index, pairs.edge_index)["recall@20"]
    assert run.result.best == pytest.approx(expected, abs=1e-6), "EASE decides almost alone"
    assert isinstance(run.ranker, Blend)


def test_initial_weights_depend_on_the_seed_alone(data, enhanced):
    torch.manual_seed(1)
    first = enhanced.build(data, progress=False).model
    state = torch.get_rng_state()
    second = enhanced.build(data, progress=False).model
    assert torch.equal(state, torch.get_rng_state()), "the caller's random state stays"
    for name, value in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], value)
    other = enhanced.build(data, seed=1, progress=False).model
    assert not torch.equal(other.backbone.embedding, first.backbone.embedding)


def test_features_are_checked(data, enhanced):
    with pytest.raises(ValueError, match="features of items"):
        set_features(data, "intent", torch.randn(30, 4), torch.randn(19, 4))
    data["item"].intent = torch.full((20, 12), float("nan"))
    with pytest.raises(ValueError, match="NaN"):
        enhanced.build(data, progress=False)

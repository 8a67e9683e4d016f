"""Settings of one recipe: what is tried, what is chosen, and how a search goes on."""

import logging

import pytest

from irllrec_pyg.recipes import Recipe, Run
from irllrec_pyg.search import tune
from irllrec_pyg.testing import tiny_data

RECIPE = Recipe({"name": "lightgcn"}, trainer={"max_epochs": 1})
SPACE = {"model.num_layers": [1, 2], "trainer.lr": (1e-3, 1e-1)}


def test_the_best_trial_is_put_into_the_recipe():
    tuned = tune(
        RECIPE, tiny_data(), SPACE, trials=6, objective=lambda run: -abs(run.recipe.trainer.get("lr", 9) - 0.01)
    )
    values = [trial.value for trial in tuned.trials]
    assert len(values) == 6 and tuned.trials[0].settings == {}, "the first trial is the recipe"
    assert tuned.best.value == max(values) == -abs(tuned.recipe.trainer["lr"] - 0.01)
    for trial in tuned.trials[1:]:
        assert {*trial.settings} == {*SPACE} and 1e-3 <= trial.settings["trainer.lr"] <= 1e-1
        assert float(f"{trial.settings['trainer.lr']:.3g}") == trial.settings["trainer.lr"]


def test_an_interrupted_search_goes_on(tmp_path, monkeypatch):
    whole, trained, fit = tune(RECIPE, tiny_data(), SPACE, trials=4), [], Run.fit

    def count(run, stop=None):
        trained.append(run.trainer.checkpoint.exists())
        return fit(run, stop)

    monkeypatch.setattr(Run, "fit", count)
    tune(RECIPE, tiny_data(), SPACE, trials=2, folder=tmp_path)
    again = tune(RECIPE, tiny_data(), SPACE, trials=4, folder=tmp_path)
    assert again == whole
    assert trained == [False, False, True, True, False, False], "finished runs are only read"


def test_a_repeated_suggestion_is_not_trained_again():
    trained = []
    tuned = tune(Recipe({"name": "ease"}), tiny_data(), {"model.l2_weight": [10.0, 20.123456]}, trials=12,
                 objective=lambda run: trained.append(run.recipe.model) or 0.5)  # fmt: skip
    assert len(tuned.trials) == 12 and len(trained) == 3
    assert {"name": "ease", "l2_weight": 20.123456} in trained, "a choice is taken as it is"


def test_a_failed_trial_is_told_and_the_search_goes_on(caplog):
    def objective(run):
        if run.recipe.model.get("num_layers") == 1:
            raise FloatingPointError("bpr is nan in epoch 1")
        return float("nan") if "num_layers" not in run.recipe.model else 0.25

    with caplog.at_level(logging.WARNING):
        tuned = tune(RECIPE, tiny_data(), {"model.num_layers": [1, 2]}, trials=8, objective=objective)
    assert tuned.recipe.model["num_layers"] == 2 and {trial.value for trial in tuned.trials} == {None, 0.25}
    assert "bpr is nan in epoch 1" in caplog.text
    with pytest.raises(ValueError, match="no trial gave a finite value"):
        tune(RECIPE, tiny_data(), {"model.num_layers": [1, 2]}, trials=2, objective=lambda run: float("nan"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"space": {"model.depth": [1, 2]}}, "depth"),
        ({"space": {"trainer.lr": (0.0, 1.0)}}, r"'space\['trainer.lr'\]' must be a pair"),
        ({"space": {"trainer.lr": (1.0, 0.1)}}, "low < high"),
        ({"space": {"trainer.lr": []}}, "or a list of values"),
        ({"trials": 0}, "'trials' must be"),
    ],
)
def test_bad_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        tune(RECIPE, tiny_data(), **{"space": SPACE, **wrong})

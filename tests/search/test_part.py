"""Names of parts, and which of them are worth blending."""

from irllrec_pyg.recipes import Recipe
from irllrec_pyg.search.part import Part, candidates, describe

MODEL = {"name": "lightgcn", "l2_weight": 0.0, "objective": {"name": "softmax", "temperature": 0.1}}


def test_names_tell_recipes_apart():
    recipes = [
        Recipe(MODEL, trainer={"lr": 0.001, "batch_size": 4096, "by_user": True}),
        Recipe(MODEL, trainer={"lr": 0.001, "batch_size": 16384, "by_user": True}),
        Recipe(MODEL, trainer={"lr": 0.002, "batch_size": 4096}),
        Recipe(MODEL, [{"name": "text-ranking"}]),
        Recipe(MODEL, [{"name": "text-ranking", "features": "words"}]),
        Recipe({"name": "ease", "l2_weight": 10.0}),
    ]
    names = [describe(recipe) for recipe in recipes]
    assert len(set(names)) == len(names)
    assert names[0] == "lightgcn (temperature 0.1, lr 0.001, batch_size 4096)"
    assert names[4] == "lightgcn + text-ranking (temperature 0.1; text-ranking: features words)"


def test_settings_of_one_name_are_told_apart():
    recipe = Recipe(MODEL, [{"name": "text-ranking", "temperature": 0.2}], trainer={"lr": 0.001})
    assert describe(recipe) == "lightgcn + text-ranking (temperature 0.1, lr 0.001; text-ranking: temperature 0.2)"


def part(name, family, value, epochs=0, state="complete"):
    return Part(name, family, {}, name, value, epochs=epochs, state=state)


def test_candidates_are_the_best_of_each_family_and_the_best_of_the_trained():
    parts = [
        part("a", "ease", 0.1),
        part("b", "ease", 0.2),
        part("c", "lightgcn", 0.3, 5),
        part("d", "lightgcn", 0.25, 5),
        part("e", "simgcl", 0.4, 5, "pruned"),
        part("f", "simgcl", 0.05, 5, "cut"),
        part("c", "lightgcn", 0.3, 5),  # the same again
    ]
    assert [one.name for one in candidates(parts)] == ["c", "d", "b", "f"]
    assert [one.name for one in candidates(parts, most=2)] == ["c", "b"]
    assert candidates([]) == []

"""Recipes: plain data in and out, and errors that say what is wrong."""

import json

import pytest

from irllrec_pyg.models import BACKBONES, Backbone, LightGCN
from irllrec_pyg.recipes import Recipe

FULL = {
    "model": {"name": "lightgcn", "num_layers": 2, "objective": {"name": "softmax", "temperature": 0.2}},
    "enhancers": [{"name": "irllrec", "num_intents": 4}, {"name": "text-ranking", "score_weight": 2.0}],
    "blend": [{"name": "ease", "l2_weight": 5.0, "weight": 0.5}, {"name": "semantic-only"}],
    "text": {"encoder": "tf-idf", "control": "shuffled"},
    "trainer": {"max_epochs": 2, "k": [5, 10, 20]},
    "start": {"model": {"name": "lightgcn", "num_layers": 2, "objective": {"name": "softmax", "temperature": 0.2}}},
}


def test_a_recipe_goes_through_plain_data_unchanged():
    recipe = Recipe.from_dict(FULL)
    assert recipe.to_dict() == FULL
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert isinstance(recipe.start, Recipe) and recipe.start.to_dict() == FULL["start"]
    by_hand = Recipe(
        FULL["model"], tuple(FULL["enhancers"]), FULL["blend"], FULL["text"], FULL["trainer"], recipe.start
    )
    assert by_hand == recipe


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_recipe_goes_through_a_file_unchanged(tmp_path, suffix):
    recipe = Recipe.from_dict(FULL)
    file = recipe.save(tmp_path / f"recipe.{suffix}")
    assert Recipe.load(file) == recipe and [part.name for part in tmp_path.iterdir()] == [file.name]


def test_a_recipe_shares_no_data_with_what_it_was_made_of():
    tables = json.loads(json.dumps(FULL))
    recipe = Recipe.from_dict(tables)
    tables["model"]["num_layers"] = 5
    recipe.to_dict()["trainer"]["max_epochs"] = 5
    assert recipe.to_dict() == FULL


def test_tuples_and_lists_are_the_same():
    trainer = {"k": (5, 10, 20)}
    assert Recipe({"name": "lightgcn"}, trainer=trainer) == Recipe({"name": "lightgcn"}, [], [], {}, {"k": [5, 10, 20]})


def test_files_that_hold_no_recipe(tmp_path):
    for name, content, message in (
        ("a.json", "{", "'.*a.json' is damaged"),
        ("b.toml", "model = [", "'.*b.toml' is damaged"),
        ("c.json", "[1]", "holds no recipe|it holds a list, not an object"),
        ("d.json", "{}", "'model' is missing"),
        ("e.yaml", "", "a recipe is a .toml or .json file"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(ValueError, match=message):
            Recipe.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Recipe.load(tmp_path / "missing.json")
    with pytest.raises(ValueError, match=r"a recipe is a .toml or .json file \(got 'x.txt'\)"):
        Recipe.from_dict(FULL).save("x.txt")


LIGHTGCN = {"name": "lightgcn"}
WRONG = {
    "no model": ({"trainer": {}}, "'model' is missing"),
    "unknown table": ({"model": LIGHTGCN, "training": {}}, "there is no 'training'"),
    "model without name": ({"model": {"num_layers": 2}}, "every table of 'model' needs a 'name'"),
    "unknown model": ({"model": {"name": "lightgnc"}}, "there is no model 'lightgnc'; choose one of alpharec"),
    "model is no table": ({"model": "lightgcn"}, "'model' must be a table"),
    "unknown argument": (
        {"model": {"name": "lightgcn", "num_layer": 2}},
        "'model' has the argument 'num_layer', which LightGCN does not take; did you mean 'num_layers'?",
    ),
    "argument from the data": ({"model": {"name": "lightgcn", "num_users": 2}}, "'model' has the argument 'num_users'"),
    "enhancers is a table": ({"model": LIGHTGCN, "enhancers": {"name": "kar"}}, "'enhancers' must be a list of tables"),
    "enhancers is a name": ({"model": LIGHTGCN, "enhancers": "kar"}, "'enhancers' must be a list of tables"),
    "enhancer is no table": ({"model": LIGHTGCN, "enhancers": ["kar"]}, "every table of 'enhancers' needs a 'name'"),
    "unknown enhancer": ({"model": LIGHTGCN, "enhancers": [{"name": "ka"}]}, "there is no enhancer 'ka'"),
    "argument of enhancer": (
        {"model": LIGHTGCN, "enhancers": [{"name": "kar"}, {"name": "kar", "x": 1}]},
        "'enhancers.1' has the argument 'x', which KAR does not take",
    ),
    "blend of a trained model": ({"model": LIGHTGCN, "blend": [{"name": "sgl"}]}, "there is no closed form 'sgl'"),
    "argument of blend": ({"model": LIGHTGCN, "blend": [{"name": "ease", "k": 1}]}, "'blend.0' has the argument 'k'"),
    "weight of a model": ({"model": {"name": "ease", "weight": 1.0}}, "'model' has the argument 'weight'"),
    "unknown text entry": ({"model": LIGHTGCN, "text": {"encode": "x"}}, "'text' holds 'encode'"),
    "unknown control": (
        {"model": LIGHTGCN, "text": {"control": "suffled"}},
        "there is no control 'suffled'; did you mean",
    ),
    "unknown trainer entry": ({"model": LIGHTGCN, "trainer": {"epochs": 3}}, "'trainer' has the argument 'epochs'"),
    "seed in the trainer": ({"model": LIGHTGCN, "trainer": {"seed": 3}}, "'trainer' has the argument 'seed'"),
    "None": ({"model": {"name": "lightgcn", "num_layers": None}}, "'model.num_layers' must be plain data"),
    "an object": ({"model": {"name": "lightgcn", "num_layers": object()}}, "'model.num_layers' must be plain data"),
    "trained closed form": ({"model": {"name": "ease"}, "trainer": {"lr": 0.1}}, "'ease' is not trained"),
    "enhanced closed form": ({"model": {"name": "ease"}, "enhancers": [{"name": "kar"}]}, "'ease' is not trained"),
    "start of another model": (
        {"model": LIGHTGCN, "start": {"model": {"name": "lightgcn", "num_layers": 1}}},
        "'start' trains .*, but 'model' is",
    ),
    "enhanced start": (
        {"model": LIGHTGCN, "start": {"model": LIGHTGCN, "enhancers": [{"name": "kar"}]}},
        "'start' must be a bare model",
    ),
    "start with texts of its own": (
        {"model": LIGHTGCN, "start": {"model": LIGHTGCN, "text": {"control": "random"}}},
        "'text' applies to it too",
    ),
    "start is no recipe": ({"model": LIGHTGCN, "start": "lightgcn"}, "'start' must be a recipe"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_tables(name):
    tables, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        Recipe.from_dict(tables)


def test_replace():
    recipe = Recipe.from_dict(FULL)
    settings = {
        "model.num_layers": 3,
        "start.model.num_layers": 3,
        "enhancers.0.num_intents": 8,
        "enhancers.text-ranking.score_weight": 1.0,
        "blend.semantic-only": None,
        "text.control": None,
        "trainer.lr": 0.1,
    }
    changed = recipe.replace(settings)
    assert recipe.to_dict() == FULL, "the recipe itself stays"
    assert changed.model["num_layers"] == changed.start.model["num_layers"] == 3
    assert [table.get("num_intents", table.get("score_weight")) for table in changed.enhancers] == [8, 1.0]
    assert [table["name"] for table in changed.blend] == ["ease"]
    assert changed.text == {"encoder": "tf-idf"} and changed.trainer["lr"] == 0.1
    assert recipe.replace({"start": None}).start is None
    assert Recipe(LIGHTGCN).replace({"trainer.lr": 0.1, "trainer.patience": None}).trainer == {"lr": 0.1}
    for name in ("enhancers.2.x", "enhancers.kar.x", "blend.-1.x", "model.name.x", "model.num_layers.x.y"):
        with pytest.raises(ValueError, match="names no setting"):
            recipe.replace({name: 1})
    with pytest.raises(ValueError, match="there is no 'optimizer'"):
        recipe.replace({"optimizer.lr": 1})
    with pytest.raises(ValueError, match="'model' is missing"):
        recipe.replace({"model": None})


def test_from_preset_takes_encoder_and_control(tmp_path):
    recipe = Recipe.from_preset("lastfm", "lightgcn+irllrec", encoder=tmp_path, control="random")
    assert recipe.text == {"encoder": str(tmp_path), "control": "random"}
    assert Recipe.from_preset("lastfm", "lightgcn+irllrec").text == {}
    with pytest.raises(ValueError, match="there is no control 'permuted'"):
        Recipe.from_preset("lastfm", "lightgcn", control="permuted")


def test_features_read():
    def read(**tables):
        return Recipe.from_dict({"model": LIGHTGCN, **tables}).features_read

    assert read() == () and read(blend=[{"name": "ease"}]) == ()
    assert read(blend=[{"name": "ease", "feature_weight": 2.0}]) == ("intent",)
    assert read(enhancers=[{"name": "kar"}]) == ("profile",)
    assert read(enhancers=[{"name": "irllrec-published"}]) == ("intent", "profile")
    assert read(model={"name": "alpharec", "features": "profile"}) == ("profile",)
    assert read(start={"model": LIGHTGCN, "blend": [{"name": "semantic-only"}]}) == ("intent",), "the start reads texts"


def test_a_registered_model_of_ones_own_is_known_at_once(data):
    class Half(LightGCN):
        """LightGCN with an argument of its own."""

        def __init__(self, num_users, num_items, share=0.5, **kwargs):
            super().__init__(num_users, num_items, **kwargs)

    BACKBONES.register("half")(Half)
    try:
        recipe = Recipe({"name": "half", "share": 0.2, "num_layers": 1})
        assert isinstance(recipe.build(data, progress=False).model, Backbone)
        with pytest.raises(ValueError, match="'shares'.* did you mean 'share'"):
            Recipe({"name": "half", "shares": 0.2})
    finally:
        del BACKBONES._entries["half"]

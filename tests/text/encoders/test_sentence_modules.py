"""Encoders as sentence-transformers saves them, against plain torch code for one text at a time."""

import json
import pickle
import shutil

import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import normalize
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    RobertaConfig,
    RobertaModel,
    T5Config,
    T5EncoderModel,
    T5Model,
)

from irllrec_pyg.text import TextEncoder, find_model, model_revision

TEXTS = ["a quiet film", "songs", "a story of the sea and of the people who live by it"]
OLD = {"cls": "pooling_mode_cls_token", "lasttoken": "pooling_mode_lasttoken", "mean": "pooling_mode_mean_tokens"}
OLD_TYPE = "sentence_transformers.models.{}"
NEW_TYPE = {
    "Transformer": "sentence_transformers.base.modules.transformer.Transformer",
    "Pooling": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
    "Dense": "sentence_transformers.base.modules.dense.Dense",
    "Normalize": "sentence_transformers.base.modules.normalize.Normalize",
}


def write(file, settings):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings))


def write_modules(folder, *kinds, types=None, transformer=""):
    """Writes modules.json; the folder of each module is its number and kind."""
    paths = [transformer, *(f"{number}_{kind}" for number, kind in enumerate(kinds[1:], start=1))]
    names = [types[kind] if types else OLD_TYPE.format(kind) for kind in kinds]
    entries = enumerate(zip(paths, names, strict=True))
    write(
        folder / "modules.json",
        [{"idx": number, "name": str(number), "path": path, "type": name} for number, (path, name) in entries],
    )


def write_dense(folder, inside, outside, activation="Tanh", bias=True, safe=True, seed=0):
    """Writes a dense layer, and returns it as a function."""
    module = "linear" if activation == "Identity" else "activation"
    name = f"torch.nn.modules.{module}.{activation}"
    sizes = {"in_features": inside, "out_features": outside, "bias": bias, "activation_function": name}
    write(folder / "config.json", sizes)
    generator = torch.Generator().manual_seed(seed)
    weight, shift = (torch.randn(shape, generator=generator) for shape in ((outside, inside), (outside,)))
    weights = {"linear.weight": weight} | ({"linear.bias": shift} if bias else {})
    if safe:
        save_file(weights, folder / "model.safetensors")
    else:
        torch.save(weights, folder / "pytorch_model.bin")
    return lambda x: getattr(torch.nn, activation)()(x @ weight.T + (shift if bias else 0))


def hidden_states(folder, texts=TEXTS, model=None):
    """Last hidden states of one text at a time."""
    model, tokenizer = model or AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        return [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0] for text in texts]


def pooled(states, mode):
    return torch.stack([{"cls": h[0], "lasttoken": h[-1], "mean": h.mean(0)}[mode] for h in states])


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.fixture
def folder(tiny_encoder, tmp_path):
    """A copy of the tiny encoder, as it is without files of sentence-transformers."""
    return shutil.copytree(tiny_encoder, tmp_path / "model")


@pytest.mark.parametrize("form", ["old", "new", "list"])
@pytest.mark.parametrize("types", [None, NEW_TYPE], ids=["old types", "new types"])
@pytest.mark.parametrize("mode", ["cls", "lasttoken", "mean"])
def test_poolings_in_both_forms(folder, mode, types, form):
    write_modules(folder, "Transformer", "Pooling", "Normalize", types=types)
    settings = {"old": {name: name == OLD[mode] for name in OLD.values()}, "new": {"pooling_mode": mode}}
    settings["list"] = {"pooling_mode": [mode]}
    write(folder / "1_Pooling" / "config.json", {"embedding_dimension": 16, **settings[form]})
    features = TextEncoder(folder).encode(TEXTS, progress=False)
    close(features, normalize(pooled(hidden_states(folder), mode)))


def test_new_form_without_a_list_of_modules(folder):
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    assert TextEncoder(folder).pooling == "cls" and TextEncoder(folder, pooling="last").pooling == "last"


def test_pooling_that_the_caller_gives_comes_first(folder):
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "max"})
    close(
        TextEncoder(folder, pooling="mean").encode(TEXTS, progress=False),
        normalize(pooled(hidden_states(folder), "mean")),
    )


@pytest.mark.parametrize("safe", [True, False], ids=["safetensors", "bin"])
def test_dense_layers(folder, safe):
    write_modules(folder, "Transformer", "Pooling", "Dense", "Normalize", "Dense")
    write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, OLD["mean"]: True})
    first = write_dense(folder / "2_Dense", 16, 24, "Tanh", safe=safe)
    second = write_dense(folder / "4_Dense", 24, 5, "Identity", bias=False, safe=safe, seed=1)
    encoder = TextEncoder(folder)
    features = encoder.encode(TEXTS, progress=False)
    close(features, normalize(second(normalize(first(pooled(hidden_states(folder), "mean"))))))
    assert encoder.width == 5 == features.size(1) and not features.requires_grad


def test_identity_depends_on_dense_weights(folder):
    write_modules(folder, "Transformer", "Pooling", "Dense")
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "mean"})
    for safe in (False, True):
        found = set()
        for seed in (0, 1):
            write_dense(folder / "2_Dense", 16, 8, safe=safe, seed=seed)
            found.add((TextEncoder(folder).identity, model_revision(folder)))
        assert len({identity for identity, _ in found}) == len({revision for _, revision in found}) == 2


def test_a_model_in_a_folder_of_its_own(tiny_encoder, folder, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    folder.rename(outer / "0_Transformer")
    write_modules(outer, "Transformer", "Pooling", transformer="0_Transformer")
    write(outer / "1_Pooling" / "config.json", {OLD["cls"]: True})
    write(outer / "0_Transformer" / "sentence_bert_config.json", {"max_seq_length": 9})
    encoder, before = TextEncoder(find_model(outer)), model_revision(outer)
    assert encoder.max_length == 9
    states = hidden_states(outer / "0_Transformer", ["songs", "wit"])
    close(encoder.encode(["songs", "wit"], progress=False), normalize(pooled(states, "cls")))
    (outer / "0_Transformer" / "model.safetensors").write_bytes(b"others")
    assert model_revision(outer) != before


def test_length_of_texts(folder):
    assert TextEncoder(folder).max_length == 256
    write(folder / "sentence_bert_config.json", {"max_seq_length": 8, "do_lower_case": False})
    encoder = TextEncoder(folder)
    assert encoder.max_length == 8 == encoder.recipe["max_length"] and TextEncoder(folder, max_length=6).max_length == 6
    short, long = encoder.encode(["a b c d e f", "a b c d e f " + "z " * 90], progress=False)
    close(short, long)


@pytest.mark.parametrize(("kind", "positions"), [("bert", 20), ("roberta", 18)])
def test_length_is_at_most_the_positions(folder, kind, positions):
    config, model = {"bert": (BertConfig, BertModel), "roberta": (RobertaConfig, RobertaModel)}[kind]
    sizes = {"vocab_size": 80, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model(config(**sizes, intermediate_size=16, max_position_embeddings=20)).save_pretrained(folder)
    assert TextEncoder(folder).max_length == positions  # without a warning, because nobody asked for more
    with pytest.warns(UserWarning, match=f"'max_length' is 512, but the model has {positions} positions"):
        encoder = TextEncoder(folder, max_length=512)
    assert encoder.max_length == positions
    assert encoder.encode(["z " * 90], progress=False).isfinite().all()
    write(folder / "sentence_bert_config.json", {"max_seq_length": 20 + 1})
    with pytest.warns(UserWarning, match=f"{positions} positions"):
        assert TextEncoder(folder).max_length == positions


def test_default_prompt(folder):
    file = folder / "config_sentence_transformers.json"
    write(file, {"prompts": {"query": "find: ", "document": ""}, "default_prompt_name": None})
    assert TextEncoder(folder).instruction == ""
    write(file, {"prompts": {"query": "find: ", "document": ""}, "default_prompt_name": "query"})
    encoder = TextEncoder(folder)
    texts = [f"find: {text}" for text in TEXTS]
    close(encoder.encode(TEXTS, progress=False), normalize(pooled(hidden_states(folder, texts), "mean")))
    assert encoder.recipe["instruction"] == "find: "
    assert TextEncoder(folder, instruction="").instruction == ""
    assert TextEncoder(folder, instruction="Say it").instruction == "Instruct: Say it\nQuery: "
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "mean", "include_prompt": False})
    with pytest.raises(ValueError, match="include_prompt"):
        TextEncoder(folder)
    assert TextEncoder(folder, instruction="").pooling == "mean"
    write(file, {"prompts": {}, "default_prompt_name": "query"})
    with pytest.raises(ValueError, match="has no prompt 'query'"):
        TextEncoder(folder)


def test_lower_case(folder):
    AutoTokenizer.from_pretrained(folder, do_lower_case=False).save_pretrained(folder)
    upper, lower = TextEncoder(folder).encode(["A SONG", "a song"], progress=False)
    assert not torch.allclose(upper, lower)
    write(folder / "sentence_bert_config.json", {"do_lower_case": True})
    upper, again = TextEncoder(folder).encode(["A SONG", "a song"], progress=False)
    close(torch.stack([upper, again]), torch.stack([lower, lower]))


@pytest.mark.parametrize("kind", [T5Model, T5EncoderModel])
def test_of_a_t5_the_encoder_is_used(folder, kind):
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}
    (folder / "model.safetensors").unlink()
    model = kind(T5Config(vocab_size=80, **sizes)).eval()
    model.save_pretrained(folder)
    write_modules(folder, "Transformer", "Pooling", "Dense", "Normalize")
    write(folder / "1_Pooling" / "config.json", {OLD["mean"]: True})
    dense = write_dense(folder / "2_Dense", 16, 12, "Identity", bias=False)
    encoder = TextEncoder(folder)
    states = []
    for text in TEXTS:
        ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids
        with torch.no_grad():
            states.append(model.get_encoder()(ids).last_hidden_state[0])
    close(encoder.encode(TEXTS, progress=False), normalize(dense(pooled(states, "mean"))))
    assert encoder.width == 12 and encoder.max_length == 256


DENSE = {"in_features": 16, "out_features": 4}


@pytest.mark.parametrize(
    ("file", "settings", "message"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "max"}, "the pooling max"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "the pooling max"),
        ("1_Pooling/config.json", {"pooling_mode_weightedmean_tokens": True}, "the pooling weightedmean"),
        ("1_Pooling/config.json", {"pooling_mode": "attention"}, "the pooling attention"),
        ("1_Pooling/config.json", {"pooling_mode": ["cls", "mean"]}, r"several poolings side by side \(cls, mean\)"),
        ("1_Pooling/config.json", {OLD["cls"]: True, OLD["mean"]: True}, r"side by side \(cls, mean\)"),
        ("1_Pooling/config.json", [], "is damaged"),
        ("modules.json", ["Transformer", "WeightedLayerPooling", "Pooling"], "the module WeightedLayerPooling"),
        ("modules.json", ["Transformer", "CNN", "Pooling"], "the module CNN"),
        ("modules.json", ["Transformer", "Pooling", "LayerNorm"], "the module LayerNorm"),
        ("modules.json", ["Transformer", "Dense", "Pooling"], "the modules Transformer, Dense, Pooling in this order"),
        ("modules.json", ["Transformer"], "the modules Transformer in this order"),
        ("sentence_bert_config.json", {"transformer_task": "fill-mask"}, "the transformer_task 'fill-mask'"),
        ("sentence_bert_config.json", {"config_kwargs": {"is_causal": False}}, "is_causal in config_kwargs"),
        ("sentence_bert_config.json", {"max_seq_length": 0}, "'max_seq_length' 0"),
        ("2_Dense/config.json", {**DENSE, "activation_function": "own.code.Run"}, "function 'own.code.Run'"),
        ("2_Dense/config.json", {**DENSE, "use_residual": True}, "a residual"),
        ("2_Dense/config.json", {**DENSE, "module_input_name": "token_embeddings"}, r"from \['token_embeddings'"),
        ("2_Dense/config.json", {"in_features": 7, "out_features": 4}, "reads 7 features, but 16 come"),
        ("2_Dense/config.json", {**DENSE, "out_features": 9}, "does not match the 'config.json'"),
        ("2_Dense/config.json", {}, "is missing, or has no 'in_features'"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(folder, file, settings, message):
    write_modules(folder, "Transformer", "Pooling", "Dense")
    write(folder / "1_Pooling" / "config.json", {"embedding_dimension": 16, "pooling_mode": "mean"})
    write_dense(folder / "2_Dense", 16, 4)
    assert TextEncoder(folder).width == 4, "what is refused below is the change alone"
    if file == "modules.json":
        write_modules(folder, *settings)
    else:
        write(folder / file, settings)
    with pytest.raises(ValueError, match=message) as error:
        TextEncoder(folder)
    assert str(folder) in str(error.value)


def test_damaged_lists_of_modules(folder):
    for text, message in (
        ("[", "is damaged"),
        ('[{"path": ""}]', "is damaged"),
        ('[{"path": "../x", "type": "a"}]', "outside the model"),
        ('[{"path": "", "type": "own.Transformer"}]', "the module own.Transformer"),
    ):
        (folder / "modules.json").write_text(text)
        with pytest.raises(ValueError, match=message):
            TextEncoder(folder)
    write_modules(folder, "Transformer", "Pooling")
    with pytest.raises(ValueError, match="names the module '1_Pooling', but there is no"):
        TextEncoder(folder)


class Trap:
    """What a pickle could hold."""

    def __init__(self, file):
        self.file = str(file)

    def __reduce__(self):
        return (open, (self.file, "w"))


def test_dense_weights_run_no_code(folder, tmp_path):
    write_modules(folder, "Transformer", "Pooling", "Dense")
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "mean"})
    write_dense(folder / "2_Dense", 16, 4)
    (folder / "2_Dense" / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="has no weights"):
        TextEncoder(folder)
    for save in (lambda file: torch.save({"linear.weight": Trap(tmp_path / "sprung")}, file), _plain_pickle(tmp_path)):
        save(folder / "2_Dense" / "pytorch_model.bin")
        with pytest.raises(ValueError, match="holds no plain tensors"):
            TextEncoder(folder)
    assert not (tmp_path / "sprung").exists()


def _plain_pickle(folder):
    return lambda file: file.write_bytes(pickle.dumps({"linear.weight": Trap(folder / "sprung")}))


def test_the_package_itself_agrees(folder):
    package = pytest.importorskip("sentence_transformers")
    write_modules(folder, "Transformer", "Pooling", "Dense", "Normalize")
    write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, OLD["cls"]: True})
    write_dense(folder / "2_Dense", 16, 12)
    expected = package.SentenceTransformer(str(folder), device="cpu").encode(TEXTS, convert_to_tensor=True)
    close(TextEncoder(folder).encode(TEXTS, progress=False), expected)

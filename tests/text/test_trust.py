"""Code that comes with a model is never run, and nobody is asked whether it may be."""

import builtins
import json
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file

from irllrec_pyg.testing import save_tiny_llm
from irllrec_pyg.text import IntentGenerator, TextEncoder, find_model


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A folder of a Llama with Python code that leaves a file behind, and a user who would agree to run it."""
    folder = save_tiny_llm(tmp_path / "model")
    code = (
        f"open({str(tmp_path / 'sprung')!r}, 'w')\nfrom transformers import LlamaConfig as Own, LlamaModel as Model\n"
    )
    (folder / "own.py").write_text(code)
    asked = []
    monkeypatch.setattr(builtins, "input", lambda question="": asked.append(question) or "y")
    yield folder
    assert not asked, "nobody may be asked on the terminal"
    assert not (tmp_path / "sprung").exists(), "the code was run"


def change(file, **settings):
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


AUTO_MAP = {"AutoConfig": "own.Own", "AutoModel": "own.Model", "AutoModelForCausalLM": "own.Model"}


@pytest.mark.parametrize("load", [find_model, TextEncoder, IntentGenerator])
def test_a_model_that_needs_its_own_code_is_refused(trap, load):
    change(trap / "config.json", model_type="own", auto_map=AUTO_MAP)
    with pytest.raises(ValueError, match=r"config.json' names Python code .* is never run: choose a model of a type"):
        load(trap)


@pytest.mark.parametrize("load", [find_model, TextEncoder, IntentGenerator])
def test_a_tokenizer_that_needs_its_own_code_is_refused(trap, load):
    change(trap / "config.json", model_type="gpt_neo_of_their_own")
    change(trap / "tokenizer_config.json", tokenizer_class="Own", auto_map={"AutoTokenizer": ["own.Own", "own.Own"]})
    with pytest.raises(ValueError, match=r"tokenizer_config.json' names Python code .* is never run"):
        load(trap)


def test_a_module_that_needs_its_own_code_is_refused(trap):
    (trap / "0_Transformer").mkdir()
    shutil.copy(trap / "own.py", trap / "0_Transformer")
    (trap / "0_Transformer" / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": AUTO_MAP}))
    module = {"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}
    (trap / "modules.json").write_text(json.dumps([module]))
    with pytest.raises(ValueError, match="0_Transformer/config.json' names Python code"):
        TextEncoder(trap)
    (trap / "modules.json").write_text(json.dumps([{"path": "", "type": "own.Model"}]))
    with pytest.raises(ValueError, match="the module own.Model, which is not supported"):
        TextEncoder(trap)


def test_a_type_that_transformers_has_is_loaded_without_the_code(trap, tmp_path):
    expected = TextEncoder(save_tiny_llm(tmp_path / "plain")).encode(["wit"], progress=False)
    change(trap / "config.json", auto_map=AUTO_MAP)
    change(trap / "tokenizer_config.json", auto_map={"AutoTokenizer": ["own.Own", "own.Own"]})
    torch.testing.assert_close(TextEncoder(trap).encode(["wit"], progress=False), expected)
    assert type(IntentGenerator(trap).model).__name__ == "LlamaForCausalLM"


class Trap:
    """What a pickle could hold."""

    def __init__(self, file):
        self.file = str(file)

    def __reduce__(self):
        return (open, (self.file, "w"))


@pytest.mark.parametrize("save", [torch.save, lambda value, file: file.write_bytes(pickle.dumps(value))])
def test_pickled_weights_run_no_code(trap, tmp_path, save):
    weights = load_file(trap / "model.safetensors")
    (trap / "model.safetensors").unlink()
    save({**weights, "norm": Trap(tmp_path / "sprung")}, trap / "pytorch_model.bin")
    with pytest.raises(ValueError, match="name Python code, which is never run.*; get the model with weights in safe"):
        TextEncoder(trap)

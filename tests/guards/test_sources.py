"""What may not be in the repository: paths of one machine, registries, device literals, and loading that runs code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.source import PACKAGE, ROOT, listing, module_files

_FOLDERS = ("irllrec_pyg", "tests", "benchmarks", "examples", "docs", "scripts", ".github", ".ci")
_TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".csv", ".json", ".jsonl", ".sh", ".cfg", ".cff", ""}
_HOMES = "|".join(("work", "root", "farm", r"home/\w+", "Users", "opt"))
_REGISTRIES = "|".join(("pypi", "pythonhosted", r"download\.pytorch", "npmjs", "golang", "artifactory", "devpi"))
MACHINE_PATH = re.compile(rf"(?<![\w.:/~-])/(?:{_HOMES})/")
REGISTRY = re.compile(rf"https?://[\w.-]*(?:{_REGISTRIES})|--(?:extra-)?index-url")
UNPICKLER = PACKAGE / "datasets" / "unpickle.py"  # admits only a few harmless classes


def text_files() -> list[Path]:
    """All text files of the repository; what is built or downloaded is left out."""
    found = [file for file in ROOT.iterdir() if file.is_file()]
    for folder in _FOLDERS:
        found += [file for file in (ROOT / folder).rglob("*") if file.is_file()]
    built = {"__pycache__", "_build"}
    return sorted(
        file for file in found if file.suffix in _TEXTS and not built & set(file.parts) and file.name != ".coverage"
    )


def matches(pattern: re.Pattern[str]) -> dict[str, str]:
    """First match in each file that has one."""
    found = {}
    for file in text_files():
        if match := pattern.search(file.read_text(encoding="utf-8")):
            found[str(file.relative_to(ROOT))] = match.group()
    return found


def device_literals(source: str) -> Iterator[int]:
    """Lines that name a device: a model runs wherever its tensors are."""
    tree = ast.parse(source)
    allowed = {  # torch names its own random states
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fork_rng"
        for keyword in node.keywords
        if keyword.arg == "device_type"
        for part in ast.walk(keyword.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cuda":
            yield node.lineno
        text = node.value if isinstance(node, ast.Constant) and node not in allowed else None
        if isinstance(text, str) and re.fullmatch(r"(?:cuda|mps|xpu)(?::\d+)?", text):
            yield node.lineno


def unsafe_calls(source: str) -> Iterator[int]:
    """Lines that could run code which a file holds."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        safe = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if re.fullmatch(r"(?:c?pickle|joblib|dill|marshal)\.(?:loads?|Unpickler)|Unpickler|eval|exec", name):
            yield node.lineno
        if name == "torch.load" and safe.get("weights_only") != "True":
            yield node.lineno
        if safe.get("allow_pickle") == "True" or safe.get("trust_remote_code") == "True":
            yield node.lineno


def test_no_path_of_one_machine():
    assert matches(MACHINE_PATH) == {}


def test_no_registry():
    assert matches(REGISTRY) == {}


def test_no_device_literals():
    found = {
        str(file.relative_to(ROOT)): [*device_literals(file.read_text(encoding="utf-8"))] for file in module_files()
    }
    assert not listing(found), listing(found)


def test_nothing_is_unpickled():
    files = [file for file in module_files() if file != UNPICKLER]
    found = {str(file.relative_to(ROOT)): [*unsafe_calls(file.read_text(encoding="utf-8"))] for file in files}
    assert not listing(found), listing(found)


@pytest.mark.parametrize(
    "source",
    ["x.cuda()", "torch.device('cuda')", "x.to(device='cuda:0')", "torch.random.fork_rng(devices=['cuda'])"],
)
def test_guard_finds_device_literals(source):
    assert [*device_literals(source)]


def test_guard_accepts_device_type_of_fork_rng():
    assert not [*device_literals("torch.random.fork_rng([device], device_type=device.type if device else 'cuda')")]


@pytest.mark.parametrize(
    "source",
    [
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "pickle.load(file)",
        "eval(text)",
        "np.load(file, allow_pickle=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
    ],
)
def test_guard_finds_unsafe_calls(source):
    assert [*unsafe_calls(source)]


def test_guard_accepts_safe_calls():
    assert not [*unsafe_calls("torch.load(file, weights_only=True); np.load(file); ast.literal_eval(text)")]


def test_guard_finds_paths_and_registries():
    home = "/".join(("", "home", "someone", "data"))
    assert MACHINE_PATH.search(f"open('{home}/file')") and not MACHINE_PATH.search("path/to/model, ~/.cache")
    address = "https://" + "pypi" + ".org/simple"
    assert REGISTRY.search(f"pip install --find {address}") and not REGISTRY.search("https://arxiv.org/abs/2502.03307")

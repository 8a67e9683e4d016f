"""Examples for data that are larger than a machine."""

import json
import runpy
import sys
from pathlib import Path

import pytest
import torch_geometric.typing

from irllrec_pyg.corpus import large_corpus
from irllrec_pyg.datasets import SyntheticMovies, write_reviews

EXAMPLES = Path(__file__).parents[2] / "examples" / "large_data"


def run(name, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="needs ray")
    pytest.importorskip("ray.data")
    pytest.importorskip("duckdb")
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80 << 20)
    yield
    ray.shutdown()


def test_ray_builds_the_corpus_of_one_machine(tmp_path, monkeypatch, cluster):
    write_reviews(tmp_path, 40, 40)
    lines = (tmp_path / "reviews.jsonl").read_text().splitlines()
    files = [tmp_path / f"reviews-{number}.jsonl" for number in range(3)]
    for number, file in enumerate(files):
        file.write_text("\n".join([*lines[number * len(lines) // 3 : (number + 1) * len(lines) // 3], "{"]))
    large_corpus("amazon-2023", files, tmp_path / "meta.jsonl", tmp_path / "one", k=3)
    options = "--items", tmp_path / "meta.jsonl", "--folder", tmp_path / "many", "--k", 3
    run("ray_corpus", monkeypatch, "--reviews", *files, *options)
    one, many = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "many"))
    different = {"made", "hash"}
    assert {name: one[name] for name in {*one} - different} == {name: many[name] for name in {*many} - different}
    assert [one["sources"][file.name]["bad"] for file in files] == [1, 1, 1]


@pytest.fixture
def small(monkeypatch):
    """Fewer synthetic movies than a newcomer sees."""
    monkeypatch.setattr(SyntheticMovies.__init__, "__defaults__", (40, 45, 0, None))


@pytest.mark.usefixtures("small")
def test_neighbor_sampling(tmp_path, monkeypatch, capsys):
    if not (torch_geometric.typing.WITH_PYG_LIB or torch_geometric.typing.WITH_TORCH_SPARSE):
        pytest.skip("needs pyg-lib or torch-sparse")
    run("neighbor_sampling", monkeypatch, "--root", tmp_path, "--epochs", 10)
    losses = [float(line.split()[3]) for line in capsys.readouterr().out.splitlines() if line.startswith("epoch")]
    assert len(losses) == 2 and losses[1] < losses[0] < 0.7


def test_neighbor_sampling_says_what_it_needs(monkeypatch):
    for name in ("WITH_PYG_LIB", "WITH_TORCH_SPARSE"):
        monkeypatch.setattr(torch_geometric.typing, name, False)
    with pytest.raises(SystemExit, match="needs the package pyg-lib or torch-sparse; install the one"):
        run("neighbor_sampling", monkeypatch)

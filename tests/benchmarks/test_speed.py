"""The speed benchmark: both forms of a case agree, and rows say what was measured."""

import pandas as pd
import pytest
import torch
from accelerate.state import AcceleratorState

from benchmarks import results, scaling, textbook
from benchmarks.speed import __main__ as speed
from benchmarks.speed import cases, harness
from irllrec_pyg.models import LightGCN, PublishedIRLLRec
from irllrec_pyg.training import TripletSampler

CPU = torch.device("cpu")
LONG = {"matching_8192", "epoch_lightgcn_compiled"}


@pytest.fixture(autouse=True)
def _small(monkeypatch, data):
    monkeypatch.setattr(cases, "load", lambda root: data)
    monkeypatch.setattr(cases, "TEXT", 24)
    monkeypatch.setattr(textbook, "installed", dict)
    AcceleratorState._reset_state(True)  # the precision of a process is fixed by its first accelerator
    yield
    AcceleratorState._reset_state(True)


def names():
    yield from ("propagate", "intent_conv", "contrast", "matching", "negatives", "evaluate", "evaluate_top_k")
    yield from ("epoch_lightgcn", "epoch_irllrec_all", "epoch_irllrec_batch", "epoch_irllrec_batch_bf16")
    yield "epoch_irllrec_batch_lastfm"


@pytest.mark.parametrize("name", [*names()])
def test_case(name):
    rows = cases.measure(name, None, 2, CPU)
    assert rows[0]["variant"] == "ours" and {row["case"] for row in rows} == {name}
    assert all(0 < row["p20_ms"] <= row["p50_ms"] <= row["p80_ms"] and row["peak_mb"] >= 0 for row in rows)


def test_a_process_of_its_own_finds_what_it_runs():
    assert {cases.measure.__module__, scaling.measure.__module__} == {"benchmarks.speed.cases", "benchmarks.scaling"}
    assert harness.alone(torch.get_num_threads, (), 2) == 2


def test_all_cases_are_tested_but_the_long_ones():
    assert {*cases.CASES} - LONG - {"epoch_irllrec_all_bf16"} == {*names()}


def test_forms_that_differ_are_not_timed(monkeypatch):
    wrong = harness.Case({"ours": lambda: lambda: torch.zeros(1), "textbook": lambda: lambda: torch.ones(1)}, same=True)
    monkeypatch.setitem(cases.CASES, "contrast", lambda data: wrong)
    with pytest.raises(AssertionError, match="contrast: textbook differs"):
        cases.measure("contrast", None, 1, CPU)


def test_textbook_form_of_irllrec_is_the_same_model(data, graph):
    model = PublishedIRLLRec.from_data(
        LightGCN(30, 20, 8), data, noise=0.0, translation_weight=0.3, matching_weight=0.2, pairwise_weight=0.5
    ).train()
    batch = next(iter(TripletSampler(data["user", "interacts", "item"].edge_index, 20, 16).epoch(1)))
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    ours = sum(model(graph, batch).values())
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    grads = torch.autograd.grad(ours, learned)
    model.load_state_dict(start)  # the published teacher moves within the step
    dense = textbook.published_irllrec(model, textbook.adjacency(graph), batch)
    # The value of the published L2 counts the teacher's constant weights, which have no gradient.
    torch.testing.assert_close(dense, ours, rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(grads, torch.autograd.grad(dense, learned), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_roofline_and_results(tmp_path, monkeypatch, data):
    monkeypatch.setattr(cases, "SQUARE", 64)  # a large product in bf16 takes minutes where the processor has none
    rows = cases.roofline(data, 1)
    measured = ["memcpy", "gather", "matmul", "matmul_bf16", "spmm", "project"]
    assert [row["kernel"] for row in rows[:6]] == measured
    floors = {(row["kernel"].split("_")[-1], row["limit"]) for row in rows[6:]}
    assert floors == {(scope, limit) for scope in ("all", "batch") for limit in ("matmul", "matmul_bf16")}
    assert all(row["rate"] > 0 for row in rows[:6])
    key = ["kernel", "limit"]
    results.replace(rows, tmp_path / "roofline.csv", key)
    results.replace([rows[0] | {"rate": 1.0}], tmp_path / "roofline.csv", key)
    again = pd.read_csv(tmp_path / "roofline.csv")
    assert len(again) == len(rows) and again.set_index("kernel")["rate"]["memcpy"] == 1.0


def test_table(tmp_path):
    rows = [{"case": "contrast", "variant": name, "p50_ms": ms, "peak_mb": mb, "threads": 1} for name, ms, mb in
            (("ours", 10.0, 20.0), ("textbook", 25.0, 2000.0))]  # fmt: skip
    about = {"data": "made", "torch": "2", "pyg": "2", "device": "cpu"}
    results.replace([row | about for row in rows], tmp_path / "speed.csv", speed.KEY)
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    speed.write(tmp_path, page)
    assert "| contrast | textbook | 1 | 25.0 | 2.5 | 2,000 | 100.0 |" in page.read_text()
    assert page.read_text().startswith("before\n<!-- speed -->\n| case") and page.read_text().endswith("-->\nafter\n")
    page.write_text("no marks")
    with pytest.raises(SystemExit, match="has no '<!-- speed -->'"):
        speed.write(tmp_path, page)


def test_scaling(tmp_path):
    sizes = {"interactions": 200, "users": 40, "items": 30, "width": 4, "text": 6, "batch": 64}
    for model in scaling.MODELS:
        row = scaling.measure(model, sizes, 2)
        assert row["step_ms"] > 0 and row["steps"] >= 2
    frame = pd.DataFrame({"width": [1, 2, 4, 8, 16], "step_ms": [9.0, 9.0, 16.0, 64.0, 256.0]})
    assert scaling.exponent(frame, "width", "step_ms") == pytest.approx(2.0)
    about = {**sizes, "axis": "width", "model": "lightgcn", "peak_mb": 1.0}
    rows = [about | {"width": width, "step_ms": 2.0 * width} for width in (1, 2, 4)]
    scaling.draw(pd.DataFrame(rows), tmp_path / "scaling.png")
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")

"""What an import of the layers loads, in a fresh process."""

import pkgutil
import subprocess
import sys

import irllrec_pyg

HEAVY = ("pandas", "scipy", "transformers", "accelerate", "safetensors")


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_layers_and_losses_load_nothing_heavy_that_pyg_does_not_load():
    loaded = run(
        "import sys, torch_geometric.nn\n"  # PyG itself loads pandas and transformers where they are installed
        "before = set(sys.modules)\n"
        "import irllrec_pyg.nn, irllrec_pyg.losses, irllrec_pyg.ops\n"
        "print(*(set(sys.modules) - before))"
    )
    assert "irllrec_pyg.nn" in loaded
    assert not [name for name in loaded if name.split(".")[0] in HEAVY]
    parts = {name.split(".")[1] for name in loaded if name.startswith("irllrec_pyg.")}
    assert parts <= {"nn", "losses", "ops", "_checks", "_plain"}, "a layer needs no data, models or training"


def test_layers_and_losses_work_where_the_heavy_packages_are_missing():
    out = run(
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({HEAVY}))\n"  # Python treats a module that is None as missing
        "import torch\n"
        "from irllrec_pyg import losses, nn\n"
        "conv, edge_index = nn.LightConv(), torch.tensor([[0, 1], [1, 0]])\n"
        "print(losses.l2_loss([conv(torch.ones(2, 2), edge_index)]).item())"
    )
    assert out == ["4.0"]


def test_the_package_loads_its_parts_when_they_are_used():
    out = run("import sys, irllrec_pyg\nprint(*(name for name in sys.modules if name.startswith('irllrec_pyg.')))")
    assert not out


def test_every_part_is_an_attribute_of_the_package():
    parts = {module.name for module in pkgutil.iter_modules(irllrec_pyg.__path__) if not module.name.startswith("_")}
    assert parts <= set(dir(irllrec_pyg))
    names = ", ".join(f"irllrec_pyg.{name}.__name__" for name in sorted(parts))
    assert run(f"import irllrec_pyg\nprint({names})") == [f"irllrec_pyg.{name}" for name in sorted(parts)]


def test_help_and_version_load_nothing_heavy():
    heavy = (*HEAVY, "torch", "torch_geometric", "numpy", "matplotlib", "optuna", "gradio", "fastapi")
    for option in ("--help", "--version"):
        loaded = run(
            "import contextlib, io, sys\n"
            "from irllrec_pyg.cli.main import app\n"
            "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
            f"    app(['{option}'])\n"
            "print(*sys.modules)"
        )
        assert "irllrec_pyg.cli" in loaded
        assert not {name.split(".")[0] for name in loaded} & set(heavy), option

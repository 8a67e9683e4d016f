"""Kernels, layers, losses and models on the device of the tests, and on one that pretends.

``IRLLREC_DEVICE`` names the device. Random numbers differ between devices and types, so what depends on them is finite,
and is compared on the device that pretends.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils import backend_registration

from tests.devices.cases import CASES, DRAWN, run

EXACT, CPU = torch.float64, torch.device("cpu")


@pytest.mark.parametrize("name", CASES)
def test_results_are_those_of_the_cpu_in_double_precision(name, device):
    expected, found = run(name, CPU, EXACT), run(name, device)
    assert {value.device.type for value in found.values()} == {device.type} and found.keys() == expected.keys()
    for key, value in found.items():
        if key.startswith(DRAWN):
            assert value.isfinite().all(), key
        else:
            torch.testing.assert_close(value.to(CPU, EXACT), expected[key], rtol=2e-3, atol=2e-5, msg=key)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", CASES)
def test_autocast_gives_finite_results(name, dtype, device):
    if device.type == "cpu" and dtype == torch.float16:
        pytest.skip("half precision is for accelerators")
    with torch.autocast(device.type, dtype=dtype):
        found = run(name, device)
    assert all(value.isfinite().all() for value in found.values())


@pytest.fixture(scope="module")
def pretended():
    if not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"):
        pytest.skip("this torch cannot pretend a device")
    command = [sys.executable, "-W", "ignore", "-m", "tests.devices.pretended"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_tensor_is_on_the_wrong_device(pretended):
    assert pretended["cases"] >= len(CASES) > 20
    assert not pretended["failed"], "\n".join(f"{name}: {why}" for name, why in pretended["failed"].items())


def test_a_tensor_on_the_wrong_device_is_found(pretended):
    assert pretended["mixed"] == "RuntimeError: aten.add.Tensor reads tensors on pretended and on the CPU, [(3,)]"

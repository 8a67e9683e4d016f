"""Doctests: ``torch`` is in the namespace of every example, and random numbers are seeded."""

from __future__ import annotations

from typing import Any

import pytest
import torch


@pytest.fixture(autouse=True)
def _doctest_setting(doctest_namespace: dict[str, Any]) -> None:
    torch.manual_seed(0)
    doctest_namespace["torch"] = torch

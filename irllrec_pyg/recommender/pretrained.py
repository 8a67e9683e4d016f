"""An engine as one folder."""

from __future__ import annotations

from typing import Any


class Pretrained:
    pass

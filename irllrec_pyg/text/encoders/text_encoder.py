"""Texts to features, with a local model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from ..llm.local_model import find_model, model_revision

POOLINGS = ("cls", "last", "mean")


class TextEncoder:
    r"""One vector a text from a local model, of unit length: the mean over its tokens, its last token, or its first,

    .. math::
        \mathbf{x} = \frac{\bar{\mathbf{h}}}{\lVert \bar{\mathbf{h}} \rVert}, \qquad
        \bar{\mathbf{h}} = \frac{1}{T} \sum_{t=1}^{T} \mathbf{h}_t \quad \text{or} \quad
        \bar{\mathbf{h}} = \mathbf{h}_T \quad \text{or} \quad \bar{\mathbf{h}} = \mathbf{h}_1 .

    Sentence encoders such as all-MiniLM-L6-v2 pool as their own files say; a plain Llama takes the mean;
    SFR-Embedding-Mistral and its kin take the last token, of texts that follow an instruction. Nothing is downloaded.

    Args:
        model: What :func:`~irllrec_pyg.text.find_model` takes.
        max_length: Tokens read of each text, its instruction included; what is longer is cut. (default: ``256``)
        device: Where the model runs. (default: the CPU)
        pooling: ``"mean"``, ``"last"`` or ``"cls"``. (default: what the model's files say, else ``"mean"``)
        instruction: What the model is to do with a text; ``"State what this listener wants"`` becomes
            ``Instruct: State what this listener wants\nQuery: TEXT``. (default: none)
        dtype: Of the weights, such as ``"bfloat16"``. (default: single precision)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ValueError: There is no such pooling.
    """

    def __init__(
        self,
        model: str | Path,
        max_length: int = 256,
        device: torch.device | str = "cpu",
        pooling: str | None = None,
        instruction: str = "",
        dtype: str = "float32",
    ) -> None:
        self.path = find_model(model)
        self.name, self.max_length, self.device = str(model), max_length, torch.device(device)
        self.pooling = pooling or _own_pooling(self.path) or "mean"
        if self.pooling not in POOLINGS:
            raise ValueError(f"'pooling' must be one of {', '.join(POOLINGS)} (got {self.pooling!r})")
        self.instruction = f"Instruct: {instruction}\nQuery: " if instruction else ""
        self.tokenizer = AutoTokenizer.from_pretrained(self.path, padding_side="right", local_files_only=True)
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.dtype = dtype
        loaded = AutoModel.from_pretrained(self.path, dtype=getattr(torch, dtype), local_files_only=True)
        self.model = loaded.to(self.device).eval()

    @property
    def width(self) -> int:
        """:math:`d_t`."""
        return int(self.model.config.hidden_size)

    @property
    def recipe(self) -> dict[str, object]:
        """All that a feature depends on beside its text."""
        return {
            "model": self.name,
            "revision": model_revision(self.path),
            "pooling": self.pooling,
            "instruction": self.instruction,
            "max_length": self.max_length,
            "dtype": self.dtype,
        }

    def encode(self, texts: Sequence[str], batch_size: int = 64, progress: bool = True) -> Tensor:
        """Features of texts, ``[len(texts), d_t]`` in single precision, in their order.

        Args:
            texts: What to encode.
            batch_size: Texts run at once; similar lengths run together. (default: ``64``)
            progress: Whether to show a progress bar, where there is a terminal to show it on. (default: ``True``)

        Raises:
            ValueError: A text is empty.
        """
        out = torch.empty(len(texts), self.width)
        with tqdm(total=len(texts), desc="encode", unit="text", disable=None if progress else True) as bar:
            for rows, features in self.batches(texts, batch_size):
                out[rows] = features
                bar.update(len(rows))
        return out

    def batches(self, texts: Sequence[str], batch_size: int = 64, start: int = 0) -> Iterator[tuple[list[int], Tensor]]:
        """Rows and their features, a batch at a time, the shortest texts first.

        Args:
            texts: What to encode.
            batch_size: Texts run at once. (default: ``64``)
            start: Batches to leave out, because they are done. (default: ``0``)

        Raises:
            ValueError: A text is empty.
        """
        empty = [index for index, text in enumerate(texts) if not text.strip()]
        if empty:
            raise ValueError(f"{len(empty)} of 'texts' are empty, number {empty[0]} first; drop them or say 'unknown'")
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for first in range(start * batch_size, len(texts), batch_size):
            rows = order[first : first + batch_size]
            yield rows, self._run([texts[row] for row in rows])

    @torch.inference_mode()
    def _run(self, texts: list[str]) -> Tensor:
        batch = self.tokenizer(
            [self.instruction + text for text in texts],
            padding=True,
            truncation=True,
            max_length=self.max_length,
            return_tensors="pt",
        ).to(self.device)
        hidden = self.model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"]
        if self.pooling == "mean":
            weight = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weight).sum(dim=1) / weight.sum(dim=1)
        else:
            place = mask.sum(dim=1) - 1 if self.pooling == "last" else torch.zeros_like(mask[:, 0])
            pooled = hidden[torch.arange(hidden.size(0), device=hidden.device), place]
        return torch.nn.functional.normalize(pooled, dim=-1).cpu()


def _own_pooling(folder: Path) -> str | None:
    """What a sentence encoder's own file says, where it has one."""
    file = folder / "1_Pooling" / "config.json"
    if not file.is_file():
        return None
    said = json.loads(file.read_text())
    names = {"cls": "pooling_mode_cls_token", "last": "pooling_mode_lasttoken", "mean": "pooling_mode_mean_tokens"}
    return next((pooling for pooling, name in names.items() if said.get(name)), None)

"""Text encoder from a local model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoTokenizer

from ...corpus.clean import on_one_line
from ...data import digest
from ..local_model import find_model, model_revision
from .hidden_states import load_hidden_states, max_positions
from .sentence_modules import read_sentence_modules

POOLINGS = ("cls", "last", "mean")
MAX_LENGTH = 256
_MAX_REASON = 500


class TextEncoder:
    r"""Encodes each text into one vector of unit length, pooled over the :math:`T` last hidden states of a local model:

    .. math::
        \mathbf{x} = \frac{\bar{\mathbf{h}}}{\lVert \bar{\mathbf{h}} \rVert}, \qquad
        \bar{\mathbf{h}} = \frac{1}{T} \sum_{t=1}^{T} \mathbf{h}_t \text{ (mean)}, \quad
        \bar{\mathbf{h}} = \mathbf{h}_T \text{ (last)}, \quad \bar{\mathbf{h}} = \mathbf{h}_1 \text{ (cls)}.

    Sentence encoders such as all-MiniLM-L6-v2 come with files of sentence-transformers that name their pooling, their
    dense layers, the length of their texts and a default prompt. These are obeyed; with dense layers,
    :math:`\bar{\mathbf{h}}` is their output. A plain Llama uses the mean. SFR-Embedding-Mistral and similar encoders
    use the last token, and expect an instruction before the text. Of an encoder-decoder model such as T5, the encoder
    is used. Nothing is downloaded, and code that comes with a model is never run.

    Args:
        model: Folder, GGUF file or package of a model, see :func:`~irllrec_pyg.text.find_model`.
        max_length: Maximum number of tokens of a text, its instruction included. Longer texts are cut. It is at most
            the number of positions of the model. (default: the length that the model's files name, otherwise ``256``)
        device: Device of the model. (default: ``"cpu"``)
        pooling: ``"mean"``, ``"last"`` or ``"cls"``. (default: the pooling that the model's files name, otherwise
            ``"mean"``)
        instruction: Instruction before each text; ``"State what this listener wants"`` becomes
            ``Instruct: State what this listener wants\nQuery: TEXT``, and ``""`` is no instruction. (default: the
            default prompt that the model's files name, as it is, otherwise none)
        dtype: Type of the weights, such as ``"bfloat16"``. (default: ``"float32"``)

    Raises:
        FileNotFoundError: There is no such model on this machine.
        ValueError: There is no such pooling, ``max_length`` is below one, or the model's files ask for something that
            is not supported, such as another pooling or code of their own.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm
        >>> encoder = TextEncoder(save_tiny_llm(tempfile.mkdtemp()))
        >>> encoder.encode(["wit", "a calm film"], progress=False).shape
        torch.Size([2, 32])
    """

    def __init__(
        self,
        model: str | Path,
        max_length: int | None = None,
        device: torch.device | str = "cpu",
        pooling: str | None = None,
        instruction: str | None = None,
        dtype: str = "float32",
    ) -> None:
        if max_length is not None and max_length < 1:
            raise ValueError(f"'max_length' must be at least 1 (got {max_length})")
        if pooling is not None and pooling not in POOLINGS:
            raise ValueError(f"'pooling' must be one of {', '.join(POOLINGS)} (got {pooling!r})")
        prompt = f"Instruct: {instruction}\nQuery: " if instruction else instruction
        self.path = find_model(model)
        self.name, self.device, self.dtype = str(model), torch.device(device), dtype
        saved = read_sentence_modules(self.path, pooling, prompt)
        self.pooling, self.instruction, self.lower_case = saved.pooling, saved.instruction, saved.lower_case
        with _naming(saved.transformer):
            self.tokenizer = AutoTokenizer.from_pretrained(
                saved.transformer, padding_side="right", trust_remote_code=False, local_files_only=True
            )
            if self.tokenizer.pad_token_id is None:
                self.tokenizer.pad_token = self.tokenizer.eos_token
            self.model = load_hidden_states(saved.transformer, dtype).to(self.device)
        self.head = saved.head.to(self.device).eval()
        self.max_length = _capped(max_length or saved.max_length, max_positions(self.model))
        self.revision = model_revision(self.path)  # now, so that it describes the weights that were loaded

    @property
    def width(self) -> int:
        """Width of the features, :math:`d_t`."""
        layers = [layer for layer in self.head.modules() if isinstance(layer, torch.nn.Linear)]
        return int(layers[-1].out_features if layers else self.model.config.hidden_size)

    @property
    def recipe(self) -> dict[str, object]:
        """Everything that a feature depends on, except its text."""
        return {
            "model": self.name,
            "revision": self.revision,
            "pooling": self.pooling,
            "instruction": self.instruction,
            "max_length": self.max_length,
            "dtype": self.dtype,
        }

    @property
    def identity(self) -> str:
        """Hash of the recipe. A folder that was moved or renamed has the same."""
        return digest({name: value for name, value in self.recipe.items() if name != "model"})

    def encode(self, texts: Sequence[str], batch_size: int = 64, progress: bool = True) -> Tensor:
        """Features of texts, in their order.

        Args:
            texts: The texts. None of them is empty.
            batch_size: Number of texts in a batch. Texts of similar length run together. (default: ``64``)
            progress: Whether to show a progress bar, if there is a terminal. (default: ``True``)

        Returns:
            Features in single precision, ``[len(texts), d_t]``.

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
        """Rows and their features, one batch at a time, the shortest texts first.

        Args:
            texts: The texts. None of them is empty.
            batch_size: Number of texts in a batch. (default: ``64``)
            start: Number of batches to skip. (default: ``0``)

        Raises:
            ValueError: A text is empty.
        """
        empty = [index for index, text in enumerate(texts) if not text.strip()]
        if empty:
            raise ValueError(
                f"{len(empty)} of 'texts' are empty, first number {empty[0]}; leave them out, or use encode_texts, "
                "which gives them rows of zeros"
            )
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for first in range(start * batch_size, len(texts), batch_size):
            rows = order[first : first + batch_size]
            yield rows, self._encode_batch([texts[row] for row in rows])

    @torch.inference_mode()
    def _encode_batch(self, texts: list[str]) -> Tensor:
        texts = [self.instruction + text for text in texts]
        batch = self.tokenizer(
            [text.lower() for text in texts] if self.lower_case else texts,
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
        features: Tensor = self.head(pooled)  # the last of its modules scales rows to unit length
        return features.cpu()


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Names the folder in errors of transformers, which a damaged file may raise in any form."""
    try:
        yield
    except (ImportError, MemoryError, torch.OutOfMemoryError):
        raise
    except UnpicklingError as error:  # torch advises to load them all the same
        raise ValueError(
            f"'{folder}' cannot be loaded (its pickled weights are damaged, or name Python code, which is never run); "
            "get the model with weights in safetensors"
        ) from error
    except Exception as error:
        reason = on_one_line(str(error)[:_MAX_REASON]) or type(error).__name__
        raise ValueError(f"'{folder}' cannot be loaded ({reason}); get the model again") from error


def _capped(length: int | None, positions: int | None) -> int:
    """The length of texts, which is at most the number of positions."""
    if positions is None or (length or 0) <= positions:
        return length or min(MAX_LENGTH, positions or MAX_LENGTH)
    warnings.warn(
        f"'max_length' is {length}, but the model has {positions} positions; longer texts are cut to so many tokens",
        stacklevel=3,
    )
    return positions

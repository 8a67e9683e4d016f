"""Intent features of a corpus."""

from __future__ import annotations

from pathlib import Path

from .._locks import folder_lock
from ..corpus import ReviewCorpus, write_feature_manifest
from ..corpus.intent_features import FEATURE_FOLDER
from ..data import digest
from .answers import IntentStore
from .encoders import TextEncoder, encode_to_file
from .encoders.feature_file import encoding_digest
from .texts import intent_texts


def encode_intents(
    corpus: ReviewCorpus,
    store: IntentStore,
    encoder: TextEncoder,
    folder: str | Path,
    dtype: str = "float32",
    progress: bool = True,
) -> list[Path]:
    """Encodes the intent texts of a corpus, so that :class:`~irllrec_pyg.datasets.ReviewDataset` loads the features.

    The files of users and items are named by a hash of texts and encoder. They become valid together, when
    ``features/manifest.json`` is written as the last step. If the run is stopped before, the features that were valid
    stay valid; the next run with the same settings goes on where this one was stopped.

    Args:
        corpus: Reviews and items.
        store: Store of the answers, see :func:`~irllrec_pyg.text.generate_intents`.
        encoder: The encoder.
        folder: Folder of the corpus.
        dtype: Type of the features on disk, ``"float16"`` or ``"float32"``. (default: ``"float32"``)
        progress: Whether to show progress bars, if there is a terminal. (default: ``True``)

    Returns:
        Files of users and items.

    Raises:
        OSError: A file cannot be written, such as on a full disk. What is encoded already is kept.
        RuntimeError: Another process writes to the folder.
        ValueError: Answers are missing.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg.testing import save_tiny_llm, tiny_corpus
        >>> from irllrec_pyg.text import IntentAnswer, Record
        >>> folder = Path(tempfile.mkdtemp())
        >>> corpus, store = tiny_corpus(folder), IntentStore(folder / "intents")
        >>> entities = [f"{side}/{id}" for side in ("user", "item") for id in corpus.data[side].original_id]
        >>> store.add([Record(entity, "k", "valid", 1, "", IntentAnswer((), (), "Wants wit.")) for entity in entities])
        >>> store.set_current(dict.fromkeys(entities, "k"))
        >>> encoder = TextEncoder(save_tiny_llm(folder / "model"))
        >>> [file.name.partition("-")[0] for file in encode_intents(corpus, store, encoder, folder)]
        ['user', 'item']
    """
    texts = dict(zip(("user", "item"), intent_texts(corpus, store), strict=True))
    place = Path(folder) / FEATURE_FOLDER
    files = {side: place / f"{side}-{encoding_digest(listed, encoder, dtype)}.npy" for side, listed in texts.items()}
    description = {
        "encoder": encoder.recipe,
        "identity": encoder.identity,
        "dtype": dtype,
        "width": encoder.width,
        "rows": {side: len(listed) for side, listed in texts.items()},
        "texts": {side: digest(listed) for side, listed in texts.items()},
    }
    with folder_lock(folder):
        for side, file in files.items():
            encode_to_file(texts[side], encoder, file, dtype, progress=progress)
        write_feature_manifest(folder, corpus, files, description)
        _remove_earlier(place, list(files.values()))
    return list(files.values())


def _remove_earlier(folder: Path, valid: list[Path]) -> None:
    """Removes finished features that the manifest names no longer. Unfinished ones stay, for a later run."""
    for side in ("user", "item"):
        for file in folder.glob(f"{side}-*.npy"):
            if file not in valid and not file.name.startswith("."):
                file.unlink(missing_ok=True)
                file.with_suffix(".json").unlink(missing_ok=True)

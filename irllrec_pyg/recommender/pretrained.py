"""Saving, opening and sharing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from huggingface_hub import ModelHubMixin

from .folder import load_engine, save_engine

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from ..ranking import Ranker
    from .updating import Source

Self = TypeVar("Self", bound="Pretrained")


class Pretrained(ModelHubMixin):
    """Base class of what is saved as one folder and opened from it, on this machine or from the Hugging Face Hub.

    The folder holds everything that is needed to recommend:

    =======================  ======================================================================================
    ``config.json``          versions, how the ranker is built, and :attr:`info`
    ``model-*.safetensors``  weights, interactions of all splits, and text features
    ``users-*.parquet``      original ids, texts and other columns of users
    ``items-*.parquet``      the same of items, with their titles
    ``README.md``            the model card
    =======================  ======================================================================================

    What a closed form has computed is saved, so that opening computes nothing. Nothing is pickled. A save that is
    interrupted leaves the engine that the folder held before.

    Examples:
        >>> import tempfile
        >>> from irllrec_pyg import Engine
        >>> from irllrec_pyg.models import EASE
        >>> from irllrec_pyg.testing import tiny_data
        >>> engine = Engine(EASE.from_data(tiny_data()), tiny_data(), {"license": "cc-by-4.0"})
        >>> folder = engine.save_pretrained(tempfile.mkdtemp())
        >>> again = Engine.from_pretrained(folder)
        >>> again.recommend(["user 3"], k=2).equals(engine.recommend(["user 3"], k=2))
        True
    """

    # Anything but None: the mixin then leaves the constructor's arguments alone.
    _hub_mixin_config = {}  # noqa: RUF012

    ranker: Ranker
    data: HeteroData
    info: dict[str, Any]
    sources: list[Source]

    def save_pretrained(  # type: ignore[override]
        self, folder: str | Path, *, model_card_kwargs: dict[str, Any] | None = None, **kwargs: Any
    ) -> Path:
        """Saves everything in a folder.

        ``info`` becomes the model card: its entries ``title``, ``license``, ``texts`` (where the texts come from) and
        ``metrics``, and the report of :func:`~irllrec_pyg.fit`. A ``README.md`` without the line that says who wrote it
        is kept.

        Args:
            folder: The folder; created if it is missing.
            model_card_kwargs: Further entries of ``info``. (default: none)
            **kwargs: Arguments that ``push_to_hub`` passes; they are not used.

        Returns:
            The folder.

        Raises:
            ImportError: pyarrow is not installed.
            TypeError: The ranker, an attribute of the data or an entry of ``info`` cannot be saved. The folder holds
                what it held before.
        """
        return save_engine(folder, self.ranker, self.data, {**self.info, **(model_card_kwargs or {})}, self.sources)

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls: type[Self],
        folder: str | Path,
        *,
        verify: bool = False,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ) -> Self:
        """Opens what :meth:`save_pretrained` saved.

        A folder of this machine is opened without any connection. Large files are mapped into memory, so that opening
        takes less than a second; their sizes are checked, and their hashes if ``verify`` is set.

        Args:
            folder: The folder, or the name of a repository of the Hub, ``owner/name``.
            verify: Whether the hashes of large files are checked too, for which they are read once.
                (default: ``False``)
            revision: Branch, tag or commit of the repository. (default: the newest commit)
            token: Token of the Hub. (default: the one that is stored)
            cache_dir: Folder of downloads. (default: that of ``huggingface_hub``)
            force_download: Whether files are downloaded again. (default: ``False``)
            local_files_only: Whether a repository is taken from earlier downloads only. (default: ``False``)

        Raises:
            FileNotFoundError: There is no such folder or repository, or it holds no saved engine.
            ValueError: A file is missing, damaged or of another format, or the ranker's class is unknown; a class of
                your own is known once its module is imported.
        """
        path = Path(folder)
        if not path.is_dir():
            options = {"revision": revision, "token": token, "cache_dir": cache_dir}
            path = _download(str(folder), **options, force_download=force_download, local_files_only=local_files_only)
        return cls(*load_engine(path, verify))

    def push_to_hub(self, repo_id: str, *, private: bool | None = True, **kwargs: Any) -> str:
        """Saves everything in a repository of the Hugging Face Hub.

        Args:
            repo_id: The repository, ``owner/name``; created if it is missing.
            private: Whether a new repository is private. It holds the histories of all users. (default: ``True``)
            **kwargs: Further arguments of :meth:`huggingface_hub.ModelHubMixin.push_to_hub`, such as ``token``.

        Returns:
            Address of the commit.
        """
        return super().push_to_hub(repo_id, private=private, **kwargs)


def _download(name: str, **options: Any) -> Path:
    if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name):
        raise FileNotFoundError(
            f"there is no folder '{name}'; give a folder that 'save_pretrained' wrote, or a repository of the Hub such "
            "as 'owner/name'"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, **options))
    except (OSError, ValueError) as error:  # huggingface_hub's errors are of these types
        raise FileNotFoundError(
            f"there is no folder '{name}', and no such repository could be fetched from the Hugging Face Hub ({error})"
        ) from error

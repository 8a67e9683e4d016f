"""An engine as a server: JSON over HTTP, with batches of concurrent requests and reloads that drop none."""

try:
    import fastapi  # noqa: F401
    import uvicorn  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"the server needs the package '{error.name}'; install the extra: pip install 'irllrec-pyg[serve]'"
    ) from error

from .app import create_app
from .batcher import Batcher
from .limits import Limits
from .run import serve

__all__ = ["Batcher", "Limits", "create_app", "serve"]

"""The routes of the server."""

from .about import router as about
from .new_users import router as new_users
from .reasons import router as reasons
from .recommend import router as recommend
from .search import router as search

ROUTERS = (recommend, new_users, reasons, search, about)

__all__ = ["ROUTERS"]

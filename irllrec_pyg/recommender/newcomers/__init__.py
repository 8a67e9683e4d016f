"""Users and items that training did not see."""

from .enlarging import Enlarged
from .folded import FoldedRanker, with_own_part
from .newcomers import Newcomers
from .with_new_items import WithNewItems
from .with_new_users import WithNewUsers

__all__ = ["Enlarged", "FoldedRanker", "Newcomers", "WithNewItems", "WithNewUsers", "with_own_part"]

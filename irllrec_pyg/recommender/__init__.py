"""What a trained model is used for: recommending, explaining, placing what is new, keeping up, saving and loading."""

from .check import check_fits
from .engine import Engine
from .explain import Explanation, explain
from .export import export_recommendations
from .ids import ids_from_json, ids_to_json
from .newcomers import Newcomers
from .recommend import recommend
from .saving import load_ids, load_model, save_model
from .similar import similar_items, similar_users
from .update import update

__all__ = [
    "Engine",
    "Explanation",
    "Newcomers",
    "check_fits",
    "explain",
    "export_recommendations",
    "ids_from_json",
    "ids_to_json",
    "load_ids",
    "load_model",
    "recommend",
    "save_model",
    "similar_items",
    "similar_users",
    "update",
]

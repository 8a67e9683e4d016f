"""What a trained model is used for: recommending, explaining, placing what is new, keeping up, saving and loading."""

from .check import check_fits
from .computed import computed
from .engine import Engine
from .explain import Explainer, Explanation, Prototypes, explain, phrase, with_stated_intents
from .export import export_recommendations
from .ids import ids_from_json, ids_to_json
from .index import ItemIndex
from .newcomers import Newcomers
from .recommend import recommend
from .recommend_with_index import IndexRecommender, recommend_with_index
from .saving import load_ids, load_model, save_model
from .similar import similar_items, similar_users
from .update import update
from .updating import Source, load_sources, save_sources
from .vectors import export_scorer, export_vectors

__all__ = [
    "Engine",
    "Explainer",
    "Explanation",
    "IndexRecommender",
    "ItemIndex",
    "Newcomers",
    "Prototypes",
    "Source",
    "check_fits",
    "computed",
    "explain",
    "export_recommendations",
    "export_scorer",
    "export_vectors",
    "ids_from_json",
    "ids_to_json",
    "load_ids",
    "load_model",
    "load_sources",
    "phrase",
    "recommend",
    "recommend_with_index",
    "save_model",
    "save_sources",
    "similar_items",
    "similar_users",
    "update",
    "with_stated_intents",
]

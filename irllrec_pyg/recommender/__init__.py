"""What a trained model is used for: recommending, saving and loading."""

from .ids import ids_from_json, ids_to_json
from .recommend import recommend
from .saving import load_ids, load_model, save_model

__all__ = ["ids_from_json", "ids_to_json", "load_ids", "load_model", "recommend", "save_model"]

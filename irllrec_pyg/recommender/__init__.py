"""What a trained model is used for: recommending, saving and loading."""

from .recommend import recommend
from .saving import load_ids, load_model, save_model

__all__ = ["load_ids", "load_model", "recommend", "save_model"]

"""From embeddings to recommendations."""

from .top_k import recommend

__all__ = ["recommend"]

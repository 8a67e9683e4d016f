"""Keeping up: new interactions, users and items join a trained ranker."""

from .source import Source, load_sources, save_sources

__all__ = ["Source", "load_sources", "save_sources"]

"""Models that a search trains, and the settings that it chooses for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna

from ..recipes import Recipe

#: Catalogues above this size are compared within batches: a softmax over all items would cost too much.
MOST_ITEMS = 100_000

WITHOUT_TEXT = ("lightgcn", "simgcl")
WITH_TEXT = ("text-ranking", "ranking-matching", "alpharec", "irllrec")

_FAST = {"embedding_dim": 128, "num_layers": 3, "temperature": 0.15, "lr": 5e-3, "batch_size": 16384}
_NEAR = {**_FAST, "num_layers": 2, "temperature": 0.1}  # fewer layers and a lower temperature
_CAREFUL = {"lr": 2e-3, "batch_size": 4096}
_TEXT = {"method": "text-ranking", "text_temperature": 0.1, "score_weight": 1.0}
_MATCHING = {"method": "ranking-matching", "text_temperature": 0.07, "matching_weight": 0.4}
_STARTS: tuple[dict[str, Any], ...] = (
    {"method": "lightgcn", **_FAST},
    {"method": "lightgcn", **_NEAR},
    {**_TEXT, **_NEAR, "features": "words"},
    {**_TEXT, **_NEAR, "features": "intent"},
    {**_MATCHING, **_FAST, **_CAREFUL, "num_layers": 2, "features": "intent"},
    {"method": "lightgcn", **_FAST, **_CAREFUL, "embedding_dim": 256, "temperature": 0.2},
    {"method": "alpharec", **_NEAR, "features": "intent"},
    {"method": "simgcl", **_FAST, **_CAREFUL, "temperature": 0.2, "contrast_weight": 0.05},
    {"method": "irllrec", **_NEAR, "pairwise_weight": 0.01, "features": "intent"},
    {"method": "alpharec", **_NEAR, "features": "words"},
)


def methods(with_text: bool, num_items: int) -> tuple[str, ...]:
    """Names of the methods that a search may choose.

    Args:
        with_text: Whether there are text features.
        num_items: :math:`N`.

    Examples:
        >>> methods(with_text=False, num_items=100)
        ('lightgcn', 'simgcl')
    """
    known = (*WITHOUT_TEXT, *(WITH_TEXT if with_text else ()))
    # These have a softmax over all items of their own.
    costly = () if num_items <= MOST_ITEMS else ("alpharec", "text-ranking", "ranking-matching")
    return tuple(name for name in known if name not in costly)


def starts(allowed: Sequence[str], features: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Settings that are tried first, in this order.

    Args:
        allowed: Names of the methods, see :func:`methods`.
        features: Names of the text features. (default: none)

    Examples:
        >>> len(starts(("lightgcn",)))
        3
    """
    known = [start for start in _STARTS if start["method"] in allowed]
    return [dict(start) for start in known if "features" not in start or start["features"] in features]


def suggest(
    trial: optuna.trial.BaseTrial, allowed: Sequence[str], features: Sequence[str], num_items: int, metric: str
) -> Recipe:
    """Recipe of a trial. All models are trained by a softmax over the catalogue.

    Args:
        trial: The trial, which chooses the settings.
        allowed: Names of the methods, see :func:`methods`.
        features: Names of the text features.
        num_items: :math:`N`.
        metric: Validation metric.

    Examples:
        >>> trial = optuna.trial.FixedTrial(starts(("simgcl",))[0])
        >>> suggest(trial, ("simgcl",), (), 100, "ndcg@20").model["contrast_weight"]
        0.05
    """
    method = trial.suggest_categorical("method", list(allowed))
    width = trial.suggest_categorical("embedding_dim", [64, 128, 256])
    layers = trial.suggest_int("num_layers", 1, 4)
    temperature = trial.suggest_float("temperature", 0.05, 0.4, log=True)
    lr = trial.suggest_float("lr", 1e-3, 1e-2, log=True)
    batch_size = trial.suggest_categorical("batch_size", [4096, 16384])  # large ones are faster, small ones better
    trainer = {"lr": round(lr, 6), "batch_size": batch_size, "by_user": True, "metric": metric}
    trainer |= {"max_epochs": 100, "eval_every": 1, "patience": 4, "matmul_precision": "medium"}
    temperature = round(temperature, 4)
    text: dict[str, Any] = {}
    if method in WITH_TEXT:
        feature = trial.suggest_categorical("features", list(features))
        text = {} if feature == "intent" else {"features": feature}  # one feature is one recipe
    if method == "alpharec":
        model = {"name": "alpharec", "embedding_dim": width, "num_layers": layers, "temperature": temperature}
        return Recipe({**model, **text}, trainer=trainer)
    objective = {"name": "softmax" if num_items <= MOST_ITEMS else "in-batch-softmax", "temperature": temperature}
    model = {"name": "lightgcn", "embedding_dim": width, "num_layers": layers, "l2_weight": 0.0, "objective": objective}
    if method == "simgcl":
        weight = trial.suggest_float("contrast_weight", 0.005, 0.3, log=True)
        return Recipe({**model, "name": "simgcl", "contrast_weight": round(weight, 5)}, trainer=trainer)
    if method == "text-ranking":
        text_temperature = trial.suggest_float("text_temperature", 0.05, 0.3, log=True)
        score_weight = trial.suggest_float("score_weight", 0.25, 4.0, log=True)
        enhancer = {"temperature": round(text_temperature, 4), "score_weight": round(score_weight, 3)}
        return Recipe(model, [{"name": "text-ranking", **text, **enhancer, "hidden_channels": 192}], trainer=trainer)
    if method == "ranking-matching":
        text_temperature = trial.suggest_float("text_temperature", 0.05, 0.3, log=True)
        weight = trial.suggest_float("matching_weight", 0.1, 2.0, log=True)
        enhancer = {"temperature": round(text_temperature, 4), "matching_weight": round(weight, 3), "head_size": 1000}
        enhancer |= {"student_temperature": temperature, "hidden_channels": 192}
        return Recipe(model, [{"name": "ranking-matching", **text, **enhancer}], trainer=trainer)
    if method == "irllrec":
        weight = trial.suggest_float("pairwise_weight", 1e-3, 0.3, log=True)
        return Recipe(model, [{"name": "irllrec", **text, "pairwise_weight": round(weight, 5)}], trainer=trainer)
    return Recipe(model, trainer=trainer)

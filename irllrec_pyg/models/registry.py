"""Models by name.

A new backbone, enhancer, closed form or stand-alone model takes one file with one decorator::

    @BACKBONES.register("mine")
    class Mine(Backbone): ...

It is found if it lies in the folder of its kind, if an installed package names its module in an entry point of the
group ``irllrec_pyg.backbone`` (or ``irllrec_pyg.enhancer``, ``irllrec_pyg.closed_form``, ``irllrec_pyg.standalone``),
or if it was imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch_geometric.data import HeteroData

from .._registry import Registry

if TYPE_CHECKING:
    from .backbone import Backbone
    from .base import Recommender
    from .closed_form import ClosedForm
    from .enhancer import Enhancer

BACKBONES: Registry[type[Backbone]] = Registry("backbone", "irllrec_pyg.models.backbones")
CLOSED_FORMS: Registry[type[ClosedForm]] = Registry("closed form", "irllrec_pyg.models.closed_form")
ENHANCERS: Registry[type[Enhancer]] = Registry("enhancer", "irllrec_pyg.models.enhancers")
STANDALONE: Registry[type[Recommender]] = Registry("standalone", "irllrec_pyg.models.standalone")


def create_backbone(name: str, data: HeteroData, **kwargs: Any) -> Backbone:
    """Builds a backbone for a data object.

    Args:
        name: Name of the backbone, such as ``"lightgcn"``.
        data: The data object; only its numbers of users and items are read.
        **kwargs: Arguments of the backbone.

    Raises:
        ValueError: No backbone has that name; the message lists those that exist.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> create_backbone("lightgcn", tiny_data(), num_layers=2)
        LightGCN(24, 20, embedding_dim=32, num_layers=2)
    """
    return BACKBONES[name](data["user"].num_nodes, data["item"].num_nodes, **kwargs)


def create_closed_form(name: str, data: HeteroData, **kwargs: Any) -> ClosedForm:
    """Computes a recommender that needs no training.

    Args:
        name: Name of the closed form, such as ``"ease"``.
        data: The data object with the features that the closed form reads.
        **kwargs: Arguments of the closed form.

    Raises:
        ValueError: None has that name, or the data lacks the features that it reads or wants them to be trained.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> create_closed_form("ease", tiny_data(), l2_weight=10.0)
        EASE(24, 20)
    """
    form = CLOSED_FORMS[name]
    for feature in form.features_read(**kwargs):
        if isinstance(data["item"].get(feature), nn.Parameter):
            raise ValueError(f"{name} trains nothing, but the '{feature}' features are to be trained; use other ones")
    return form.from_data(data, **kwargs)


def create_enhancer(name: str, backbone: Recommender, data: HeteroData, **kwargs: Any) -> Enhancer:
    """Wraps a model, with text features from the data object.

    Args:
        name: Name of the enhancer, such as ``"irllrec"``.
        backbone: The model to enhance.
        data: The data object with the features that the enhancer reads.
        **kwargs: Arguments of the enhancer.

    Raises:
        ValueError: No enhancer has that name, or the data lacks the features that it reads.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> data = tiny_data()
        >>> type(create_enhancer("irllrec", create_backbone("lightgcn", data), data)).__name__
        'IRLLRec'
    """
    return ENHANCERS[name].from_data(backbone, data, **kwargs)


def create_standalone(name: str, data: HeteroData, **kwargs: Any) -> Recommender:
    """Builds a trained recommender that has no backbone, with text features from the data object.

    Args:
        name: Name of the model, such as ``"alpharec"``.
        data: The data object with the features that the model reads.
        **kwargs: Arguments of the model.

    Raises:
        ValueError: None has that name, or the data lacks the features that it reads.

    Examples:
        >>> from irllrec_pyg.testing import tiny_data
        >>> create_standalone("alpharec", tiny_data())
        AlphaRec(24, 20, num_layers=2)
    """
    model: Recommender = STANDALONE[name].from_data(data, **kwargs)  # type: ignore[attr-defined]
    return model

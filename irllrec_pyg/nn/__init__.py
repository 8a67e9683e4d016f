"""Layers that work in any PyG model, without the rest of the package."""

from .conv import IntentConv, LightConv
from .edge_drop import EdgeDrop
from .expert_adapter import ExpertAdapter
from .intent_encoder import MESSAGES, IntentEncoder
from .momentum import MomentumCopy
from .node_drop import NodeDrop
from .principal_axes import PrincipalAxes
from .prototype_attention import PrototypeAttention
from .step_interval import StepInterval
from .text_projector import TextProjector
from .uniform_noise import UniformNoise

__all__ = [
    "MESSAGES",
    "EdgeDrop",
    "ExpertAdapter",
    "IntentConv",
    "IntentEncoder",
    "LightConv",
    "MomentumCopy",
    "NodeDrop",
    "PrincipalAxes",
    "PrototypeAttention",
    "StepInterval",
    "TextProjector",
    "UniformNoise",
]

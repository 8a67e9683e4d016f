"""One epoch of LightGCN, or of BPR, in libraries that pip installs, for the speed benchmark.

    pip install implicit tensorboard colorlog colorama thop tabulate texttable plotly pyyaml
    pip install --no-deps recbole

A library that is not installed is left out.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse
import torch
from torch_geometric.data import HeteroData
from torch_geometric.nn import LightGCN as PyGLightGCN

Epoch = Callable[[], object]


def pyg(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """PyG's LightGCN in the loop of its own example, whose negatives are any items."""
    pairs = data["user", "interacts", "item"].edge_index.as_subclass(torch.Tensor)
    users, items = data["user"].num_nodes, data["item"].num_nodes
    joint = torch.stack([pairs[0], pairs[1] + users])
    graph = torch.cat([joint, joint.flip(0)], dim=1)
    model = PyGLightGCN(users + items, width, layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch() -> None:
        for rows in torch.randperm(joint.size(1)).split(batch_size):
            positive = joint[:, rows]
            negative = torch.stack([positive[0], torch.randint(users, users + items, (rows.numel(),))])
            optimizer.zero_grad()
            good, bad = model(graph, torch.cat([positive, negative], dim=1)).chunk(2)
            loss = model.recommendation_loss(good, bad, node_id=torch.cat([positive, negative], dim=1).unique())
            loss.backward()
            optimizer.step()

    return epoch


def implicit(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """implicit's BPR: no graph, one stochastic step a pair, compiled code."""
    from implicit.bpr import BayesianPersonalizedRanking

    user, item = data["user", "interacts", "item"].edge_index.as_subclass(torch.Tensor).numpy()
    size = data["user"].num_nodes, data["item"].num_nodes
    matrix = scipy.sparse.csr_matrix((np.ones(user.size, dtype=np.float32), (user, item)), shape=size)
    model = BayesianPersonalizedRanking(
        factors=width, iterations=1, num_threads=torch.get_num_threads(), use_gpu=False, verify_negative_samples=True
    )
    return lambda: model.fit(matrix, show_progress=False)


def recbole(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """RecBole's LightGCN and trainer, with what has since gone from NumPy and SciPy put back."""
    _shims()
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.general_recommender import LightGCN
    from recbole.trainer import Trainer

    folder = Path(tempfile.mkdtemp())
    (folder / "pairs").mkdir()
    lines = [f"{user}\t{item}" for user, item in data["user", "interacts", "item"].edge_index.t().tolist()]
    (folder / "pairs" / "pairs.inter").write_text("\n".join(["user_id:token\titem_id:token", *lines]) + "\n")
    settings = {
        "data_path": str(folder),
        "checkpoint_dir": str(folder),
        "load_col": {"inter": ["user_id", "item_id"]},
        "embedding_size": width,
        "n_layers": layers,
        "train_batch_size": batch_size,
        "eval_args": {"split": {"RS": [1.0, 0.0, 0.0]}, "group_by": "none", "order": "RO", "mode": "full"},
        "use_gpu": False,
        "show_progress": False,
        "state": "ERROR",
    }
    argv, sys.argv = sys.argv, sys.argv[:1]  # it reads the command line of whatever imports it
    home = Path.cwd()
    os.chdir(folder)  # and writes logs where it runs
    try:
        config = Config(model="LightGCN", dataset="pairs", config_dict=settings)
        batches, _, _ = data_preparation(config, create_dataset(config))
        trainer = Trainer(config, LightGCN(config, batches._dataset))
    finally:
        sys.argv = argv
        os.chdir(home)
    return lambda: trainer._train_epoch(batches, 0)


def _shims() -> None:
    warnings.filterwarnings("ignore")
    for name, kind in {"float_": np.float64, "complex_": np.complex128, "bool8": np.bool_, "unicode_": np.str_}.items():
        if not hasattr(np, name):
            setattr(np, name, kind)
    if not hasattr(scipy.sparse.dok_matrix, "_update"):
        scipy.sparse.dok_matrix._update = lambda self, entries: self._dict.update(entries)
    # RecBole's search for hyper-parameters, imported and not used.
    if "ray" not in sys.modules and importlib.util.find_spec("ray") is None:
        ray = types.ModuleType("ray")
        ray.tune = types.ModuleType("ray.tune")
        sys.modules |= {"ray": ray, "ray.tune": ray.tune}


PEERS = {"pyg": pyg, "implicit-bpr": implicit, "recbole": recbole}


def installed() -> dict[str, Callable[[HeteroData, int, int, int], Epoch]]:
    """Those that are here, by name."""
    modules = {"pyg": "torch_geometric", "implicit-bpr": "implicit", "recbole": "recbole"}
    return {name: make for name, make in PEERS.items() if importlib.util.find_spec(modules[name])}

"""One epoch of LightGCN, or of BPR, in other libraries, for the speed benchmark. Missing libraries are left out.

pip install implicit tensorboard colorlog colorama thop tabulate texttable plotly pyyaml
pip install --no-deps recbole
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

from irllrec_pyg.data import INTERACTS

Epoch = Callable[[], object]


def pyg(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """PyG's LightGCN in the loop of PyG's own example, in which any item can be a negative."""
    users, items = data["user"].num_nodes, data["item"].num_nodes
    joint = data[INTERACTS].edge_index.as_subclass(torch.Tensor) + torch.tensor([[0], [users]])
    graph = torch.cat([joint, joint.flip(0)], dim=1)
    model = PyGLightGCN(users + items, width, layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch() -> None:
        for rows in torch.randperm(joint.size(1)).split(batch_size):
            positive = joint[:, rows]
            negative = torch.stack([positive[0], torch.randint(users, users + items, (rows.numel(),))])
            both = torch.cat([positive, negative], dim=1)
            optimizer.zero_grad()
            model.recommendation_loss(*model(graph, both).chunk(2), node_id=both.unique()).backward()
            optimizer.step()

    return epoch


def implicit(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """BPR of implicit: no graph, one stochastic step per pair, compiled code."""
    from implicit.bpr import BayesianPersonalizedRanking

    user, item = data[INTERACTS].edge_index.as_subclass(torch.Tensor).numpy()
    size = data["user"].num_nodes, data["item"].num_nodes
    matrix = scipy.sparse.csr_matrix((np.ones(user.size, dtype=np.float32), (user, item)), shape=size)
    settings = {"num_threads": torch.get_num_threads(), "use_gpu": False, "verify_negative_samples": True}
    model = BayesianPersonalizedRanking(factors=width, iterations=1, **settings)
    return lambda: model.fit(matrix, show_progress=False)


def recbole(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """LightGCN and trainer of RecBole, with shims for names that NumPy and SciPy have removed."""
    _add_removed_names()
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.general_recommender import LightGCN
    from recbole.trainer import Trainer

    folder = Path(tempfile.mkdtemp())
    (folder / "pairs").mkdir()
    lines = [f"{user}\t{item}" for user, item in data[INTERACTS].edge_index.t().tolist()]
    (folder / "pairs" / "pairs.inter").write_text("\n".join(["user_id:token\titem_id:token", *lines]) + "\n")
    settings = {"data_path": str(folder), "checkpoint_dir": str(folder), "load_col": {"inter": ["user_id", "item_id"]}}
    settings |= {"embedding_size": width, "n_layers": layers, "train_batch_size": batch_size}
    split = {"split": {"RS": [1.0, 0.0, 0.0]}, "group_by": "none", "order": "RO", "mode": "full"}
    settings |= {"eval_args": split, "use_gpu": False, "show_progress": False, "state": "ERROR"}
    argv, sys.argv, home = sys.argv, sys.argv[:1], Path.cwd()  # it reads the command line of the script
    os.chdir(folder)  # and writes logs into the current folder
    try:
        config = Config(model="LightGCN", dataset="pairs", config_dict=settings)
        batches, _, _ = data_preparation(config, create_dataset(config))
        trainer = Trainer(config, LightGCN(config, batches._dataset))
    finally:
        sys.argv = argv
        os.chdir(home)
    return lambda: trainer._train_epoch(batches, 0)


def _add_removed_names() -> None:
    warnings.filterwarnings("ignore")
    for name, kind in {"float_": np.float64, "complex_": np.complex128, "bool8": np.bool_, "unicode_": np.str_}.items():
        if not hasattr(np, name):
            setattr(np, name, kind)
    if not hasattr(scipy.sparse.dok_matrix, "_update"):
        scipy.sparse.dok_matrix._update = lambda self, entries: self._dict.update(entries)
    if importlib.util.find_spec("ray") is None:  # RecBole's hyper-parameter search imports it, and is not used here
        ray = sys.modules.setdefault("ray", types.ModuleType("ray"))
        ray.tune = sys.modules.setdefault("ray.tune", types.ModuleType("ray.tune"))


def installed() -> dict[str, Callable[[HeteroData, int, int, int], Epoch]]:
    """The libraries that are installed, by name."""
    known = {"pyg": ("torch_geometric", pyg), "implicit-bpr": ("implicit", implicit), "recbole": ("recbole", recbole)}
    return {name: make for name, (module, make) in known.items() if importlib.util.find_spec(module)}

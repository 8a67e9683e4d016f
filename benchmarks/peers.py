"""One epoch of LightGCN, or of BPR, in other libraries, for the speed benchmark. Missing libraries are left out.

pip install implicit tensorboard colorlog colorama thop tabulate texttable plotly pyyaml
pip install --no-deps recbole
"""

import importlib.util
import os
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from unittest import mock

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
            negative = torch.stack([joint[0, rows], torch.randint(users, users + items, (rows.numel(),))])
            both = torch.cat([joint[:, rows], negative], dim=1)
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
    """LightGCN and trainer of RecBole, with the names that NumPy and SciPy have removed since."""
    for name, kind in {"float_": np.float64, "complex_": np.complex128, "bool8": np.bool_, "unicode_": np.str_}.items():
        setattr(np, name, kind)
    scipy.sparse.dok_matrix._update = lambda self, entries: self._dict.update(entries)
    if importlib.util.find_spec("ray") is None:  # for a search of hyper-parameters that is not used here
        sys.modules |= {"ray": types.ModuleType("ray"), "ray.tune": types.ModuleType("ray.tune")}
        sys.modules["ray"].tune = sys.modules["ray.tune"]
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.general_recommender import LightGCN
    from recbole.trainer import Trainer

    folder, home = Path(tempfile.mkdtemp()), Path.cwd()
    (folder / "pairs").mkdir()
    lines = [f"{user}\t{item}" for user, item in data[INTERACTS].edge_index.t().tolist()]
    (folder / "pairs" / "pairs.inter").write_text("\n".join(["user_id:token\titem_id:token", *lines]) + "\n")
    settings = {"data_path": str(folder), "checkpoint_dir": str(folder), "load_col": {"inter": ["user_id", "item_id"]}}
    settings |= {"embedding_size": width, "n_layers": layers, "train_batch_size": batch_size}
    split = {"split": {"RS": [1.0, 0.0, 0.0]}, "group_by": "none", "order": "RO", "mode": "full"}
    settings |= {"eval_args": split, "use_gpu": False, "show_progress": False, "state": "ERROR"}
    os.chdir(folder)  # where it writes logs; it also reads the command line
    with mock.patch.object(sys, "argv", sys.argv[:1]):
        config = Config(model="LightGCN", dataset="pairs", config_dict=settings)
        batches, _, _ = data_preparation(config, create_dataset(config))
        trainer = Trainer(config, LightGCN(config, batches._dataset))
    os.chdir(home)
    return lambda: trainer._train_epoch(batches, 0)


def installed() -> dict[str, Callable[[HeteroData, int, int, int], Epoch]]:
    """The libraries that are installed, by name."""
    known = {"pyg": ("torch_geometric", pyg), "implicit-bpr": ("implicit", implicit), "recbole": ("recbole", recbole)}
    return {name: make for name, (module, make) in known.items() if importlib.util.find_spec(module)}

"""What the speed benchmark compares the package with: textbook forms and other libraries.

Textbook forms are dense, gathered or looped; those of kernels are in ``irllrec_pyg.testing``. They take the parameters
of the package's own modules, so that both forms can be compared. Libraries train one epoch of LightGCN, or of BPR;
missing ones are left out.

pip install implicit tensorboard colorlog colorama thop tabulate texttable plotly pyyaml
pip install --no-deps recbole
"""

import importlib.util
import itertools
import os
import sys
import tempfile
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest import mock

import numpy as np
import scipy.sparse
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.nn import LightGCN as PyGLightGCN

from irllrec_pyg.data import INTERACTS, JointGraph
from irllrec_pyg.models import Batch, LightGCN, PublishedIRLLRec
from irllrec_pyg.testing import looped_negatives
from irllrec_pyg.training import TripletSampler

Epoch = Callable[[], object]


def adjacency(graph: JointGraph) -> Tensor:
    """The normalized adjacency matrix as a coalesced COO tensor."""
    size = graph.num_nodes, graph.num_nodes
    return torch.sparse_coo_tensor(graph.edge_index.as_tensor().flip(0), graph.edge_weight, size).coalesce()


def train(model: nn.Module, loss: Callable[[Batch], Tensor], batches: Callable[[], Iterable[Batch]]) -> Epoch:
    """A call that takes one step per batch."""
    optimizer = torch.optim.Adam([p for p in model.train().parameters() if p.requires_grad], lr=1e-3)

    def call() -> None:
        for batch in batches():
            optimizer.zero_grad()
            loss(batch).backward()
            optimizer.step()

    return call


def lightgcn(model: LightGCN, adj: Tensor, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    """LightGCN's loss over COO products, and its layers."""
    layers = [model.embedding]
    for _ in range(model.num_layers):
        layers.append(torch.sparse.mm(adj, layers[-1]))
    user, item = torch.stack(layers).sum(dim=0).split([model.num_users, model.num_items])
    positive, negative = ((user[batch.user] * item[ids]).sum(dim=-1) for ids in (batch.positive, batch.negative))
    return -F.logsigmoid(positive - negative).mean(), layers


def l2(model: nn.Module) -> Tensor:
    """Weighted squared norm of all parameters."""
    return model.l2_weight * sum(p.square().sum() for p in model.parameters())


def lightgcn_epochs(data: HeteroData, model: LightGCN, batch_size: int) -> Epoch:
    """Epochs of LightGCN with a Python loop for negatives."""
    pairs, adj, seed = data[INTERACTS].edge_index, adjacency(JointGraph.from_data(data)), itertools.count(1)

    def batches() -> Iterable[Batch]:
        negative = looped_negatives(pairs, model.num_items, next(seed))
        for rows in torch.randperm(pairs.size(1)).split(batch_size):
            yield Batch(pairs[0, rows], pairs[1, rows], negative[rows])

    return train(model, lambda batch: lightgcn(model, adj, batch)[0] + l2(model), batches)


def irllrec_steps(data: HeteroData, model: PublishedIRLLRec, batch_size: int) -> Epoch:
    """Steps of the published form of IRLLRec, one per call."""
    sampler, seed = TripletSampler(data[INTERACTS].edge_index, model.num_items, batch_size), itertools.count(1)
    adj = adjacency(JointGraph.from_data(data))
    first = lambda: itertools.islice(sampler.epoch(next(seed)), 1)  # noqa: E731
    return train(model, lambda batch: published_irllrec(model, adj, batch), first)


def _contrast(anchor: Tensor, positive: Tensor, candidates: Tensor, temperature: float) -> Tensor:
    anchor, positive, candidates = (F.normalize(view, dim=-1) for view in (anchor, positive, candidates))
    partition = (anchor @ candidates.t() / temperature).exp().sum(dim=1)
    return (partition.log() - (anchor * positive).sum(dim=-1) / temperature).mean()


def _text_contrast(nodes: tuple[Tensor, Tensor], text: tuple[Tensor, Tensor], batch: Batch, t: float) -> Tensor:
    (user, item), (user_text, item_text) = nodes, text
    items = (_contrast(item[ids], item_text[ids], item_text[ids], t) for ids in (batch.positive, batch.negative))
    return sum(items, _contrast(user[batch.user], user_text[batch.user], user_text, t))


def published_irllrec(model: PublishedIRLLRec, adj: Tensor, batch: Batch) -> Tensor:
    """Loss of the published form of IRLLRec over LightGCN: over plain edges, which gathers messages, with all texts
    projected and the similarity matrix of all nodes held."""
    sizes = [model.num_users, model.num_items]
    loss, layers = lightgcn(model.backbone, adj, batch)
    final, edges = torch.stack(layers).sum(dim=0), adj.indices().flip(0).contiguous()
    intents = model.interaction_tower(layers, edges, sizes[0]).split(sizes)
    text = model.text_tower(model.user_intent), model.text_tower(model.item_intent)
    pairwise = _text_contrast(intents, text, batch, model.pairwise.temperature)
    joint, noise = torch.cat(text), model.translation.noise
    z, e = (F.normalize(x + noise * torch.randn_like(x) * x, dim=-1) for x in (joint, final))
    translation = model.weights["translation"] * F.cross_entropy(z @ e.t(), torch.arange(sum(sizes), device=z.device))
    model.teacher.follow(model.students())
    with torch.no_grad():
        teacher = torch.cat([model.teacher["text_tower"](x) for x in (model.user_intent, model.item_intent)])
    soft = F.cross_entropy(joint, teacher.softmax(dim=-1))
    matching = model.matching_alpha * translation + (1.0 - model.matching_alpha) * soft
    total = loss + model.weights["pairwise"] * pairwise + translation + model.weights["matching"] * matching
    if (profile := model.profile) is not None:
        profiles = profile.tower(profile.user_profile), profile.tower(profile.item_profile)
        contrast = _text_contrast(final.split(sizes), profiles, batch, profile.alignment.temperature)
        total = total + profile.weight * contrast
    return total + l2(model)


def pyg(data: HeteroData, width: int, layers: int, batch_size: int) -> Epoch:
    """PyG's LightGCN in the loop of PyG's own example, in which any item can be a negative."""
    users, items = data["user"].num_nodes, data["item"].num_nodes
    pairs = data[INTERACTS].edge_index.as_subclass(torch.Tensor)
    joint = pairs + torch.tensor([[0], [users]], device=pairs.device)
    graph = torch.cat([joint, joint.flip(0)], dim=1)
    model = PyGLightGCN(users + items, width, layers).to(joint.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch() -> None:
        for rows in torch.randperm(joint.size(1)).split(batch_size):
            drawn = torch.randint(users, users + items, (rows.numel(),), device=joint.device)
            negative = torch.stack([joint[0, rows], drawn])
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
    pairs, names = data[INTERACTS].edge_index.t().tolist(), "user_id:token\titem_id:token"
    np.savetxt(folder / "pairs" / "pairs.inter", pairs, "%d", "\t", header=names, comments="")
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

"""What one would write first: the same mathematics in dense, gathered or looped form, for the speed benchmark.

Each takes the parameters of the package's own modules, so that both forms can be held against each other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import scatter

from irllrec_pyg.data import JointGraph
from irllrec_pyg.models import Batch, Encoding, LightGCN, PublishedIRLLRec


def adjacency(graph: JointGraph) -> Tensor:
    """The normalised adjacency matrix as a coalesced COO tensor."""
    size = graph.num_nodes, graph.num_nodes
    return torch.sparse_coo_tensor(graph.edge_index.as_tensor().flip(0), graph.edge_weight, size).coalesce()


def dense_contrast(row: Tensor, column: Tensor) -> Tensor:
    """Two-sided contrast with the matrix of similarities held."""
    logits, target = row @ column.t(), torch.arange(row.size(0))
    return F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)


def dense_matching(row: Tensor, column: Tensor, teacher_row: Tensor, teacher_column: Tensor) -> Tensor:
    """Two-sided divergence with both matrices held."""
    student, teacher = row @ column.t(), (teacher_row @ teacher_column.t()).detach()
    pairs = ((student, teacher), (student.t(), teacher.t()))
    return sum(
        F.kl_div(p.log_softmax(dim=1), q.log_softmax(dim=1), reduction="batchmean", log_target=True) for p, q in pairs
    )


def negatives(pairs: Tensor, num_items: int, seed: int) -> Tensor:
    """A negative for every pair: draw until the item is none of the user's."""
    taken: dict[int, set[int]] = {}
    for user, item in pairs.t().tolist():
        taken.setdefault(user, set()).add(item)
    drawn, generator = [], random.Random(seed)
    for user in pairs[0].tolist():
        item = generator.randrange(num_items)
        while item in taken[user]:
            item = generator.randrange(num_items)
        drawn.append(item)
    return torch.tensor(drawn)


def full_ranking(score: Tensor, k: int) -> list[int]:
    """The first ``k`` of all items in their order."""
    return score.argsort(descending=True)[:k].tolist()


def top_k(score: Tensor, k: int) -> list[int]:
    """The same without ordering the rest."""
    return score.topk(k).indices.tolist()


def evaluate(
    encoding: Encoding,
    label_index: Tensor,
    exclude: Tensor,
    cuts: tuple[int, ...],
    rank: Callable[[Tensor, int], list[int]] = full_ranking,
) -> dict[str, float]:
    """All metrics, a user at a time."""
    labels: dict[int, set[int]] = {}
    seen: dict[int, list[int]] = {}
    for user, item in label_index.t().tolist():
        labels.setdefault(user, set()).add(item)
    for user, item in exclude.t().tolist():
        seen.setdefault(user, []).append(item)
    discount = [1.0 / math.log2(place + 2.0) for place in range(max(cuts))]
    totals: dict[str, float] = {}
    for user, wanted in labels.items():
        score = encoding.item @ encoding.user[user]
        score[seen.get(user, [])] = -torch.inf
        ranked = [item in wanted for item in rank(score, max(cuts))]
        for k in cuts:
            hits = ranked[:k]
            gain = sum(d for d, hit in zip(discount, hits, strict=False) if hit)
            found = {
                "recall": sum(hits) / len(wanted),
                "ndcg": gain / sum(discount[: min(k, len(wanted))]),
                "precision": sum(hits) / k,
                "mrr": 1.0 / (hits.index(True) + 1) if any(hits) else 0.0,
                "hit_ratio": float(any(hits)),
            }
            for name, value in found.items():
                totals[f"{name}@{k}"] = totals.get(f"{name}@{k}", 0.0) + value
    return {name: total / len(labels) for name, total in totals.items()}


def lightgcn(model: LightGCN, adj: Tensor, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    """LightGCN's loss over COO products, and its layers."""
    layers = [model.embedding]
    for _ in range(model.num_layers):
        layers.append(torch.sparse.mm(adj, layers[-1]))
    user, item = torch.stack(layers).sum(dim=0).split([model.num_users, model.num_items])
    positive = (user[batch.user] * item[batch.positive]).sum(dim=-1)
    negative = (user[batch.user] * item[batch.negative]).sum(dim=-1)
    return -F.logsigmoid(positive - negative).mean(), layers


def lightgcn_epoch(data: HeteroData, model: LightGCN, optimizer: torch.optim.Optimizer, adj: Tensor, seed: int) -> None:
    """An epoch of LightGCN with a Python loop for negatives."""
    pairs = data["user", "interacts", "item"].edge_index
    negative, order = negatives(pairs, model.num_items, seed), torch.randperm(pairs.size(1))
    for rows in order.split(4096):
        loss, _ = lightgcn(model, adj, Batch(pairs[0, rows], pairs[1, rows], negative[rows]))
        loss = loss + model.l2_weight * sum(p.square().sum() for p in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _info_nce(anchor: Tensor, positive: Tensor, candidates: Tensor, temperature: float) -> Tensor:
    anchor, positive, candidates = (F.normalize(view, dim=-1) for view in (anchor, positive, candidates))
    partition = (anchor @ candidates.t() / temperature).exp().sum(dim=1)
    return (partition.log() - (anchor * positive).sum(dim=-1) / temperature).mean()


def _profile_contrast(nodes: tuple[Tensor, Tensor], told: tuple[Tensor, Tensor], batch: Batch, t: float) -> Tensor:
    (user, item), (user_text, item_text) = nodes, told
    total = _info_nce(user[batch.user], user_text[batch.user], user_text, t)
    for ids in (batch.positive, batch.negative):
        total = total + _info_nce(item[ids], item_text[ids], item_text[ids], t)
    return total


def published_irllrec(model: PublishedIRLLRec, adj: Tensor, batch: Batch) -> Tensor:
    """The loss of the published form of IRLLRec over LightGCN: messages are gathered, all texts are projected, and the
    matrix of all nodes' similarities is held."""
    backbone, sizes = model.backbone, [model.num_users, model.num_items]
    loss, layers = lightgcn(backbone, adj, batch)
    final, (src, dst) = torch.stack(layers).sum(dim=0), adj.indices().flip(0)
    carried = []
    for x in layers[:-1]:
        sides = zip(x.split(sizes), (model.interaction_tower.user, model.interaction_tower.item), strict=True)
        intent = torch.cat([(side @ own.prototype.t()).softmax(dim=1) @ own.prototype for side, own in sides])
        unit = F.normalize(intent, dim=-1)
        alpha = ((unit[src] * unit[dst]).sum(dim=-1) + 1.0) / 2.0
        mask = alpha / scatter(alpha, dst, dim_size=sum(sizes)).clamp(min=1e-8)[dst]
        carried.append(scatter(mask.unsqueeze(-1) * x[src], dst, dim_size=sum(sizes)))
    intents = torch.stack(carried).mean(dim=0).split(sizes)
    text = model.text_tower(model.user_intent), model.text_tower(model.item_intent)
    pairwise = _profile_contrast(intents, text, batch, model.pairwise.temperature)
    told, noise = torch.cat(text), model.translation.noise
    z, e = (F.normalize(x + noise * torch.randn_like(x) * x, dim=-1) for x in (told, final))
    translation = model.weights["translation"] * F.cross_entropy(z @ e.t(), torch.arange(sum(sizes)))
    model.teacher["text_tower"].update_parameters(model.text_tower)
    with torch.no_grad():
        teacher = torch.cat([model.teacher["text_tower"](x) for x in (model.user_intent, model.item_intent)])
    soft = F.cross_entropy(told, teacher.softmax(dim=-1))
    matching = model.matching_alpha * translation + (1.0 - model.matching_alpha) * soft
    total = loss + model.weights["pairwise"] * pairwise + translation + model.weights["matching"] * matching
    profile = model.profile
    if profile is not None:
        profiles = profile.tower(profile.user_profile), profile.tower(profile.item_profile)
        sides = final.split(sizes)
        total = total + profile.weight * _profile_contrast(sides, profiles, batch, profile.alignment.temperature)
    return total + model.l2_weight * sum(p.square().sum() for p in model.parameters())

"""What works with tables of embeddings that are divided between processes, on CPUs.

OMP_NUM_THREADS=1 torchrun --nproc_per_node 2 -m benchmarks.sharded

An experiment beside the package: ``Trainer`` does not divide tables. Each case takes one step of BPR with Adam, and
says whether the embeddings are then those of one process, and how many numbers of the table and of the optimizer's
state a process holds. ``rows`` is PyTorch's ``RowwiseParallel`` over an embedding that is looked up for the nodes of a
batch, as after the sampling of neighbors. ``fsdp`` is ``fully_shard`` over the LightGCN of this package, which gathers
the whole table for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import RowwiseParallel, parallelize_module

from irllrec_pyg.data import JointGraph
from irllrec_pyg.losses import bpr_loss
from irllrec_pyg.models import LightGCN
from irllrec_pyg.testing import tiny_data

NUM_USERS, NUM_ITEMS = 600, 400
BATCH = torch.tensor([[0, 1, 2, 3], [5, 7, 7, 9], [11, 13, 17, 19]])  # users, items that they took, other items


class Table(nn.Module):
    """Embeddings of the nodes of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(NUM_USERS + NUM_ITEMS, 8)

    def forward(self, graph: JointGraph) -> Tensor:
        """Users, positive and negative items of the batch."""
        return self.embedding(BATCH + torch.tensor([[0], [NUM_USERS], [NUM_USERS]]))


class Propagated(nn.Module):
    """LightGCN's embeddings of the nodes of a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.model = LightGCN(NUM_USERS, NUM_ITEMS, embedding_dim=8)

    def forward(self, graph: JointGraph) -> Tensor:
        """Users, positive and negative items of the batch."""
        encoding = self.model.encode(graph)
        return torch.stack([encoding.user[BATCH[0]], encoding.item[BATCH[1]], encoding.item[BATCH[2]]])


def by_rows(model: nn.Module, mesh: DeviceMesh) -> None:
    """Divides the rows of the table; a lookup asks the process that holds the row."""
    parallelize_module(model, mesh, {"embedding": RowwiseParallel()})


def by_fsdp(model: nn.Module, mesh: DeviceMesh) -> None:
    """Divides all parameters; a step gathers them."""
    fully_shard(model, mesh=mesh)


def step(make: Callable[[], nn.Module], divide: Callable[[nn.Module], None], graph: JointGraph) -> tuple[Tensor, int]:
    """The first parameter after a step, and how many numbers of parameters and optimizer this process holds."""
    torch.manual_seed(0)
    model = make()
    divide(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    bpr_loss(*model(graph)).backward()
    optimizer.step()
    states = [value for state in optimizer.state.values() for value in state.values() if value.dim()]
    held = sum(_local(value).numel() for value in (*model.parameters(), *states))
    first = next(model.parameters()).detach()
    return (first.full_tensor() if isinstance(first, DTensor) else first), held


def _local(value: Tensor) -> Tensor:
    return value.to_local() if isinstance(value, DTensor) else value


CASES: dict[str, tuple[Callable[[], nn.Module], Callable[[nn.Module, DeviceMesh], None]]] = {
    "rows": (Table, by_rows),
    "fsdp": (Propagated, by_fsdp),
}


def results(mesh: DeviceMesh) -> Iterator[dict[str, Any]]:
    """What came of each case."""
    graph = JointGraph.from_data(tiny_data(NUM_USERS, NUM_ITEMS))
    for name, (make, divide) in CASES.items():
        expected, whole = step(make, lambda model: None, graph)
        try:
            found, held = step(make, lambda model, divide=divide: divide(model, mesh), graph)  # type: ignore[misc]
            same = torch.allclose(found, expected, atol=1e-5)
            yield {"case": name, "same as one process": same, "share held": round(held / whole, 3)}
        except (RuntimeError, NotImplementedError, ValueError, TypeError) as error:
            yield {"case": name, "error": f"{type(error).__name__}: {str(error)[:300]}"}


def main() -> None:
    """Runs the cases; one process prints."""
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    for row in results(mesh):
        if dist.get_rank() == 0:
            print(row, flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()

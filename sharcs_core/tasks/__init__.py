"""The tasks, by name."""

from __future__ import annotations

from sharcs_core.errors import UserError
from sharcs_core.tasks.clevr import Clevr
from sharcs_core.tasks.mnist.half_mnist import HalfMnist
from sharcs_core.tasks.mnist.mnist_superpixels import MnistSuperpixels
from sharcs_core.tasks.task import Task
from sharcs_core.tasks.xor.xor_and_xor import XorAndXor
from sharcs_core.tasks.xor.xor_ways import XorWays

TASKS: dict[str, Task] = {
    "xor_and_xor": XorAndXor(),
    "mnist_superpixels": MnistSuperpixels(),
    "half_mnist": HalfMnist(),
    "clevr": Clevr(),
    "xor_three_ways": XorWays(3),
    "xor_four_ways": XorWays(4),
}


def get_task(name: str) -> Task:
    """The task of that name. Raises ValueError for an unknown one."""
    if name not in TASKS:
        raise UserError(f"Unknown task {name!r}; choose one of {sorted(TASKS)}")
    return TASKS[name]

"""The tasks, by name."""

from __future__ import annotations

from sharcs_core.data.mnist_superpixels import MnistSuperpixels
from sharcs_core.data.task import Task
from sharcs_core.data.xor_and_xor import XorAndXor

TASKS: dict[str, Task] = {"xor_and_xor": XorAndXor(), "mnist_superpixels": MnistSuperpixels()}


def get_task(name: str) -> Task:
    """The task of that name. Raises ValueError for an unknown one."""
    if name not in TASKS:
        raise ValueError(f"Unknown task {name!r}; choose one of {sorted(TASKS)}")
    return TASKS[name]

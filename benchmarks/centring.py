"""What is it worth that concepts are centred before they are read? SHARCS at block B's budget, on validation samples.

    python benchmarks/centring.py [--tasks xor_and_xor mnist_superpixels half_mnist clevr] [--seed 0] [--data DIR]

Each task is trained twice, the layers reading concepts in [−1, 1] and in [0, 1]. The test split is not looked at.
Of all four tasks it takes about 20 CPU minutes.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import torch

from report import print_figure, print_header
from sharcs_benchmark.plan import COMPARED, plans
from sharcs_benchmark.runner import data_dir_of
from sharcs_core.tasks import get_task
from sharcs_core.training import fit

READERS = ("sharcs_core.shared_space.centred", "sharcs_core.predictor.centred")


def validation_accuracy(task_name: str, seed: int, data_dir: Path | None, centred: bool) -> float:
    """Accuracy of the best epoch on the validation samples."""
    (plan,) = plans(["B"], [task_name], ["sharcs"], [seed])
    task = get_task(task_name)
    data = task.load(seed, data_dir, plan.n_train)
    with ExitStack() as stack:
        for reader in () if centred else READERS:
            stack.enter_context(patch(reader, lambda concepts: concepts))
        fitted = fit(plan.config, task, data, device=torch.device("cpu"))
    return fitted.history[fitted.best_epoch].validation_accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=COMPARED, default=COMPARED)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="folder with the full MNIST")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print_header("Concepts centred or not, validation samples", seeds=[chosen.seed], source="as the tasks load it")
    for task in chosen.tasks:
        data_dir = data_dir_of(task, chosen.data)
        for centred in (True, False):
            found = validation_accuracy(task, chosen.seed, data_dir, centred)
            print_figure(f"{task}: {'centred' if centred else 'as they come'}", [found])


if __name__ == "__main__":
    main()

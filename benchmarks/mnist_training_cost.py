"""What does an epoch of MNIST+Superpixels cost, in CPU seconds per 1,000 samples with one torch thread?

    python benchmarks/mnist_training_cost.py [--epochs 3] [--samples 4000]

Trains the shipped run's model, from scratch, on a part of the shipped subset; validation is counted in.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import torch

from report import print_figure, print_header
from sharcs_core.structures import Split
from sharcs_core.tasks import get_task
from sharcs_core.training import Trainer


def first_inputs(split: Split, n: int) -> Split:
    """The first ``n`` pictures and their graphs, each picture with its right-hand neighbour's graph."""
    rows = np.arange(min(n, len(split)))
    digits = split.semantics["image"][rows]
    return Split(
        inputs={name: inputs.take(rows) for name, inputs in split.inputs.items()},
        semantics=dict.fromkeys(split.inputs, digits),
        sources={name: sources[rows] for name, sources in split.sources.items()},
        pairing={"image": rows, "graph": np.roll(rows, 1)},
        labels=digits + np.roll(digits, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--samples", type=int, default=4000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    task = get_task("mnist_superpixels")
    data = task.load(0)
    part = first_inputs(data.train, arguments.samples)
    trainer = Trainer(task.preset(0), task, replace(data, train=part), torch.device("cpu"))
    costs = []
    for _ in range(arguments.epochs):
        started = time.process_time()
        trainer.run_epoch()
        costs.append((time.process_time() - started) / len(part) * 1000)
    print_header("Training MNIST+Superpixels", seeds=[0], source=data.source.name)
    print_figure("CPU seconds per 1,000 samples and epoch, one thread", costs, "<= 3")


if __name__ == "__main__":
    main()

"""What two processes come to that train one model together, beside what one process does: a short XOR-AND-XOR.

    python benchmarks/two_processes.py [--epochs 12] [--seeds 0 4 13]

Each training is one process, or two that torchrun starts, with one thread each. Figures are of each seed's validation
samples against a bank of its training samples; the test split is not looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace

import torch

from report import print_figure, print_header
from sharcs_core.comparison import training_concepts
from sharcs_core.evaluation import evaluate
from sharcs_core.tasks import get_task
from sharcs_core.training import fit
from sharcs_core.training.processes import rank


def measure(seed: int, epochs: int) -> None:
    """Train, alone or together; the first process prints the figures."""
    task = get_task("xor_and_xor")
    preset = task.preset(seed, "free")  # naming would align the modalities by itself
    config = replace(preset, training=replace(preset.training.of_length(epochs), polish_epochs=0))
    data = task.load(seed)
    fitted = fit(config, task, data, device=torch.device("cpu"))
    if rank():
        return
    train = training_concepts(fitted.model, task, data, config)
    found = evaluate(fitted.model, task, train, data.validation, data.source, "benchmark", seed)
    print(
        json.dumps(
            {
                "accuracy": found["accuracy"],
                "recall@1, worse way": min(way["recall_at_1"] for way in found["retrieval"].values()),
                "modality gap": found["modality_gap"],
                "loss of the last epoch": fitted.history[-1].train_loss,
                "CPU seconds of the first process": sum(record.cpu_seconds for record in fitted.history),
            }
        )
    )


def told(n_processes: int, seed: int, epochs: int) -> dict[str, float]:
    """The figures of a training by so many processes."""
    start = [sys.executable]
    if n_processes > 1:
        start += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n_processes)]
    words = [__file__, "--measure", str(seed), "--epochs", str(epochs)]
    done = subprocess.run(
        [*start, *words], env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 4, 13])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.measure is not None:
        measure(chosen.measure, chosen.epochs)
        return
    question = f"One process and two, {chosen.epochs} epochs of XOR-AND-XOR, validation samples"
    print_header(question, seeds=chosen.seeds, source="generated")
    for n_processes in (1, 2):
        found = [told(n_processes, seed, chosen.epochs) for seed in chosen.seeds]
        for name in found[0]:
            print_figure(
                f"{n_processes} process{'es' if n_processes > 1 else ''}: {name}", [row[name] for row in found]
            )


if __name__ == "__main__":
    main()

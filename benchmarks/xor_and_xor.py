"""How good is SHARCS on XOR-AND-XOR over five seeds, and what does a training cost?

    python benchmarks/xor_and_xor.py [--seeds 0 4 13 23 42]

Each seed draws its own data, split and weights; figures are of its 5,000 test samples.
"""

from __future__ import annotations

import argparse
import time

import torch

from report import print_figure, print_header
from sharcs_core.comparison import training_concepts
from sharcs_core.evaluation import evaluate
from sharcs_core.tasks import get_task
from sharcs_core.training import fit


def measure(seed: int) -> dict[str, float]:
    """All figures of one training."""
    task = get_task("xor_and_xor")
    config = task.preset(seed)
    started = time.process_time()
    data = task.load(seed)
    model = fit(config, task, data, device=torch.device("cpu")).model
    cpu_seconds = time.process_time() - started
    train = training_concepts(model, task, data, config)
    found = evaluate(model, task, train, data.test, data.source, "benchmark", seed)
    return {
        "accuracy": found["accuracy"],
        "majority accuracy": found["majority_accuracy"],
        "completeness": found["completeness"],
        "fidelity": found["fidelity"],
        "recall@1 table->graph": found["retrieval"]["table->graph"]["recall_at_1"],
        "recall@1 graph->table": found["retrieval"]["graph->table"]["recall_at_1"],
        "described, graph missing": found["missing"]["graph"]["described"],
        "described, table missing": found["missing"]["table"]["described"],
        "one_move": found["one_move"],
        "right_edit": found["right_edit"]["balanced_accuracy"],
        "modality gap": found["modality_gap"],
        "CPU seconds, data and training, one thread": cpu_seconds,
    }


WANTED = {
    "accuracy": "each >= .999",
    "completeness": "each >= .999",
    "one_move": "each >= .99",
    "right_edit": "each >= .99",
    "fidelity": ">= .96",
    "recall@1 table->graph": "each >= .98",
    "recall@1 graph->table": "each >= .98",
    "described, graph missing": "each >= .98",
    "described, table missing": "each >= .98",
    "CPU seconds, data and training, one thread": "<= 10",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 4, 13, 23, 42])
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    found = [measure(seed) for seed in seeds]
    print_header("XOR-AND-XOR, 800 training, 5,000 test samples", seeds=seeds, source="generated")
    for name in found[0]:
        print_figure(name, [row[name] for row in found], WANTED.get(name, ""))


if __name__ == "__main__":
    main()

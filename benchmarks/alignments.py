"""Which alignment brings the modalities together best? Chosen on validation samples of XOR-AND-XOR.

    python benchmarks/alignments.py [--seeds 0 4 13 23 42]

Figures are of each seed's 200 validation samples against a bank of its 800 training samples; the test split is
not looked at.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import torch

from report import print_figure, print_header
from sharcs_core.comparison import training_concepts
from sharcs_core.config import ALIGNMENTS
from sharcs_core.evaluation import evaluate
from sharcs_core.tasks import get_task
from sharcs_core.training import fit

WEIGHTS = (0.1, 1.0)


def measure(seed: int, alignment: str, weight: float) -> dict[str, float]:
    """Figures of one training on its validation split."""
    task = get_task("xor_and_xor")
    preset = task.preset(seed, "free")  # naming would align the modalities by itself
    chosen = {"alignment": alignment, "alignment_weight": weight, "polish_epochs": 0}
    config = replace(preset, training=replace(preset.training, **chosen))
    data = task.load(seed)
    model = fit(config, task, data, device=torch.device("cpu")).model
    train = training_concepts(model, task, data, config)
    found = evaluate(model, task, train, data.validation, data.source, "benchmark", seed)
    return {
        "accuracy": found["accuracy"],
        "completeness": found["completeness"],
        "recall@1, worse way": min(found["retrieval"][way]["recall_at_1"] for way in found["retrieval"]),
        "described, worse missing": min(found["missing"][name]["described"] for name in found["missing"]),
        "modality gap": found["modality_gap"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 4, 13, 23, 42])
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    print_header("Alignments on XOR-AND-XOR, validation samples", seeds=seeds, source="generated")
    for alignment in ALIGNMENTS:
        for weight in WEIGHTS if alignment != "none" else (0.0,):
            found = [measure(seed, alignment, weight) for seed in seeds]
            for name in found[0]:
                print_figure(f"{alignment}, weight {weight:g}: {name}", [row[name] for row in found])


if __name__ == "__main__":
    main()

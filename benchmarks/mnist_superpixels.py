"""How good is the shipped MNIST+Superpixels run on the official test split, measured from weights and data?

python benchmarks/mnist_superpixels.py [--run mnist_superpixels] [--data DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from report import print_figure, print_header
from sharcs_core.checkpoints import load_run, resolve_run
from sharcs_core.pipeline import evaluate_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="mnist_superpixels")
    parser.add_argument("--data", type=Path, help="folder with mnist.npz or the IDX files")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found = evaluate_run(load_run(resolve_run(arguments.run)), data_dir=arguments.data, note=print)
    print_header(
        f"MNIST+Superpixels, {found['n_train']:,} training, {found['n_bank']:,} bank, {found['n_test']:,} test samples",
        seeds=[found["seed"]],
        source=found["data_source"],
    )
    semantics, retrieval, missing = found["semantics_accuracy"], found["retrieval"], found["missing"]
    for name, value, wanted in (
        ("accuracy of the sum", found["accuracy"], ">= .96"),
        ("majority accuracy", found["majority_accuracy"], ""),
        ("balanced accuracy", found["balanced_accuracy"], ""),
        ("completeness", found["completeness"], ">= .94"),
        ("fidelity", found["fidelity"], ">= .96"),
        ("share of the model's most frequent class", found["majority_prediction"], ""),
        ("semantics accuracy, graph", semantics["graph"], ">= .97"),
        ("semantics accuracy, image", semantics["image"], ">= .985"),
        ("recall@1 image->graph", retrieval["image->graph"]["recall_at_1"], ">= .965"),
        ("recall@1 graph->image", retrieval["graph->image"]["recall_at_1"], ">= .965"),
        ("recall@1 by chance", retrieval["image->graph"]["chance"]["recall_at_1"], ""),
        ("described, graph missing (two images)", missing["graph"]["described"], ">= .96"),
        ("described, image missing (two graphs)", missing["image"]["described"], ">= .94"),
        ("absent, graph missing", missing["graph"]["absent"], ""),
        ("absent, image missing", missing["image"]["absent"], ""),
        ("modality gap", found["modality_gap"], ""),
    ):
        print_figure(name, [value], wanted)


if __name__ == "__main__":
    main()

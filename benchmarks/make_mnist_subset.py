"""Makes the MNIST subset that is shipped, from the full set.

    python benchmarks/make_mnist_subset.py PATH/TO/mnist.npz [--out sharcs_core/tasks/mnist/mnist_subset.npz]

Prints its size, the pictures a class, and the SHA-256 that sharcs_core/tasks/mnist/source.py must hold.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sharcs_core.tasks.mnist.source import SUBSET, SUBSET_SHA256, Arrays, content_hash, read_npz, source_of, write_npz

SEED = 0
SIZES = {"train": 10_000, "test": 2_000}


def stratified(labels: NDArray[np.uint8], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``size`` positions, in rising order, with the classes in the proportions of ``labels``."""
    share = np.bincount(labels) * size / len(labels)
    counts = share.astype(int)
    largest_remainders = np.argsort(counts - share, kind="stable")[: size - counts.sum()]
    counts[largest_remainders] += 1
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return np.sort(np.concatenate(chosen))


def subset(full: Arrays) -> Arrays:
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, size in SIZES.items():
        rows = stratified(full[f"{part}_labels"], size, rng)
        arrays[f"{part}_images"] = full[f"{part}_images"][rows]
        arrays[f"{part}_labels"] = full[f"{part}_labels"][rows]
    return arrays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("full", type=Path, help="mnist.npz with all 70,000 pictures")
    parser.add_argument("--out", type=Path, default=SUBSET)
    arguments = parser.parse_args()
    full = read_npz(arguments.full)
    if source_of(full).name != "mnist-full":
        parser.error(f"{arguments.full} is not the complete, published MNIST")
    arrays = subset(full)
    path = write_npz(arguments.out, arrays)
    for part in SIZES:
        print(f"{part}: {np.bincount(arrays[f'{part}_labels']).tolist()} pictures a class")
    sha256 = content_hash(arrays)
    print(f"{path.stat().st_size / 2**20:.2f} MiB, seed {SEED}, source {source_of(full).name}, SHA-256 {sha256}")
    print("as the code expects" if sha256 == SUBSET_SHA256 else "differs from SUBSET_SHA256 in the code: set it anew")


if __name__ == "__main__":
    main()

"""How long does one explanation of a pair take, in process, once the run is loaded?

    python benchmarks/explain_latency.py [--repeats 200]

The pairs are the run's own unseen samples, brought as new inputs: encoding, prediction, tree path, neighbours
in every modality and the place on the map are all computed afresh.
"""

from __future__ import annotations

import argparse
import time

import torch

from report import print_figure, print_header
from sharcs_core.checkpoints import load_run, resolve_run
from sharcs_core.explanations import explain_inputs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    for name in ("xor_and_xor", "mnist_superpixels"):
        run = load_run(resolve_run(name))
        sides = run.test_bank.sides
        pairs = [{m: side.inputs.take([i % len(run.test_bank)]) for m, side in sides.items()} for i in range(repeats)]
        explain_inputs(run, pairs[0])  # fits the tree, imports what is lazy
        times = []
        for pair in pairs:
            started = time.perf_counter()
            explain_inputs(run, pair)
            times.append((time.perf_counter() - started) * 1000)
        print_header(f"explain one pair, {name}", seeds=[run.config.training.seed], source=run.source.name)
        print_figure("milliseconds, wall", times, "median <= 50", digits=1)


if __name__ == "__main__":
    main()

"""Are the figures of the shipped runs those that they were shipped with?

    python benchmarks/same_figures.py [RUN ...] [--data DIR]

Every figure of each run is measured again, from its weights and the task's data, and compared with its metrics.json,
digit by digit as they are printed (four places). Prints a line a run, each figure that differs, and ends with 1 where
any does.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from sharcs_core.checkpoints import list_runs, load_run
from sharcs_core.pipeline import evaluate_run

PLACES = 4
GENERATED = "generated"  # a source that needs no folder
ROOT = Path(__file__).resolve().parents[1]


def flat(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure by its full name."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(values, list | tuple):
        for place, value in enumerate(values):
            yield from flat(value, f"{name}[{place}]")
    else:
        yield name, values


def printed(value: Any) -> str:
    """A figure as it is printed."""
    return f"{value:.{PLACES}f}" if isinstance(value, float) and math.isfinite(value) else str(value)


def differences(shipped: Any, measured: Any) -> list[str]:
    """A line for each figure that is printed otherwise than before, or is there on one side only."""
    before, now = dict(flat(shipped)), dict(flat(measured))
    return [
        f"{name}: {printed(before.get(name, 'not there'))} -> {printed(now.get(name, 'not there'))}"
        for name in sorted(before.keys() | now.keys())
        if printed(before.get(name, "not there")) != printed(now.get(name, "not there"))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", help="default: all shipped runs")
    parser.add_argument("--data", type=Path, help="folder with the data that is not shipped")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    names = arguments.runs or [run.name for run in list_runs(ROOT / "checkpoints")]
    n_different = 0
    for name in names:
        run = load_run(ROOT / "checkpoints" / name)
        found = differences(
            run.metrics, evaluate_run(run, data_dir=None if run.source.name == GENERATED else arguments.data)
        )
        n_figures = len(dict(flat(run.metrics)))
        print(f"{name:24} {n_figures - len(found)} of {n_figures} figures as shipped", *found, sep="\n    ", flush=True)
        n_different += bool(found)
    return int(n_different > 0)


if __name__ == "__main__":
    sys.exit(main())

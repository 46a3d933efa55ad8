"""What every benchmark prints: where its figures come from, and each figure's minimum, median and maximum."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np


def print_header(question: str, *, seeds: Sequence[int], source: str) -> None:
    """The question, then seeds, data source and versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "scikit-learn"))
    print(f"# {question}\nseeds {list(seeds)} · data {source} · Python {platform.python_version()} · {versions}")
    print(f"{'figure':<58}{'min':>9}{'median':>9}{'max':>9}  wanted")


def print_figure(name: str, values: Sequence[float], wanted: str = "", digits: int = 4) -> None:
    """One line: a figure over seeds or repetitions, beside what is wanted of it."""
    low, middle, high = np.min(values), np.median(values), np.max(values)
    print(f"{name:<58}{low:>9.{digits}f}{middle:>9.{digits}f}{high:>9.{digits}f}  {wanted}", flush=True)

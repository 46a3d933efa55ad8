"""Runs of the larger tasks, made in seconds from a handful of samples: they know nothing, and every page shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sharcs_core import projection
from sharcs_core.pipeline import train_run
from sharcs_core.tasks import get_task
from sharcs_core.tasks.clevr import generated
from sharcs_core.tasks.mnist.source import SUBSET, read_npz
from sharcs_core.tasks.xor import xor_and_xor

TINY_TASKS = ("clevr", "half_mnist", "xor_four_ways")
SIZES = {"train": 60, "validation": 16, "test": 24}


def make_tiny_runs(folder: Path) -> Path:
    """A run of each of ``TINY_TASKS`` in ``folder``."""
    (folder / "mnist").mkdir(parents=True)
    pictures = {name: values[: 120 if "train" in name else 60] for name, values in read_npz(SUBSET).items()}
    np.savez(folder / "mnist" / "mnist.npz", **pictures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})
        patch.setattr(generated, "N_SCENES", SIZES)
        for part, size in SIZES.items():
            patch.setattr(xor_and_xor, f"N_{part.upper()}", size)
        for name in TINY_TASKS:
            task = get_task(name)
            config = task.preset(seed=0)
            training = replace(config.training, epochs=1, polish_epochs=0)
            config = replace(config, training=training, bank_size=40, test_size=24)
            data_dir = folder / "mnist" if name == "half_mnist" else None
            train_run(config, task, folder / "runs" / name, data_dir=data_dir)
    return folder / "runs"

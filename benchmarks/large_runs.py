"""Runs that are as one that is there in all but their bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.checkpoints import Run, save_run
from sharcs_core.structures import Bank

KEPT = (
    *("card", "config", "source", "model", "test_bank", "validation_answers", "validation_labels"),
    *("choice", "tree_leaves", "usual", "metrics"),
)


def save_with_bank(run: Run, bank: Bank, answered: np.ndarray, path: Path, **changes: Any) -> None:
    """Saves a run as ``run`` with another bank.

    Args:
        answered: rows of the answers that the tree is fitted to, of those of ``run``.
        changes: what else is another, as :func:`~sharcs_core.checkpoints.save_run` names it.
    """
    parts = {name: getattr(run, name) for name in KEPT} | changes
    save_run(path, bank=bank, answers=run.answers[answered], labels=run.labels[answered], **parts)

"""A folder before it is trained on: what the checker says, a few samples, and the settings that would be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sharcs_core.config import RunConfig
from sharcs_core.errors import UserError
from sharcs_core.guided.explained_task import check_explained, explained_task
from sharcs_core.meanings import UNKNOWN
from sharcs_core.structures import Inputs, Split
from sharcs_core.tasks.card import TaskCard
from sharcs_core.tasks.folder.checking import Report, check_folder
from sharcs_core.tasks.folder.faults import Fault
from sharcs_core.tasks.folder.sheet import FILES
from sharcs_core.tasks.folder.task import folder_task, name_of
from sharcs_core.tasks.task import Task

FEW = 6
DESCRIPTION = "task.toml"


@dataclass(frozen=True)
class FewSamples:
    """A few training samples, of different classes first.

    Attributes:
        inputs: modality → those inputs, in the order of the samples that have one.
        rows: modality → (n,) which of them is the sample's; None where it has none.
        labels: (n,) what each is called; None where it has no label.
    """

    inputs: Mapping[str, Inputs]
    rows: Mapping[str, tuple[int | None, ...]]
    labels: tuple[str | None, ...]


@dataclass(frozen=True)
class LookedAt:
    """A folder as it was found.

    Attributes:
        report: all that the checker says.
        card, usual, samples: of the task that it is; None where it is none.
        wanted: what its run would be called.
    """

    report: Report
    wanted: str
    card: TaskCard | None = None
    usual: RunConfig | None = None
    samples: FewSamples | None = None


def look_at(path: Path, seed: int = 0, *, guided: bool = False) -> LookedAt:
    """Everything about a folder that is to be known before it is trained on.

    Args:
        guided: whether it is looked at as one of explained pictures.

    Raises:
        UserError: there is no such folder, or it cannot be listed.
    """
    report, wanted = (check_explained if guided else check_folder)(path, seed), name_of(path)
    if not report.is_task:
        return LookedAt(report, wanted)
    try:
        task: Task = explained_task(path, seed) if guided else folder_task(path, seed=seed).task
    except UserError as error:  # it has changed between two looks
        return LookedAt(Report((*report.faults, Fault(path.name, None, None, str(error)))), wanted)
    samples = few_samples(task.load(seed).train, task.card)
    return LookedAt(report, wanted, task.card, task.preset(seed), samples)


def few_samples(split: Split, card: TaskCard, n: int = FEW) -> FewSamples:
    """The first sample of each class, then further ones, ``n`` at most."""
    firsts = np.sort(np.unique(split.labels, return_index=True)[1])
    others = np.setdiff1d(np.arange(len(split.labels)), firsts)
    chosen = [*firsts, *others][:n]
    inputs, rows = {}, {}
    for name in card.names:
        there = [int(split.pairing[name][sample]) for sample in chosen]
        held = [row for row in there if row >= 0]
        inputs[name] = split.inputs[name].take(np.array(held, dtype=np.int64))
        rows[name] = tuple(held.index(row) if row >= 0 else None for row in there)
    labels = (int(split.labels[sample]) for sample in chosen)
    return FewSamples(inputs, rows, tuple(None if label == UNKNOWN else card.target.name(label) for label in labels))


def state_of_folder(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of the files that say what a folder is; files that these name are not looked at."""
    found = []
    for name in (*FILES, DESCRIPTION):
        try:
            stat = (path / name).stat()
        except OSError:
            continue
        found.append((name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)

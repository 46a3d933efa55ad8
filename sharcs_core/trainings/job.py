"""What is to be trained: a folder and the few settings that somebody chose, kept as JSON until it is done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from sharcs_core.errors import UserError
from sharcs_core.json_text import JsonError, checked, json_values
from sharcs_core.storage import StorageError, write_text

if TYPE_CHECKING:
    from sharcs_core.config import RunConfig
    from sharcs_core.tasks.task import Task

TRAININGS = ".trainings"
JOB, PROGRESS, STOP, LOG = "job.json", "progress.jsonl", "stop", "log.txt"
MOST_BYTES = 100_000


@dataclass(frozen=True)
class Job:
    """What somebody asked for. What is None is left to the task.

    Attributes:
        folder: of the task, in full.
        epochs: polishing included.
        n_concepts: shared ones, before few are chosen.
        balanced: whether rare classes weigh as much as common ones.
        seed: of split and weights.
        split_from: a run whose rows stay in the part that they were in.
        guided: whether the folder is one of explained pictures, and its explanations teach.
    """

    folder: str
    epochs: int | None = None
    n_concepts: int | None = None
    balanced: bool = False
    seed: int = 0
    split_from: str | None = None
    guided: bool = False


_JOB = TypeAdapter(Job)


@dataclass(frozen=True)
class Place:
    """Where a training keeps what it has to be found by: ``.trainings/NAME`` beside the run that it will be.

    Attributes:
        runs: the folder of runs.
        name: of the training, and of its run.
    """

    runs: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.runs / TRAININGS / self.name

    @property
    def run(self) -> Path:
        return self.runs / self.name

    @property
    def job(self) -> Path:
        return self.folder / JOB

    @property
    def progress(self) -> Path:
        return self.folder / PROGRESS

    @property
    def stop(self) -> Path:
        """A file that asks the training to stop."""
        return self.folder / STOP

    @property
    def log(self) -> Path:
        """What the process says where it fails by a fault of the program."""
        return self.folder / LOG


def runner_lock(runs: Path) -> Path:
    """What is locked by the process that takes up one training after the other."""
    return runs / TRAININGS / "runner"


def write_job(place: Place, job: Job) -> None:
    """Keep what was asked for. Raises StorageError."""
    write_text(place.job, json.dumps(asdict(job), ensure_ascii=False, indent=1) + "\n")


def read_job(place: Place) -> Job:
    """What was asked for.

    Raises:
        StorageError: it is not there, or cannot be read.
    """
    try:
        with place.job.open("rb") as file:
            return checked(_JOB, json_values(file.read(MOST_BYTES)))
    except (OSError, JsonError) as error:
        raise StorageError(f"The training {place.name!r} cannot be read ({error}); discard it") from None


def settings_of(job: Job, task: Task) -> RunConfig:
    """The settings of a training: the task's own, changed by what was asked for.

    Raises:
        UserError: for what cannot be a setting.
    """
    config = task.preset(job.seed)
    training = replace(config.training, balanced=job.balanced)
    if job.epochs is not None:
        training = training.of_length(job.epochs)
    model = config.model if job.n_concepts is None else replace(config.model, n_shared=job.n_concepts)
    return replace(config, model=model, training=training)


def task_of_job(job: Job) -> Task:
    """The task that the folder is now.

    Raises:
        UserError: for every fault of the folder, and for a run to split as that there is not.
    """
    from sharcs_core.checkpoints.parts import read_parts
    from sharcs_core.guided.explained_task import explained_task
    from sharcs_core.tasks.folder.task import folder_task

    if not Path(job.folder).is_dir():
        raise UserError(f"The folder {Path(job.folder).name!r} is gone; put it back, or discard the training")
    if job.guided:
        return explained_task(Path(job.folder), job.seed)
    parts = None if job.split_from is None else read_parts(Path(job.split_from))
    return folder_task(Path(job.folder), seed=job.seed, split_from=parts).task

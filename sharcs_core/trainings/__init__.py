"""Trainings that go on by themselves: each a process of its own, one at a time, the others in line on disk.

A training is a folder ``.trainings/NAME`` in the folder of runs: ``job.json`` says what was asked for,
``progress.jsonl`` how it goes, ``stop`` asks it to end. When it is done the run stands beside it and the folder goes.
The process holds the lock of that folder, by which it is found; the one that starts it, ``runner``, holds another and
starts the next.
"""

from sharcs_core.trainings.job import Job, Place
from sharcs_core.trainings.progress import Epoch, Progress, Way, lasting, read_progress
from sharcs_core.trainings.queue import (
    Training,
    ask_for,
    discard,
    go_on,
    is_finished,
    needs_runner,
    start_runner,
    stop,
    training_of,
    trainings,
)

__all__ = [
    "Epoch",
    "Job",
    "Place",
    "Progress",
    "Training",
    "Way",
    "ask_for",
    "discard",
    "go_on",
    "is_finished",
    "lasting",
    "needs_runner",
    "read_progress",
    "start_runner",
    "stop",
    "training_of",
    "trainings",
]

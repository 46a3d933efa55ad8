"""One training after the other, each a process of its own, so that one that is killed takes no other along."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from sharcs_core.storage import InUseError, StorageError, locked
from sharcs_core.trainings.job import Place, runner_lock
from sharcs_core.trainings.progress import BEGAN, DIED, WAITING, read_progress, tell
from sharcs_core.trainings.queue import PATIENCE, Training, start, training_of, trainings

PAUSE = 1.0
"""Seconds between looks at a training that an earlier runner, which was killed, has left."""


def run_all(runs: Path) -> None:
    """Train whatever is in line, until there is nothing; at once nothing where another does so.

    Raises:
        StorageError: nothing can be written there.
    """
    while _next(runs) is not None:  # again after the lock is given back: who asked before that found it held
        try:
            with locked(runner_lock(runs)):
                _run_all(runs)
        except InUseError:
            return


def _run_all(runs: Path) -> None:
    known = _left_alive(runs)
    while known:
        time.sleep(PAUSE)
        known = _left_alive(runs)
    while (training := _next(runs)) is not None:
        _run(training.place)


def _next(runs: Path) -> Training | None:
    return next((one for one in trainings(runs) if one.state == WAITING), None)


def _left_alive(runs: Path) -> bool:
    """Whether a training of an earlier runner goes on; of those that do not, it is noted that they died."""
    is_alive = False
    for one in trainings(runs):
        if one.progress.state != BEGAN:
            continue
        try:
            with locked(one.place.folder):
                _note_death(one.place)
        except InUseError:
            is_alive = True
    return is_alive


def _run(place: Place) -> None:
    try:
        with locked(place.folder, wait=PATIENCE):
            if not place.job.exists() or training_of(place).state != WAITING:
                return
            place.stop.unlink(missing_ok=True)
            tell(place.progress, BEGAN)
    except InUseError:
        return  # it is looked at once more
    command = [sys.executable, "-P", "-m", "sharcs_core.trainings.trainer", str(place.runs), place.name]
    start(command, place.log).wait()
    with suppress(InUseError), locked(place.folder, wait=PATIENCE):
        _note_death(place)


def _note_death(place: Place) -> None:
    """Says of a training whose process has ended without a word that it died."""
    if place.progress.exists() and read_progress(place.progress).state == BEGAN:
        with suppress(StorageError):
            tell(place.progress, DIED)

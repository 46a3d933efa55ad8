"""Trainings in line: asked for, looked at, stopped, taken up again, discarded.

What lies on disk is all there is: whoever looks, from whichever process, sees the same. Who changes the state of a
training holds its lock meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sharcs_core.checkpoints.layout import CONFIG, state_file
from sharcs_core.storage import (
    InUseError,
    StorageError,
    check_writable,
    checked_name,
    claim,
    holder_of,
    locked,
    numbered,
    remove_folder,
    write_text,
)
from sharcs_core.trainings.job import TRAININGS, Job, Place, read_job, runner_lock, write_job
from sharcs_core.trainings.progress import BEGAN, DIED, FAILED, STOPPED, WAITING, Progress, read_progress, tell

PATIENCE = 10.0
"""Seconds to wait for another page or process that changes the same training just now."""
MOST = 50
"""Trainings in line, stopped ones included."""
PACKAGE = Path(__file__).resolve().parents[2]
TRAINING, STOPPING, DONE = "training", "stopping", "done"
"""What a training may be besides waiting, and ended in one of three ways."""


@dataclass(frozen=True)
class Training:
    """A training as it stands.

    Attributes:
        state: ``waiting``, ``training``, ``stopping``, ``stopped``, ``failed``, ``died``, or ``done`` for the moment
            until what it kept is put away.
    """

    place: Place
    job: Job
    progress: Progress
    state: str

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def is_going(self) -> bool:
        return self.state in (TRAINING, STOPPING)

    @property
    def can_go_on(self) -> bool:
        return self.state in (STOPPED, FAILED, DIED)


def trainings(runs: Path) -> tuple[Training, ...]:
    """All that are not done: that which goes on first, then those in line, then those that have stopped."""
    order = (TRAINING, STOPPING, DONE, WAITING, DIED, FAILED, STOPPED)
    found = sorted(_all(runs), key=lambda one: (order.index(one.state), one.progress.since, one.name))
    return tuple(found)


def _all(runs: Path) -> Iterator[Training]:
    home = runs / TRAININGS
    for entry in home.iterdir() if home.is_dir() else ():
        if not entry.name.startswith(".") and (entry / "job.json").is_file():
            with suppress(StorageError):  # it went meanwhile, or cannot be read
                yield training_of(Place(runs, entry.name))


def training_of(place: Place) -> Training:
    """A training as it stands now. Raises StorageError where there is none."""
    job = read_job(place)
    is_alive = _is_alive(place)  # before what it says: who has ended since has said so
    progress = read_progress(place.progress)
    return Training(place, job, progress, _state(place, progress, is_alive))


def _state_now(place: Place) -> str:
    is_alive = _is_alive(place)
    return _state(place, read_progress(place.progress), is_alive)


def _state(place: Place, progress: Progress, is_alive: bool) -> str:
    if progress.state == BEGAN and not is_alive:
        return DONE if is_finished(place) else DIED
    if progress.state == BEGAN:
        return STOPPING if place.stop.exists() else TRAINING
    return progress.state


def _is_alive(place: Place) -> bool:
    """Whether its process goes on, or that which has just begun to start it.

    The lock may be held by this process, to look at the training or to change it.
    """
    own, runner = holder_of(place.folder), holder_of(runner_lock(place.runs))
    is_own = own is not None and (own.pid != os.getpid() or not own.is_here) and own.is_alive
    return is_own or (runner is not None and runner.is_alive)


def is_finished(place: Place) -> bool:
    """Whether its run is there whole: what a training goes on from is put away last."""
    return (place.run / CONFIG).is_file() and not state_file(place.run).exists()


def ask_for(runs: Path, wanted: str, job: Job) -> Place:
    """Put a training at the end of the line, under the first of ``wanted``, ``wanted_2`` … that is free.

    Raises:
        StorageError: nothing can be written there, or there are too many.
    """
    runs = Path(os.path.abspath(runs))
    check_writable(runs)
    if len(trainings(runs)) >= MOST:
        raise StorageError(f"There are {MOST} trainings already; discard some of them, or let them end")
    for free in numbered(runs / TRAININGS / checked_name(wanted)):
        place = Place(runs, free.name)
        taken = os.path.lexists(place.run) or state_file(place.run).exists()
        if not taken and claim(free):
            break
    try:
        write_text(place.progress, "")
        tell(place.progress, WAITING)
        write_job(place, job)  # last, for it makes it a training
    except StorageError:
        with suppress(StorageError):
            remove_folder(place.folder)
        raise
    return place


def stop(place: Place) -> None:
    """Ask a training to end after the epoch; of one in line, take it out of it. Raises StorageError."""
    with suppress(InUseError), locked(place.folder, wait=0.5):
        if training_of(place).state == WAITING:
            tell(place.progress, STOPPED)
            return
    if place.folder.is_dir():
        write_text(place.stop, "")


def go_on(place: Place) -> None:
    """Put a training that has stopped at the end of the line; it goes on from what it kept. Raises StorageError."""
    with locked(place.folder, wait=PATIENCE):
        if training_of(place).can_go_on:
            place.stop.unlink(missing_ok=True)
            tell(place.progress, WAITING)


def discard(place: Place) -> None:
    """Forget a training that does not go on, and what it kept.

    Raises:
        InUseError: it goes on.
        StorageError: it cannot be deleted.
    """
    with locked(place.folder, wait=PATIENCE):
        if place.job.exists() and _state_now(place) in (TRAINING, STOPPING):
            raise InUseError(f"The training {place.name!r} goes on; stop it first")
        remove_folder(place.folder)
        state_file(place.run).unlink(missing_ok=True)


def start_runner(runs: Path) -> None:
    """Start the process that takes up what is in line, apart from this one, so that it outlives it.

    One that finds another at work ends at once.
    """
    start([sys.executable, "-P", "-m", "sharcs_core.trainings", str(Path(os.path.abspath(runs)))])


def start(command: list[str], log: Path | None = None) -> subprocess.Popen[bytes]:
    """A process of its own session, that no terminal, tab or server takes along when it ends.

    Raises:
        StorageError: it cannot be started, or what it says has no place.
    """
    path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")]))
    own = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    try:
        with open(log or os.devnull, "ab") as words:
            return subprocess.Popen(
                command,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
    except OSError as error:
        raise StorageError(f"No process can be started ({error.strerror}); close others, or make room") from None


def needs_runner(runs: Path) -> bool:
    """Whether something is in line and nobody is there to take it up."""
    holder = holder_of(runner_lock(runs))
    is_there = holder is not None and holder.is_alive
    return not is_there and any(one.state == WAITING for one in trainings(runs))

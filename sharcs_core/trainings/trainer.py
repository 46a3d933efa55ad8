"""``python -m sharcs_core.trainings.trainer RUNS NAME``: one training, from its folder to its run."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sharcs_core.checkpoints.layout import HISTORY, guided_folder, state_file
from sharcs_core.errors import UserError, is_out_of_memory
from sharcs_core.storage import StorageError, locked, remove_folder, tidy_up, write_bytes
from sharcs_core.trainings.job import Place, read_job, settings_of, task_of_job
from sharcs_core.trainings.progress import EPOCH, FAILED, FOUND, NOTE, STOPPED, tell
from sharcs_core.trainings.queue import PATIENCE, is_finished

if TYPE_CHECKING:
    from sharcs_core.meanings import Meanings
    from sharcs_core.model import Multimodal
    from sharcs_core.structures import TaskData
    from sharcs_core.training import EpochRecord

LOOKS = 16
"""How often in a training it is found out what the model retrieves."""
A_BUG = "Something went wrong that is no fault of yours; {} says what"
NO_MEMORY = "There was not enough memory; close other programs, or train on fewer samples"


class Stopped(Exception):  # noqa: N818, for it is no error
    """Somebody asked the training to end."""


def train(place: Place) -> None:
    """Train, and put away what the training kept; what keeps it from that is told in its progress.

    Raises:
        InUseError: another process does that.
    """
    with locked(place.folder, wait=PATIENCE):
        if not place.job.exists():
            return  # discarded meanwhile
        try:
            if is_finished(place):
                _tidy_up(place)
            else:
                _train(place)
            _put_away(place)
        except Stopped:
            place.stop.unlink(missing_ok=True)
            tell(place.progress, STOPPED)
        except BaseException as error:
            with suppress(StorageError):  # of a full disk, whoever looks sees that it ended
                tell(place.progress, FAILED, says=_said(error, place))
            if not isinstance(error, UserError):
                raise


def _train(place: Place) -> None:
    import torch

    from sharcs_core.pipeline import train_run

    torch.set_num_threads(1)
    job = read_job(place)
    teller = _Teller(place)
    teller.note("reading the folder")
    task = task_of_job(job)
    config = settings_of(job, task)
    teller.meanings = task.card.meanings
    teller.every = max(1, config.training.epochs // LOOKS)
    train_run(config, task, place.run, on_epoch=teller.on_epoch, look=teller.look, note=teller.note)


def _tidy_up(place: Place) -> None:
    """What a training leaves beside its run that was killed when that was whole."""
    with locked(state_file(place.run), place.run):
        tidy_up(place.run)
        remove_folder(guided_folder(place.run))


class _Teller:
    """Adds to the progress of a training what happens in it, and ends it where somebody asks for that."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.every = 1
        self.meanings: Meanings | None = None

    def on_epoch(self, record: EpochRecord, n_epochs: int) -> None:
        tell(self.place.progress, EPOCH, epoch={**asdict(record), "of": n_epochs})
        self._check()

    def look(self, record: EpochRecord, model: Multimodal, data: TaskData) -> None:
        from sharcs_core.trainings.finding import found

        if record.epoch % self.every == 0:
            assert self.meanings is not None
            ways = found(model, data.validation, self.meanings)
            tell(self.place.progress, FOUND, after=record.epoch + 1, ways=[asdict(way) for way in ways])

    def note(self, text: str) -> None:
        tell(self.place.progress, NOTE, says=text)
        self._check()

    def _check(self) -> None:
        if self.place.stop.exists():
            raise Stopped


def _put_away(place: Place) -> None:
    """How it went stays with the run; all else goes."""
    write_bytes(place.run / HISTORY, place.progress.read_bytes())
    remove_folder(place.folder)


def _said(error: BaseException, place: Place) -> str:
    if is_out_of_memory(error):
        return NO_MEMORY
    return str(error) if isinstance(error, UserError) else A_BUG.format(place.log)


if __name__ == "__main__":
    train(Place(Path(sys.argv[1]), sys.argv[2]))

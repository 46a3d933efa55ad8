"""How a training goes: a file with one JSON object a line, to which lines are added and nothing else is done.

Whoever reads it sees all that was whole when they looked. A line that a kill cut short is passed over.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sharcs_core.storage import append_line

WAITING, BEGAN, NOTE, EPOCH, FOUND = "waiting", "began", "note", "epoch", "found"
STOPPED, FAILED, DIED = "stopped", "failed", "died"
"""What a line tells. The last three end a training, until it waits again."""
ENDS = (STOPPED, FAILED, DIED)
STATES = (WAITING, BEGAN, *ENDS)
MOST_BYTES = 20_000_000
RECENT = 5
"""Epochs by which it is told how long the others will take."""


@dataclass(frozen=True)
class Epoch:
    """One epoch; see :class:`sharcs_core.training.EpochRecord`.

    Attributes:
        epoch: from 0.
        of: how many there will be.
    """

    epoch: int
    of: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    cpu_seconds: float


@dataclass(frozen=True)
class Way:
    """What is found from one modality in another, on validation samples.

    Attributes:
        recall: share of queries for which the nearest input is right.
        chance: the same under random order.
        n: queries.
    """

    query: str
    target: str
    recall: float
    chance: float
    n: int


@dataclass(frozen=True)
class _Line:
    event: str
    at: float
    says: str = ""
    epoch: Epoch | None = None
    after: int = 0
    ways: tuple[Way, ...] = ()


_LINE = TypeAdapter(_Line)


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        state: the last of ``STATES`` that was told.
        since: when that was, in seconds.
        says: what is to be said of that state; empty for nothing.
        epochs: those that are done, in their order.
        note: what is being done besides epochs; empty while these follow each other.
        ways: what the model found last, and ``after`` how many epochs.
    """

    state: str = WAITING
    since: float = 0.0
    says: str = ""
    epochs: tuple[Epoch, ...] = ()
    note: str = ""
    ways: tuple[Way, ...] = ()
    after: int = 0
    first_asked: float = field(default=0.0)

    @property
    def n_done(self) -> int:
        return self.epochs[-1].epoch + 1 if self.epochs else 0

    @property
    def n_epochs(self) -> int:
        """All that there will be; 0 where that is not known yet."""
        return self.epochs[-1].of if self.epochs else 0

    @property
    def seconds_left(self) -> float | None:
        """About how long the epochs that are left will take, by the last few; None before the first."""
        recent = [one.cpu_seconds for one in self.epochs[-RECENT:]]
        return sum(recent) / len(recent) * (self.n_epochs - self.n_done) if recent else None

    @property
    def share_done(self) -> float:
        return self.n_done / self.n_epochs if self.n_epochs else 0.0


def tell(path: Path, event: str, **values: Any) -> None:
    """Add a line. Raises StorageError where it cannot be written."""
    append_line(path, json.dumps({"event": event, "at": time.time(), **values}, ensure_ascii=False, allow_nan=False))


def read_progress(path: Path) -> Progress:
    """What a file tells; of one that is not there, that nothing has begun."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES)
    except OSError:
        return Progress()
    return _summed(list(_lines(content)))


def _lines(content: bytes) -> Iterator[_Line]:
    for line in content.split(b"\n"):
        try:
            yield _LINE.validate_json(line)
        except ValidationError:
            continue


def _summed(lines: Sequence[_Line]) -> Progress:
    epochs: Mapping[int, Epoch] = {line.epoch.epoch: line.epoch for line in lines if line.epoch is not None}
    states = [line for line in lines if line.event in STATES]
    found = [line for line in lines if line.event == FOUND]
    last = states[-1] if states else None
    return Progress(
        state=last.event if last else WAITING,
        since=last.at if last else 0.0,
        says=last.says if last else "",
        epochs=tuple(epochs[number] for number in sorted(epochs)),
        note=lines[-1].says if lines and lines[-1].event == NOTE else "",
        ways=found[-1].ways if found else (),
        after=found[-1].after if found else 0,
        first_asked=states[0].at if states else 0.0,
    )


def lasting(seconds: float) -> str:
    """A time as people say it.

    >>> lasting(4), lasting(100), lasting(5000)
    ('4 seconds', '2 minutes', '1.4 hours')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} second{'s' * (round(seconds) > 1)}"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 * 0.9 else f"{seconds / 3600:.1f} hours"

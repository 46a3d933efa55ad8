"""Trainings as processes of their own, that are killed while they go on. Nothing is timed: states are waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from forty_rows import write_rows
from sharcs_core.checkpoints.layout import state_file
from sharcs_core.storage import holder_of
from sharcs_core.trainings import Job, ask_for, go_on, needs_runner, start_runner, stop, training_of, trainings
from sharcs_core.trainings.job import runner_lock
from sharcs_core.trainings.progress import tell

PATIENCE = 240
"""Seconds after which a state is called missing."""
LONG = 2000
"""Epochs of a training that is not to end by itself."""
resource = pytest.importorskip("resource", reason="there is no SIGKILL either")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder of runs; whatever goes on there at the end is killed."""
    folder = tmp_path / "runs"
    yield folder
    for one in (runner_lock(folder), *(one.place.folder for one in trainings(folder))):
        kill(one)


@pytest.fixture
def long(tmp_path):
    return Job(str(write_rows(tmp_path / "data" / "plants")), epochs=LONG)


def kill(path):
    """The process that holds the lock of it, if one does."""
    holder = holder_of(path)
    if holder is not None and holder.is_alive and holder.pid != os.getpid():
        process = psutil.Process(holder.pid)
        process.kill()
        wait_until(lambda: not holder.is_alive)


def wait_until(is_so):
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it does not come to that"
        time.sleep(0.05)


def state(place):
    return training_of(place).state


def n_done(place):
    return training_of(place).progress.n_done


def begins(place):
    text = place.progress.read_text(encoding="utf-8")
    return text.count('"began"')


def test_a_killed_training_is_told_and_goes_on_and_the_next_is_taken_up_without_anybody_looking(runs, long):
    first, second = ask_for(runs, "plants", long), ask_for(runs, "plants", long)
    start_runner(runs)
    wait_until(lambda: n_done(first) >= 3)
    assert (state(first), state(second)) == ("training", "waiting")
    os.kill(holder_of(first.folder).pid, signal.SIGKILL)
    wait_until(lambda: n_done(second) >= 1)
    assert (state(first), state(second)) == ("died", "training")
    before = n_done(first)
    assert before >= 3
    go_on(first)
    stop(second)
    wait_until(lambda: n_done(first) > before + 1)
    assert (state(first), state(second)) == ("training", "stopped")
    epochs = [one.epoch for one in training_of(first).progress.epochs]
    assert set(range(max(epochs) + 1)) - set(epochs) <= {before}  # one that was kept and not told any more
    stop(first)
    wait_until(lambda: state(first) == "stopped")
    wait_until(lambda: holder_of(runner_lock(runs)) is None)
    assert state_file(first.run).exists()


def test_a_training_outlives_its_runner_and_when_all_is_killed_whoever_looks_next_has_the_line_taken_up(runs, long):
    first, second, third = (ask_for(runs, "plants", long) for _ in range(3))
    start_runner(runs)
    wait_until(lambda: n_done(first) >= 1)
    kill(runner_lock(runs))
    assert state(first) == "training"
    start_runner(runs)
    wait_until(lambda: holder_of(runner_lock(runs)) is not None and holder_of(runner_lock(runs)).is_alive)
    before = n_done(first)
    wait_until(lambda: n_done(first) > before + 2)
    assert (state(second), begins(second)) == ("waiting", 0)  # two never go on at once
    stop(first)
    wait_until(lambda: n_done(second) >= 1)
    assert state(first) == "stopped"
    kill(runner_lock(runs))
    kill(second.folder)
    assert (state(second), state(third)) == ("died", "waiting")
    assert needs_runner(runs)
    start_runner(runs)
    wait_until(lambda: n_done(third) >= 1)
    assert not needs_runner(runs)
    assert (state(second), state(third)) == ("died", "training")


def test_of_many_runners_one_works_and_each_training_is_begun_once(runs, long):
    places = [ask_for(runs, "plants", long) for _ in range(2)]
    for _ in range(4):
        start_runner(runs)
    wait_until(lambda: n_done(places[0]) >= 1)
    stop(places[0])
    wait_until(lambda: n_done(places[1]) >= 1)
    stop(places[1])
    wait_until(lambda: state(places[1]) == "stopped" and holder_of(runner_lock(runs)) is None)
    assert [begins(place) for place in places] == [1, 1]


def test_a_disk_that_takes_no_more_is_told_in_a_sentence(runs, long):
    """The system lets the process write files of a few kilobytes: the state of a training is larger."""
    place = ask_for(runs, "plants", long)
    tell(place.progress, "began")
    command = [sys.executable, "-m", "sharcs_core.trainings.trainer", str(runs), place.name]

    def bound():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    assert subprocess.run(command, preexec_fn=bound, check=False, capture_output=True).returncode == 0
    found = training_of(place)
    assert found.state == "failed"
    assert "cannot be written (File too large)" in found.progress.says
    assert found.can_go_on

"""Trainings in line, as they lie on disk: who comes first, what can be done, what two at once make of it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from forty_rows import write_rows
from sharcs_core.checkpoints import load_run
from sharcs_core.checkpoints.layout import HISTORY, guided_folder, state_file
from sharcs_core.config import run_config_from_json
from sharcs_core.errors import UserError
from sharcs_core.storage import InUseError, StorageError, lock_file, locked
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.training import settings_kept
from sharcs_core.trainings import (
    Job,
    Place,
    ask_for,
    discard,
    go_on,
    queue,
    read_progress,
    runner,
    stop,
    trainer,
    training_of,
    trainings,
)
from sharcs_core.trainings.job import TRAININGS, read_job, settings_of
from sharcs_core.trainings.progress import tell


@pytest.fixture
def data(tmp_path):
    return write_rows(tmp_path / "data" / "plants")


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def job(data, **settings):
    return Job(str(data), **{"epochs": 4, **settings})


def state(place):
    return training_of(place).state


def test_what_was_asked_for_first_is_first_in_line_and_each_has_a_name_of_its_own(data, runs):
    asked = [ask_for(runs, "plants", job(data)) for _ in range(3)]
    assert [place.name for place in asked] == ["plants", "plants_2", "plants_3"]
    assert [one.name for one in trainings(runs)] == ["plants", "plants_2", "plants_3"]
    assert {one.state for one in trainings(runs)} == {"waiting"}


def test_a_name_that_a_run_or_the_state_of_a_training_has_is_passed_over(data, runs):
    (runs / "plants").mkdir(parents=True)
    state_file(runs / "plants_2").write_bytes(b"of a training from the command line")
    assert ask_for(runs, "plants", job(data)).name == "plants_3"


def test_many_who_ask_at_once_have_a_training_each(data, runs):
    asked = []
    threads = [threading.Thread(target=lambda: asked.append(ask_for(runs, "plants", job(data)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({place.name for place in asked}) == len(trainings(runs)) == 8


@pytest.mark.parametrize("name", ["../plants", "", ".plants", "a/b", "con", "x" * 61])
def test_what_can_be_no_name_is_refused_and_nothing_is_written(data, runs, name):
    with pytest.raises(StorageError, match="A name"):
        ask_for(runs, name, job(data))
    assert not runs.exists() or not list(runs.rglob("*.json"))


def test_one_in_line_is_taken_out_of_it_and_comes_back_at_its_end(data, runs):
    first, second = (ask_for(runs, "plants", job(data)) for _ in range(2))
    stop(first)
    assert [state(first), state(second)] == ["stopped", "waiting"]
    go_on(first)
    assert [one.name for one in trainings(runs)] == ["plants_2", "plants"]


def test_what_goes_on_is_not_discarded(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    tell(place.progress, "began")
    monkeypatch.setattr(queue, "_is_alive", lambda _: True)
    with pytest.raises(InUseError, match="'plants' goes on; stop it first"):
        discard(place)
    assert state(place) == "training"
    stop(place)
    assert state(place) == "stopping"


def test_what_is_discarded_leaves_nothing(data, runs):
    place = ask_for(runs, "plants", job(data))
    state_file(place.run).write_bytes(b"state")
    discard(place)
    assert not trainings(runs)
    assert not state_file(place.run).exists()
    assert not [path for path in (runs / TRAININGS).iterdir() if path.is_dir()]
    discard(place)  # by another page, at the same time


def test_a_damaged_training_hides_no_other(data, runs):
    damaged, whole = (ask_for(runs, "plants", job(data)) for _ in range(2))
    damaged.job.write_text('{"folder": 3}', encoding="utf-8")
    assert [one.name for one in trainings(runs)] == [whole.name]
    with pytest.raises(StorageError, match=r"'plants' cannot be read .*; discard it"):
        read_job(damaged)
    discard(damaged)
    assert not damaged.folder.exists()


# --- settings ------------------------------------------------------------------------------------------------


def test_what_nobody_chose_is_as_the_task_has_it(data):
    task = folder_task(data).task
    assert settings_of(Job(str(data)), task) == task.preset(0)


def test_what_was_chosen_is_taken(data):
    task = folder_task(data).task
    config = settings_of(job(data, epochs=2, n_concepts=9, balanced=True, seed=5), task)
    assert (config.training.epochs, config.training.polish_epochs, config.training.balanced) == (2, 1, True)
    assert (config.training.seed, config.model.n_shared) == (5, 9)


def test_what_can_be_no_setting_is_refused(data):
    with pytest.raises(UserError):
        settings_of(job(data, epochs=0), folder_task(data).task)


# --- one training, in this process ---------------------------------------------------------------------------


def begin(place):
    """As the runner does."""
    tell(place.progress, "began")
    trainer.train(place)


def test_a_training_that_is_done_is_a_run_with_how_it_went_and_nothing_else_is_left(data, runs):
    place = ask_for(runs, "plants", job(data))
    begin(place)
    assert load_run(place.run).card.title == "Plants"
    found = read_progress(place.run / HISTORY)
    assert (found.n_done, found.n_epochs, found.state) == (4, 4, "began")
    assert {(way.query, way.target) for way in found.ways} == {("story", "table"), ("table", "story")}
    assert all(0 <= way.chance <= 1 and 1 <= way.n <= 4 for way in found.ways)
    assert not trainings(runs)
    assert sorted(path.name for path in runs.iterdir()) == [TRAININGS, "plants"]


def test_one_that_is_stopped_and_goes_on_gives_the_very_run_that_one_without_a_stop_gives(data, runs, monkeypatch):
    place, other = ask_for(runs, "plants", job(data)), ask_for(runs, "plants", job(data))
    on_epoch = trainer._Teller.on_epoch

    def stopping(self, record, n):
        if record.epoch == 1:
            stop(place)
        on_epoch(self, record, n)

    with monkeypatch.context() as patch:
        patch.setattr(queue, "_is_alive", lambda _: True)
        patch.setattr(trainer._Teller, "on_epoch", stopping)
        begin(place)
    assert (state(place), training_of(place).progress.n_done) == ("stopped", 2)
    assert settings_kept(state_file(place.run))
    assert not place.run.exists()
    go_on(place)
    assert state(place) == "waiting"
    begin(place)
    begin(other)
    assert (place.run / "weights.safetensors").read_bytes() == (other.run / "weights.safetensors").read_bytes()
    assert [one.epoch for one in read_progress(place.run / HISTORY).epochs] == [0, 1, 2, 3]


def test_one_that_was_killed_when_its_run_was_there_is_not_trained_again(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "_put_away", lambda _: None)
        begin(place)
    assert state(place) == "done"
    lock_file(state_file(place.run)).touch()  # as a kill leaves it
    guided_folder(place.run).mkdir()
    (runs / ".plants.abcdefgh.former").mkdir()
    monkeypatch.setattr(trainer, "_train", lambda _: pytest.fail("it is trained again"))
    trainer.train(place)
    assert not trainings(runs)
    assert (place.run / HISTORY).is_file()
    assert sorted(path.name for path in runs.iterdir()) == [".trainings", "plants"]


def test_a_folder_that_is_gone_or_other_than_it_was_is_told_in_one_sentence(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    with monkeypatch.context() as patch:
        patch.setattr(trainer._Teller, "on_epoch", lambda self, record, n: stop_now())

        def stop_now():
            raise trainer.Stopped

        begin(place)
    kept = state_file(place.run).read_bytes()
    (data / "metadata.csv").write_text((data / "metadata.csv").read_text(encoding="utf-8").replace("oak", "elm"))
    begin(place)
    assert state(place) == "failed"
    assert "belongs to a training on other data" in training_of(place).progress.says
    (data / "metadata.csv").unlink()
    data.rmdir()
    begin(place)
    assert "The folder 'plants' is gone; put it back, or discard" in training_of(place).progress.says
    assert state_file(place.run).read_bytes() == kept
    write_rows(data)
    go_on(place)
    assert state(place) == "waiting"


def test_a_full_disk_is_told_and_what_was_kept_before_stays(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    from sharcs_core.training import state as training

    write, calls = training.write_bytes, []

    def full(path, content):
        calls.append(path)
        if len(calls) == 3:
            raise StorageError(f"{path} cannot be written (No space left on device); free some space")
        write(path, content)

    monkeypatch.setattr(training, "write_bytes", full)
    begin(place)
    found = training_of(place)
    assert (found.state, found.progress.n_done, found.can_go_on) == ("failed", 2, True)
    assert "No space left on device" in found.progress.says
    assert state_file(place.run).exists()


def test_a_bug_is_told_as_one_and_raised_for_the_log(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    monkeypatch.setattr(trainer, "_train", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        begin(place)
    assert training_of(place).progress.says.startswith("Something went wrong that is no fault of yours")
    assert "log.txt" in training_of(place).progress.says


def test_one_that_was_discarded_before_its_process_began_leaves_nothing(data, runs):
    place = ask_for(runs, "plants", job(data))
    discard(place)
    trainer.train(place)
    assert not place.folder.exists()


# --- the runner, in this process -----------------------------------------------------------------------------


class Started:
    """In the place of a process: one that ends at once, in the way that is asked for."""

    def __init__(self, ends):
        self.names, self.ends = [], ends

    def __call__(self, command, log=None):
        place = Place(ends_in(command), command[-1])
        self.names.append(place.name)
        self.ends(place)
        return self

    def wait(self):
        return 0


def ends_in(command):
    from pathlib import Path

    return Path(command[-2])


def test_each_in_line_is_taken_up_and_one_whose_process_dies_takes_none_along(data, runs, monkeypatch):
    for _ in range(3):
        ask_for(runs, "plants", job(data))
    started = Started(lambda place: tell(place.progress, "stopped") if place.name == "plants_2" else None)
    monkeypatch.setattr(runner, "start", started)
    runner.run_all(runs)
    assert started.names == ["plants", "plants_2", "plants_3"]
    assert {one.name: one.state for one in trainings(runs)} == {
        "plants": "died",
        "plants_2": "stopped",
        "plants_3": "died",
    }


def test_what_is_asked_for_while_the_last_one_ends_is_taken_up_too(data, runs, monkeypatch):
    """Whoever asks then finds the lock held, and goes; who holds it has looked already."""
    place = ask_for(runs, "plants", job(data))
    started = Started(lambda one: tell(one.progress, "stopped"))
    monkeypatch.setattr(runner, "start", started)
    own = runner._run_all

    def asked_at_the_end(where):
        own(where)
        if len(started.names) == 1:
            ask_for(runs, "late", job(data))
            other = threading.Thread(target=runner.run_all, args=(runs,))
            other.start()
            other.join()
            assert started.names == [place.name]  # the other one went

    monkeypatch.setattr(runner, "_run_all", asked_at_the_end)
    runner.run_all(runs)
    assert started.names == ["plants", "late"]


def test_a_runner_finds_those_that_died_with_a_former_one(data, runs, monkeypatch):
    place = ask_for(runs, "plants", job(data))
    tell(place.progress, "began")
    ask_for(runs, "other", job(data))
    monkeypatch.setattr(runner, "start", Started(lambda one: tell(one.progress, "stopped")))
    runner.run_all(runs)
    assert read_progress(place.progress).state == "died"


def test_a_runner_waits_for_a_training_that_a_killed_one_has_left(data, runs, monkeypatch):
    left = ask_for(runs, "left", job(data))
    tell(left.progress, "began")
    ask_for(runs, "next", job(data))
    pauses, holding, released = [], threading.Event(), threading.Event()

    def trains():
        with locked(left.folder):
            holding.set()
            released.wait(60)
            tell(left.progress, "stopped")

    thread = threading.Thread(target=trains)
    thread.start()
    holding.wait(60)

    def pause(_):
        pauses.append(started.names[:])
        released.set()
        thread.join()

    started = Started(lambda one: tell(one.progress, "stopped"))
    monkeypatch.setattr(runner, "start", started)
    monkeypatch.setattr(runner.time, "sleep", pause)
    runner.run_all(runs)
    assert pauses == [[]]
    assert started.names == ["next"]


def test_settings_that_are_kept_are_those_that_were_asked_for(data, runs):
    place = ask_for(runs, "plants", job(data, n_concepts=7, seed=3))
    assert read_job(place) == replace(job(data), n_concepts=7, seed=3)
    config = settings_of(read_job(place), folder_task(data, seed=3).task)
    assert run_config_from_json(config.to_json()) == config

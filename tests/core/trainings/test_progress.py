"""What is told of a training, line by line, and what is made of it."""

from __future__ import annotations

import json
import threading

import pytest

from sharcs_core.storage import StorageError
from sharcs_core.trainings import progress as told
from sharcs_core.trainings.progress import read_progress, tell


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_bytes(b"")
    return path


def epoch(number, of=10, seconds=2.0):
    losses = {"train_loss": 1.0, "validation_loss": 0.9, "validation_accuracy": 0.5}
    return {"epoch": number, "of": of, "cpu_seconds": seconds, **losses}


def test_nothing_was_told_of_what_is_not_there(tmp_path):
    found = read_progress(tmp_path / "none")
    assert (found.state, found.n_done, found.seconds_left) == ("waiting", 0, None)


def test_epochs_are_counted_and_the_time_left_is_that_of_the_last_few(file):
    tell(file, "waiting")
    tell(file, "began")
    for number, seconds in enumerate((100.0, 2.0, 2.0, 2.0, 4.0, 5.0)):
        tell(file, "epoch", epoch=epoch(number, seconds=seconds))
    found = read_progress(file)
    assert (found.state, found.n_done, found.n_epochs, found.share_done) == ("began", 6, 10, 0.6)
    assert found.seconds_left == pytest.approx(4 * (2 + 2 + 2 + 4 + 5) / 5)


def test_the_last_state_counts_and_what_was_said_of_it(file):
    for event, says in (("waiting", ""), ("began", ""), ("failed", "The disk is full"), ("waiting", "")):
        tell(file, event, says=says)
    assert (read_progress(file).state, read_progress(file).says) == ("waiting", "")
    tell(file, "failed", says="Again")
    assert read_progress(file).says == "Again"


def test_a_note_is_told_until_something_else_is(file):
    tell(file, "note", says="drawing the maps")
    assert read_progress(file).note == "drawing the maps"
    tell(file, "stopped")
    assert read_progress(file).note == ""


def test_an_epoch_that_is_told_twice_counts_once_as_it_was_told_last(file):
    tell(file, "epoch", epoch=epoch(0, seconds=1.0))
    tell(file, "epoch", epoch=epoch(0, seconds=7.0))
    assert [one.cpu_seconds for one in read_progress(file).epochs] == [7.0]


@pytest.mark.parametrize(
    "line",
    [
        b'{"event": "epoch", "at": 1, "epoch": {"epo',
        b"\xff\xfe",
        b"[]",
        b'{"event": 3}',
        b'{"event":"epoch"}',
        b"{" * 9999,
    ],
)
def test_lines_that_are_none_are_passed_over_and_the_next_stands_alone(file, line):
    tell(file, "epoch", epoch=epoch(0))
    with file.open("ab") as stream:
        stream.write(line)  # cut short by a kill: without an end
    tell(file, "epoch", epoch=epoch(1))
    assert [one.epoch for one in read_progress(file).epochs] == [0, 1]


def test_lines_of_several_who_tell_at_once_are_all_there(file):
    def tell_many(who):
        for number in range(50):
            tell(file, "note", says=f"{who} {number}")

    threads = [threading.Thread(target=tell_many, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [json.loads(line)["says"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(said) == sorted(f"{who} {number}" for who in range(4) for number in range(50))


def test_nothing_is_told_where_the_file_is_gone(tmp_path):
    with pytest.raises(StorageError, match=r"progress\.jsonl cannot be written \(No such file"):
        tell(tmp_path / "progress.jsonl", "began")
    assert not list(tmp_path.iterdir())


def test_every_state_that_ends_a_training_is_one():
    assert set(told.ENDS) < set(told.STATES)

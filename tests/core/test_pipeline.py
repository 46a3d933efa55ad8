import os
import shutil
import tempfile
from collections import namedtuple
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock

from forked import Forked
from named_toy import NamedToy
from sharcs_core import pipeline, training
from sharcs_core.checkpoints import RunError, list_runs, load_run
from sharcs_core.config import HAS_CONCEPTS, WIRINGS
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.pipeline import claimed_run, evaluate_run, state_file, train_run, with_maps
from sharcs_core.storage import InUseError, StorageError, lock_file
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.mnist.source import DataError
from toy_task import MODALITIES
from untrained_runs import config_of


@pytest.fixture(scope="module")
def short(toy):
    config = toy.preset(seed=0)
    return replace(config, training=replace(config.training, epochs=3))


@pytest.fixture(scope="module")
def whole(toy, short, tmp_path_factory):
    """The run of a short training that nothing came between."""
    return train_run(short, toy, tmp_path_factory.mktemp("runs") / "whole")


def test_a_trained_run_is_the_one_on_disk_and_nothing_else_is_left(toy, short, tmp_path):
    notes, epochs = [], []
    out = tmp_path / "runs" / "mine"
    run = train_run(short, toy, out, on_epoch=lambda record, n: epochs.append((record.epoch, n)), note=notes.append)
    assert epochs == [(0, 3), (1, 3), (2, 3)]
    assert notes[0] == "reading the data"
    assert [path.name for path in out.parent.iterdir()] == ["mine"]
    assert (run.config, run.name) == (short, "mine")
    assert run.metrics == load_run(out).metrics == evaluate_run(run)
    assert len(run.bank) == short.bank_size
    assert len(run.test_bank) == short.test_size
    assert len(run.answers) == len(run.labels) == 256
    assert len(run.validation_answers) == len(run.validation_labels) == 64
    assert run.choice is None


ALONE = [(wiring, ("words",)) for wiring in ("fusion", "late", "concept")]


@pytest.mark.parametrize(("wiring", "modalities"), [*((wiring, MODALITIES) for wiring in WIRINGS), *ALONE])
def test_a_run_of_any_wiring_is_saved_and_read_back(toy, toy_data, tmp_path, monkeypatch, wiring, modalities):
    kept = []
    fit = pipeline.fit
    monkeypatch.setattr(pipeline, "fit", lambda *of, **how: kept.append(fit(*of, **how)) or kept[0])
    config = config_of(toy, wiring, modalities)
    config = replace(config, training=replace(config.training, epochs=2))
    run = train_run(config, toy, tmp_path / "runs" / "mine")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mine"]
    assert run.config == config
    samples = {name: toy_data.test.samples()[name] for name in modalities}
    said, again = (probabilities(model, concepts_of(model, samples)[1]) for model in (kept[0].model, run.model))
    np.testing.assert_allclose(said, again, atol=1e-6)
    assert run.metrics == evaluate_run(run)
    assert run.metrics["accuracy"] == pytest.approx(np.mean(said.argmax(1) == toy_data.test.labels))
    has_concepts = wiring in HAS_CONCEPTS
    assert (run.metrics["completeness"] is not None) == bool(run.tree_leaves) == bool(run.questions) == has_concepts


@pytest.fixture(scope="module")
def cut_down():
    """Settings by which named concepts and few of the free ones stay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "named_toy", NamedToy())
        config = NamedToy().preset()
        yield replace(config, training=replace(config.training, epochs=10, polish_epochs=3, tolerance=0.2))


@pytest.fixture(scope="module")
def told():
    """What was told of the epochs of the run that was cut down."""
    return []


@pytest.fixture(scope="module")
def few(cut_down, told, tmp_path_factory):
    """A run that was cut down, and that nothing came between."""
    out = tmp_path_factory.mktemp("runs") / "mine"
    return train_run(cut_down, NamedToy(), out, on_epoch=lambda record, n: told.append((record.epoch, n)))


def test_a_run_that_was_cut_down_knows_what_it_was_and_what_it_is(cut_down, few, told):
    run = few
    assert told == [(epoch, 10) for epoch in range(10)]
    assert run.config == cut_down
    assert run.choice.n_before == run.config.model.n_shared == 8
    kept = run.choice.kept
    assert kept[:5] == (0, 1, 2, 3, 4)
    assert len(kept) == run.model.config.n_shared == run.metrics["n_concepts"] == len(run.concept_names) < 8
    assert len(run.choice.removals) == 8 - len(kept)
    assert run.bank.sides["table"].shared.shape == (200, len(kept))
    assert run.answers.shape == (256, len(run.questions))
    assert load_run(run.path).choice == run.choice
    assert evaluate_run(run) == run.metrics


@pytest.mark.parametrize("stopped_after", [3, 7, 9])
def test_a_training_that_chooses_concepts_goes_on_where_it_was(cut_down, few, tmp_path, stopped_after):
    """Stopped among the many concepts, at the very choice, and while the few are polished."""

    def stop(record, _):
        if record.epoch + 1 == stopped_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(cut_down, NamedToy(), tmp_path / "mine", on_epoch=stop)
    epochs = []
    again = train_run(cut_down, NamedToy(), tmp_path / "mine", on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == list(range(stopped_after, 10))
    assert (again.choice, again.tree_leaves) == (few.choice, few.tree_leaves)
    assert {**again.metrics, "run": ""} == {**few.metrics, "run": ""}
    state = few.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())


@pytest.mark.parametrize("error", [RunError("weights do not fit"), KeyboardInterrupt()])
def test_the_training_is_kept_until_the_run_was_read_back(toy, short, tmp_path, monkeypatch, error):
    out = tmp_path / "mine"

    def fail(path):
        assert path == out
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "load_run", fail)
        with pytest.raises(type(error)):
            train_run(short, toy, out)
    assert state_file(out).exists()
    epochs = []
    run = train_run(short, toy, out, on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == []  # nothing had to be learnt again
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert run.metrics == evaluate_run(run)


def test_a_training_that_diverged_is_not_in_the_way_of_the_next(toy, short, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(training.trainer, "one_cycle", lambda step, *_: 1e-2 if step < 8 else 1e30)  # 8 an epoch
        with pytest.raises(ValueError, match=r"not a finite number any more in epoch 2; lower the learning rate"):
            train_run(short, toy, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == [".mine.diverged.safetensors"]
    gentler = replace(short, training=replace(short.training, learning_rate=1e-3))
    assert train_run(gentler, toy, tmp_path / "mine").config == gentler


def test_two_trainings_make_the_same_run_file_by_file(toy, short, whole, tmp_path):
    two = train_run(short, toy, tmp_path / whole.name)
    for name in ("weights.safetensors", "metrics.json"):
        assert (whole.path / name).read_bytes() == (two.path / name).read_bytes()
    one = load_run(whole.path)
    for name in MODALITIES:
        np.testing.assert_array_equal(one.bank.sides[name].shared, two.bank.sides[name].shared)
        np.testing.assert_array_equal(one.bank.sides[name].maps["PCA"], two.bank.sides[name].maps["PCA"])


def test_a_whole_training_leaves_the_global_generators_alone(toy, short, tmp_path):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    train_run(short, toy, tmp_path / "run")
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state == np.random.get_state()[1]).all()  # noqa: NPY002


@pytest.mark.parametrize("stage", ["epoch", "evaluate", "with_maps", "save_run"])
def test_a_training_that_fails_leaves_no_run_and_goes_on_when_called_again(
    toy, short, whole, tmp_path, monkeypatch, stage
):

    def fail(*arguments, **_):
        raise KeyboardInterrupt

    out = tmp_path / "runs" / "mine"
    with monkeypatch.context() as patch:
        if stage != "epoch":
            patch.setattr(pipeline, stage, fail)
        on_epoch = (lambda record, _: fail() if record.epoch else None) if stage == "epoch" else None
        with pytest.raises(KeyboardInterrupt):
            train_run(short, toy, out, on_epoch=on_epoch)
    assert list_runs(out.parent) == ()
    assert list(out.parent.iterdir()) == [state_file(out)]
    again = train_run(short, toy, out)
    assert list(out.parent.iterdir()) == [out]
    assert {**again.metrics, "run": ""} == {**whole.metrics, "run": ""}
    state = whole.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())


def test_a_folder_of_something_else_is_refused_before_any_work_is_done(toy, short, tmp_path, monkeypatch):
    (tmp_path / "thesis.tex").write_text("years of work")
    monkeypatch.setattr(training.Trainer, "run_epoch", lambda self: pytest.fail("trained in vain"))
    with pytest.raises(RunError, match="holds something that is not a run"):
        train_run(short, toy, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


# --- nothing is lost, nothing starts that cannot end ---------------------------------------------------------


@pytest.fixture
def no_work(toy, monkeypatch):
    """What must be found out before it is found out before any data is read."""
    monkeypatch.setattr(type(toy), "load", lambda *_: pytest.fail("data was read in vain"))


def test_a_file_or_what_lies_below_one_is_no_place_for_a_run(toy, short, tmp_path, no_work):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"file is not a folder; name a new folder, or that of a run to replace$"):
        train_run(short, toy, tmp_path / "file")
    with pytest.raises(StorageError, match=r"cannot be a folder, for .*file is a file; name another folder$"):
        train_run(short, toy, tmp_path / "file" / "below" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("out", [".", "./", "..", "sub/..", "../here", ""])
def test_the_folder_one_stands_in_is_never_replaced(toy, short, tmp_path, monkeypatch, no_work, out):
    (tmp_path / "here" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(RunError, match="is the folder you are in, or above it, which cannot be replaced; name a new"):
        train_run(short, toy, Path(out))
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["sub"]


def test_a_folder_that_cannot_be_written_is_refused_before_any_work_is_done(toy, short, tmp_path, monkeypatch, no_work):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StorageError, match=r"Nothing can be written in .* \(Read-only file system\); make it writable"):
        train_run(short, toy, tmp_path / "not there" / "mine")
    assert not list(tmp_path.iterdir())


def with_free_bytes(monkeypatch, free):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - free, free))


def test_a_full_disk_is_refused_before_any_work_is_done(toy, short, tmp_path, monkeypatch, no_work):
    with_free_bytes(monkeypatch, 100_000)
    with pytest.raises(StorageError, match=r"^About 0\.5 MB will be needed in .*, where 0\.1 MB are free; make room"):
        train_run(short, toy, tmp_path / "mine")
    assert not list(tmp_path.iterdir())


def test_too_little_room_for_weights_state_and_bank_is_refused_before_training(toy, short, tmp_path, monkeypatch):
    needed = pipeline.room_needed(short, toy.load(0))
    monkeypatch.setattr(pipeline, "LEAST_ROOM", 0)
    monkeypatch.setattr(training.Trainer, "run_epoch", lambda self: pytest.fail("trained in vain"))
    with_free_bytes(monkeypatch, needed - 1)
    with pytest.raises(StorageError, match=r"will be needed in .* make room, or name another folder"):
        train_run(short, toy, tmp_path / "mine")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bank_size", [0, 50])
def test_the_room_that_is_asked_for_is_enough_and_not_out_of_all_proportion(
    toy, short, tmp_path, monkeypatch, bank_size
):
    config, most = replace(short, bank_size=bank_size), []

    def look(record, _):
        most.append(sum(path.stat().st_size for path in tmp_path.iterdir()))

    train_run(config, toy, tmp_path / "mine", on_epoch=look)
    run = sum(path.stat().st_size for path in (tmp_path / "mine").iterdir())
    took = 2 * max(most) + run  # the state is written beside itself
    assert took / 1.3 < pipeline.room_needed(config, toy.load(0)) < 3 * took


def test_a_disk_that_fills_up_is_one_sentence_and_the_training_goes_on_later(toy, short, whole, tmp_path, monkeypatch):
    out, kept, write = tmp_path / "runs" / "mine", [], training.state.write_bytes

    def write_while_there_is_room(path, content):
        if len(kept) == 2:
            monkeypatch.setattr(os, "fsync", no_space)
        kept.append(len(content))
        write(path, content)

    def no_space(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(training.state, "write_bytes", write_while_there_is_room)
        fsync = os.fsync
        with pytest.raises(StorageError) as raised:
            train_run(short, toy, out)
        monkeypatch.setattr(os, "fsync", fsync)
    said = str(raised.value)
    assert said.startswith(f"{state_file(out)} cannot be written (No space left on device); free some space")
    assert said.endswith("; the same command goes on after epoch 2, the last that was kept")
    assert list(out.parent.iterdir()) == [state_file(out)]
    epochs = []
    again = train_run(short, toy, out, on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == [2]
    state = whole.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())


@pytest.fixture
def trainer(toy, short):
    """Starts a training of the toy task in another process, which waits after each epoch."""
    started = []

    def train(wanted, is_claimed, ear, mouth):
        def told(record, _):
            print(record.epoch, file=mouth)
            ear.readline()

        with claimed_run(short, wanted) if is_claimed else nullcontext(wanted) as out:
            print(out.name, file=mouth)
            train_run(short, toy, out, on_epoch=told)
        print("done", file=mouth)

    def start(wanted, is_claimed=True):
        started.append(Forked(partial(train, wanted, is_claimed)))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def test_two_trainings_that_are_started_at_once_have_two_folders(short, tmp_path, trainer):
    both = [trainer(tmp_path / "runs" / "toy") for _ in range(2)]
    names = [process.stdout.readline().strip() for process in both]
    assert sorted(names) == ["toy", "toy_2"]
    assert [process.stdout.readline() for process in both] == ["0\n"] * 2
    assert list_runs(tmp_path / "runs") == ()  # nothing half-made is listed
    assert [process.communicate("\n" * 3).split()[-1] for process in both] == ["done"] * 2
    assert [run.name for run in list_runs(tmp_path / "runs")] == ["toy", "toy_2"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["toy", "toy_2"]


def test_a_second_training_of_one_folder_ends_at_once_and_names_the_first(toy, short, tmp_path, trainer, monkeypatch):
    out = tmp_path / "runs" / "mine"
    first = trainer(out, is_claimed=False)
    assert [first.stdout.readline() for _ in range(2)] == ["mine\n", "0\n"]
    with monkeypatch.context() as patch:
        patch.setattr(type(toy), "load", lambda *_: pytest.fail("data was read in vain"))
        with pytest.raises(InUseError) as raised:
            train_run(short, toy, out)
    assert str(raised.value).startswith(f"{out} is being worked on by process {first.pid} (since ")
    assert "delete" not in str(raised.value)
    assert first.communicate("\n" * 3).split()[-1] == "done"
    assert load_run(out).metrics["accuracy"] > 0


@pytest.mark.parametrize("n_epochs", [0, 1])
def test_a_training_without_a_name_of_its_own_goes_on_where_it_was_killed(
    toy, short, whole, tmp_path, trainer, n_epochs
):
    """Killed as it begins, and after an epoch; what lies under the name of a run already is left alone."""
    runs = tmp_path / "runs"
    former = train_run(replace(short, test_size=5), toy, runs / "toy")
    killed = trainer(runs / "toy")
    assert killed.stdout.readline() == "toy_2\n"
    for _ in range(n_epochs):
        killed.stdout.readline()
    killed.kill()
    FileLock(lock_file(state_file(runs / "toy_2"))).acquire(
        timeout=10
    ).lock.release()  # given back, on some systems late
    epochs = []
    with claimed_run(short, runs / "toy") as out:
        assert out == runs / "toy_2"
        again = train_run(short, toy, out, on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == list(range(n_epochs, 3))
    assert [path.name for path in sorted(runs.iterdir())] == ["toy", "toy_2"]
    assert load_run(runs / "toy").metrics == former.metrics
    state = whole.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())


def test_an_interrupted_training_is_only_gone_on_with_by_the_same_settings(toy, short, tmp_path):
    def stop(record, _):
        raise KeyboardInterrupt

    for _ in range(2):  # stopped again, it is still the same
        with pytest.raises(KeyboardInterrupt), claimed_run(short, tmp_path / "toy") as out:
            train_run(short, toy, out, on_epoch=stop)
        assert out.name == "toy"
    other = replace(short, training=replace(short.training, seed=5))
    with claimed_run(other, tmp_path / "toy") as out:
        assert out.name == "toy_2"
        assert (tmp_path / "toy_2").is_dir()
    assert not (tmp_path / "toy_2").exists()  # nothing came of it
    state_file(tmp_path / "toy").write_bytes(b"damaged")
    with claimed_run(short, tmp_path / "toy") as out:
        assert out.name == "toy_2"
    assert list_runs(tmp_path) == ()


def test_a_folder_that_somebody_made_is_not_taken_unasked(short, tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy_2").write_text("a file")
    with claimed_run(short, tmp_path / "toy") as out:
        assert out.name == "toy_3"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy", "toy_2"]


def test_nothing_is_claimed_where_nothing_can_be_written(short, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StorageError, match=r"cannot be a folder, for .*file is a file"),
        claimed_run(short, tmp_path / "file" / "runs" / "toy"),
    ):
        pytest.fail("it was claimed")


def test_what_a_killed_writer_left_goes_with_the_next_training(toy, short, tmp_path):
    (tmp_path / ".mine.abcdefgh.part").mkdir()
    (tmp_path / ".mine.training.safetensors.abcdefgh.part").write_bytes(b"half")
    train_run(short, toy, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_unseen_samples_are_placed_on_the_map_and_do_not_shape_it(toy_run):
    fitted, placed = with_maps(toy_run.bank, toy_run.test_bank, seed=0)
    again, _ = with_maps(toy_run.bank, toy_run.bank, seed=0)
    for name in MODALITIES:
        np.testing.assert_array_equal(fitted.sides[name].maps["PCA"], again.sides[name].maps["PCA"])
        assert placed.sides[name].maps["PCA"].shape == (40, 2)
        assert np.abs(placed.sides[name].maps["PCA"]).max() <= 1 + 1e-6


def test_evaluation_uses_the_weights_not_the_stored_figures(toy_run):
    honest = evaluate_run(toy_run)
    assert evaluate_run(replace(toy_run, metrics={"accuracy": -1.0})) == honest
    spoilt = replace(toy_run, model=training.trainer.build_model(toy_run.config.model, seed=9).eval())
    assert evaluate_run(spoilt)["accuracy"] < honest["accuracy"]


def test_where_the_data_is_another_it_is_said_and_the_runs_own_bank_is_used(toy_run):
    elsewhere = replace(toy_run, source=replace(toy_run.source, name="mnist-full", sha256="0" * 64))
    notes = []
    found = evaluate_run(elsewhere, note=notes.append)
    assert len(notes) == 1
    assert "trained on mnist-full, which is not here; tested on generated instead" in notes[0]
    assert found["data_source"] == "generated"
    assert found["accuracy"] == toy_run.metrics["accuracy"]
    assert found["completeness"] == toy_run.metrics["completeness"]
    assert found["small_tree"] == toy_run.metrics["small_tree"]
    assert evaluate_run(replace(elsewhere, tree_leaves=3))["tree_leaves"] == 3
    quiet = []
    evaluate_run(toy_run, note=quiet.append)
    assert not quiet


@pytest.mark.parametrize("error", [OSError("no such disk"), DataError("No MNIST in there")])
def test_data_that_cannot_be_read_is_said_as_such(toy_run, toy, monkeypatch, error):
    def load(*_):
        raise error

    monkeypatch.setattr(toy_run.task, "load", load, raising=False)
    with pytest.raises(ValueError, match=r"no such disk|No MNIST in there"):
        evaluate_run(toy_run)

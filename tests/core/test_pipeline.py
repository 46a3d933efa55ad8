from dataclasses import replace

import numpy as np
import pytest
import torch

from named_toy import NamedToy
from sharcs_core import pipeline, projection, training
from sharcs_core.checkpoints import RunError, list_runs, load_run
from sharcs_core.config import HAS_CONCEPTS, WIRINGS
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.pipeline import evaluate_run, state_file, train_run, with_maps
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.mnist.source import DataError
from toy_task import MODALITIES
from untrained_runs import config_of


@pytest.fixture(autouse=True)
def pca_alone(monkeypatch):
    """t-SNE and UMAP have tests of their own, and take seconds."""
    monkeypatch.setattr(projection, "METHOD_FITS", {"PCA": projection.METHOD_FITS["PCA"]})


@pytest.fixture
def short(toy):
    config = toy.preset(seed=0)
    return replace(config, training=replace(config.training, epochs=3))


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


@pytest.fixture
def cut_down(monkeypatch):
    """Settings by which named concepts and few of the free ones stay."""
    monkeypatch.setitem(TASKS, "named_toy", NamedToy())
    config = NamedToy().preset()
    return replace(config, training=replace(config.training, epochs=10, polish_epochs=3, tolerance=0.2))


def test_a_run_that_was_cut_down_knows_what_it_was_and_what_it_is(cut_down, tmp_path):
    epochs = []
    run = train_run(
        cut_down, NamedToy(), tmp_path / "mine", on_epoch=lambda record, n: epochs.append((record.epoch, n))
    )
    assert epochs == [(epoch, 10) for epoch in range(10)]
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
def test_a_training_that_chooses_concepts_goes_on_where_it_was(cut_down, tmp_path, stopped_after):
    """Stopped among the many concepts, at the very choice, and while the few are polished."""
    whole = train_run(cut_down, NamedToy(), tmp_path / "whole")

    def stop(record, _):
        if record.epoch + 1 == stopped_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(cut_down, NamedToy(), tmp_path / "mine", on_epoch=stop)
    epochs = []
    again = train_run(cut_down, NamedToy(), tmp_path / "mine", on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == list(range(stopped_after, 10))
    assert (again.choice, again.tree_leaves) == (whole.choice, whole.tree_leaves)
    assert {**again.metrics, "run": ""} == {**whole.metrics, "run": ""}
    state = whole.model.state_dict()
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
        patch.setattr(training, "one_cycle", lambda step, *_: 1e-2 if step < 8 else 1e30)  # eight steps an epoch
        with pytest.raises(ValueError, match=r"not a finite number any more in epoch 2; lower the learning rate"):
            train_run(short, toy, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == [".mine.diverged.safetensors"]
    gentler = replace(short, training=replace(short.training, learning_rate=1e-3))
    assert train_run(gentler, toy, tmp_path / "mine").config == gentler


def test_two_trainings_make_the_same_run_file_by_file(toy, short, tmp_path):
    for name in ("one", "two"):
        train_run(short, toy, tmp_path / name / "run")
    for name in ("weights.safetensors", "metrics.json"):
        assert (tmp_path / "one" / "run" / name).read_bytes() == (tmp_path / "two" / "run" / name).read_bytes()
    one, two = (load_run(tmp_path / name / "run") for name in ("one", "two"))
    for name in MODALITIES:
        np.testing.assert_array_equal(one.bank.sides[name].shared, two.bank.sides[name].shared)
        np.testing.assert_array_equal(one.bank.sides[name].maps["PCA"], two.bank.sides[name].maps["PCA"])


def test_a_whole_training_leaves_the_global_generators_alone(toy, short, tmp_path):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    train_run(short, toy, tmp_path / "run")
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state == np.random.get_state()[1]).all()  # noqa: NPY002


@pytest.mark.parametrize("stage", ["epoch", "evaluate", "with_maps", "save_run"])
def test_a_training_that_fails_leaves_no_run_and_goes_on_when_called_again(toy, short, tmp_path, monkeypatch, stage):
    whole = train_run(short, toy, tmp_path / "whole")

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
    spoilt = replace(toy_run, model=training.build_model(toy_run.config.model, seed=9).eval())
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

    monkeypatch.setattr(toy, "load", load, raising=False)
    with pytest.raises(ValueError, match=r"no such disk|No MNIST in there"):
        evaluate_run(toy_run)

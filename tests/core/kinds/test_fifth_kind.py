"""What ARCHITECTURE.md says of adding a kind is tried: one module and one line, and all of the core works on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fifth_kind import SERIES, waves
from sharcs_core.checkpoints import load_run
from sharcs_core.errors import UserError
from sharcs_core.explanations import cross_modal_neighbours, explain_inputs
from sharcs_core.kinds import KINDS
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.studies import perturbed
from sharcs_core.tasks.task import Task
from sharcs_core.why import why


@pytest.fixture(scope="module")
def wave_run(tmp_path_factory):
    """A run of waves and numbers, loaded from its folder, and its task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "series", SERIES)
        fast, inputs = waves(160, 0)
        labels = ["fast" if one else "slow" for one in fast]
        task = Task.from_arrays("waves", inputs, labels, kinds={"wave": "series"})
        folder = tmp_path_factory.mktemp("runs") / "waves"
        config = task.preset()
        train_run(replace(config, training=replace(config.training, epochs=20)), task, folder)
        yield load_run(folder), task


def test_the_card_of_the_run_says_what_it_is(wave_run):
    run, _ = wave_run
    assert {modality.name: modality.kind for modality in run.card.modalities} == {
        "wave": "series",
        "numbers": "tabular",
    }


def test_it_is_trained_measured_and_explained(wave_run):
    run, task = wave_run
    assert run.metrics["accuracy"] > 0.9
    assert evaluate_run(run, task=task)["retrieval"]["wave->numbers"]["gallery"] == len(task.data.test)
    _, inputs = waves(4, 1)
    wave, _ = KINDS["series"].prepare(run.card.modality("wave").form, inputs["wave"][:1])
    explanation = explain_inputs(run, {"wave": wave})
    assert cross_modal_neighbours(explanation)["numbers"]
    assert why(run, explanation).sentence.startswith("The wave's nearest training inputs are ")


def test_a_file_comes_back_as_it_was_written(wave_run):
    run, _ = wave_run
    inputs = run.test_bank.sides["wave"].inputs
    for row in range(10):
        suffix, content, _ = run.task.write("wave", inputs, row)
        again, notes = run.task.read("wave", f"a{suffix}", content)
        assert not notes
        for name in ("steps", "n_steps"):
            np.testing.assert_allclose(again.arrays[name], inputs.take([row]).arrays[name], atol=1e-6)


def test_what_is_unusual_of_it_is_told(wave_run):
    run, _ = wave_run
    long, notes = run.task.read("wave", "a.txt", b"0.1 " * 200)
    assert "the first 32 were read" in notes[0]
    assert len(long) == 1
    short = run.task.read("wave", "a.txt", b"0.1 0.2")[0]
    assert explain_inputs(run, {"wave": short}).unusual["wave"].says.startswith("it has 2 steps, training had 20 to ")


def test_noise_reaches_it(wave_run):
    run, _ = wave_run
    samples = {name: side.inputs for name, side in run.test_bank.sides.items()}
    noisy = perturbed(run.model, samples, 0.5, seed=0)["wave"]
    assert not np.array_equal(noisy.arrays["steps"], samples["wave"].arrays["steps"])
    assert np.array_equal(noisy.arrays["n_steps"], samples["wave"].arrays["n_steps"])


def test_without_it_the_run_is_refused_in_one_sentence(wave_run, monkeypatch):
    run, _ = wave_run
    monkeypatch.delitem(KINDS, "series")
    with pytest.raises(UserError, match="Unknown kind of modality 'series'; choose one of "):
        load_run(run.path)

"""From a folder of explained pictures to a run: what explanations taught is the encoder, and sentences never answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explained_squares import write_folder
from sharcs_core.checkpoints import load_run
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.encoders.looking import LookingEncoder
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.guided import teaching
from sharcs_core.guided.explained_task import explained_task
from sharcs_core.guided.teaching import MASK, explained, looking_in, taught
from sharcs_core.pipeline import train_run
from sharcs_core.where import inputs_of, where


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return explained_task(write_folder(tmp_path_factory.mktemp("squares")))


@pytest.fixture(scope="module")
def run(task, tmp_path_factory):
    preset = task.preset()
    config = replace(preset, training=replace(preset.training, epochs=2, polish_epochs=0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "guided", QUICK)
        return train_run(config, task, tmp_path_factory.mktemp("runs") / "squares")


def test_a_folder_has_pictures_that_answer_and_sentences_that_explain(task):
    assert task.card.deciding == ("image",)
    assert task.card.modality("text").explains
    config = task.preset().model
    assert config.explaining == ("text",)
    assert looking_in(config) == "image"
    samples = explained(task, task.data.train, "image")
    assert 0 < samples.annotated.sum() < len(samples)
    for own, mask in zip(samples.pixels, samples.masks, strict=True):
        if mask.any():
            assert np.ptp(own[mask].astype(int), axis=0).max() == 0, "a mask lies on the square and nothing else"


def test_a_folder_without_sentences_is_refused(tmp_path):
    with pytest.raises(UserError, match="write some into textual_explanation"):
        explained_task(write_folder(tmp_path, n=20, sentences=False))


def test_what_was_taught_is_the_encoder_and_never_changes(run):
    assert run.guided is not None
    learned, own = run.guided.guided.network.state_dict(), run.model.encoders["image"].looking.state_dict()
    assert set(own) <= set(learned)
    assert all(torch.equal(values, learned[name]) for name, values in own.items())


def test_masks_are_kept_beside_the_pictures(run):
    kept = run.bank.sides["image"].inputs.arrays
    assert kept[MASK].shape == kept["pixels"].shape[:3]
    assert 0 < kept[MASK].any((1, 2)).sum() < len(kept[MASK])


def test_no_answer_follows_a_sentence(run):
    sample = str(run.test_bank.sample_ids[0])
    both, seen = explain_sample(run, sample), explain_inputs(run, {"image": inputs_of(run, sample)["image"]})
    assert np.allclose(both.probabilities, seen.probabilities, atol=1e-6)
    assert all(step.question.modalities == ("image",) for step in both.path.steps)
    assert set(where(run, inputs_of(run, sample)).parts) == {"image"}


def test_what_was_taught_is_kept_until_the_training_is_done(task, tmp_path, monkeypatch):
    config, notes = task.preset(), []
    config = replace(config, training=replace(config.training, epochs=1, polish_epochs=0))
    monkeypatch.setattr(task, "guided", QUICK)
    first = taught(config, task, task.data, tmp_path / ".taught", notes.append)
    monkeypatch.setattr(teaching, "fit_guided", lambda *_, **__: pytest.fail("it was taught before"))
    again = taught(config, task, task.data, tmp_path / ".taught", notes.append)
    assert again.settings == first.settings
    assert notes == [notes[0]]


def test_a_run_leaves_nothing_beside_it(run):
    assert [path.name for path in run.path.parent.iterdir() if not path.name.endswith(".lock")] == [run.name]
    assert load_run(run.path).guided is not None


QUICK = {"epochs": 1, "warm_up": 1}


@pytest.mark.parametrize("mode", [True, False])
def test_an_encoder_that_looks_is_never_trained_to(mode):
    encoder = LookingEncoder(EncoderConfig("image", 3, (8,), looks=True), 4).train(mode)
    assert not any(module.training for module in encoder.looking.modules())
    assert not any(values.requires_grad for values in encoder.looking.parameters())
    assert encoder.head.training == mode


def test_only_one_modality_is_taught_where_to_look():
    looks = EncoderConfig("image", 3, (8,), looks=True)
    config = ModelConfig({"a": looks, "b": looks}, n_classes=2, n_local=4, n_shared=4)
    with pytest.raises(UserError, match="Only one modality"):
        looking_in(config)


@pytest.mark.parametrize("wrong", [{"kind": "tabular"}, {"positions": True}, {"shift": 2}])
def test_only_plain_pictures_are_read_through_a_map(wrong):
    with pytest.raises(UserError):
        EncoderConfig(**{"kind": "image", "n_features": 3, "hidden": (8,), "looks": True, **wrong})

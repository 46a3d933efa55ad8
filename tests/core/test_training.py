"""Training on the toy task of three modalities: effects, exact repetition, and what a kill must not change."""

import subprocess
import sys
import textwrap
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from sharcs_core.config import EncoderConfig, TrainingConfig
from sharcs_core.inference import concepts_of
from sharcs_core.structures import Inputs
from sharcs_core.training import Trainer, fit, one_cycle

CPU = torch.device("cpu")


def with_training(config, **changes):
    return replace(config, training=replace(config.training, **changes))


@pytest.fixture(scope="module")
def short(toy):
    return with_training(toy.preset(seed=0), epochs=4)


def weights(result):
    return {name: value.numpy() for name, value in result.model.state_dict().items()}


def assert_same_result(one, other):
    assert one.history == other.history
    assert one.best_epoch == other.best_epoch
    for name, value in weights(one).items():
        np.testing.assert_array_equal(value, weights(other)[name], err_msg=name)


def nearness(model, split):
    """Mean distance of inputs that mean the same over that of others, across modalities: 1 is no alignment."""
    _, shared = concepts_of(model, split.inputs)
    ratios = []
    for one, other in combinations(shared, 2):
        distances = cdist(shared[one], shared[other])
        same = split.semantics[one][:, None] == split.semantics[other]
        ratios.append(distances[same].mean() / distances[~same].mean())
    return np.mean(ratios)


@pytest.fixture(scope="module")
def unaligned(toy, toy_data):
    return nearness(fit(with_training(toy.preset(0), alignment="none"), toy, toy_data).model, toy_data.test)


@pytest.mark.parametrize(("alignment", "epochs"), [("contrastive", 20), ("distance", 20), ("triplet", 40)])
def test_alignment_brings_equal_meanings_together(toy, toy_data, unaligned, alignment, epochs):
    config = with_training(toy.preset(0), alignment=alignment, epochs=epochs, margin=0.3)
    result = fit(config, toy, toy_data)
    assert nearness(result.model, toy_data.test) < 0.7
    assert nearness(result.model, toy_data.test) < unaligned - 0.1


def test_no_alignment_leaves_equal_meanings_apart(unaligned):
    assert unaligned > 0.75


def test_three_modalities_are_learnt(toy_run):
    assert toy_run.metrics["accuracy"] > 0.95
    assert toy_run.metrics["majority_accuracy"] < 0.5


def test_the_same_seed_gives_the_same_weights_and_another_does_not(toy, toy_data, short):
    first, second = fit(short, toy, toy_data), fit(short, toy, toy_data)
    assert_same_result(first, second)
    other = fit(with_training(short, seed=1), toy, toy_data)
    assert any((value != weights(other)[name]).any() for name, value in weights(first).items())


def test_training_leaves_the_global_generators_alone(toy, toy_data, short):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    fit(short, toy, toy_data)
    after = np.random.get_state()  # noqa: NPY002
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state[1] == after[1]).all()
    assert numpy_state[2] == after[2]


def test_the_global_generators_do_not_sway_training(toy, toy_data, short):
    first = fit(short, toy, toy_data)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(77)
        assert_same_result(first, fit(short, toy, toy_data))


def test_a_batch_is_one_step_of_the_optimiser(toy, toy_data, short, monkeypatch):
    calls = Counter()
    step = torch.optim.AdamW.step
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self: (calls.update(["step"]), step(self))[1])
    fit(short, toy, toy_data)
    assert calls["step"] == short.training.epochs * len(toy_data.train) / short.training.batch_size


def test_every_sample_is_seen_once_an_epoch_and_no_test_sample_ever(toy, toy_data, short, monkeypatch):
    trainer = Trainer(short, toy, replace(toy_data, test=None), CPU)
    seen = []
    batch = type(trainer.train).batch
    monkeypatch.setattr(
        type(trainer.train), "batch", lambda self, rows: (seen.append((self, rows["table"])), batch(self, rows))[1]
    )
    trainer.run_epoch()
    trained_on = torch.cat([rows for split, rows in seen if split is trainer.train])
    assert sorted(trained_on.tolist()) == list(range(len(toy_data.train)))
    assert trained_on.tolist() != sorted(trained_on.tolist())


def test_the_weights_are_those_of_the_best_epoch_by_validation(toy, toy_data, short, monkeypatch):
    """Validation is made to say that the second of four epochs was best."""
    told = iter([(0.9, 0.1), (0.3, 0.1), (0.5, 1.0), (0.4, 1.0)])
    monkeypatch.setattr(Trainer, "validate", lambda self: next(told))
    stopped_there = Trainer(short, toy, toy_data, CPU)
    stopped_there.run_epoch()
    stopped_there.run_epoch()
    expected = {name: value.clone().numpy() for name, value in stopped_there.model.state_dict().items()}
    told = iter([(0.9, 0.1), (0.3, 0.1), (0.5, 1.0), (0.4, 1.0)])
    monkeypatch.setattr(Trainer, "validate", lambda self: next(told))
    result = fit(short, toy, toy_data)
    assert result.best_epoch == 1
    assert [record.validation_loss for record in result.history] == [0.9, 0.3, 0.5, 0.4]
    for name, value in weights(result).items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize(("patience", "n_epochs"), [(1, 3), (2, 6), (0, 8)])
def test_patience_counts_epochs_without_a_better_validation_loss(toy, toy_data, short, monkeypatch, patience, n_epochs):
    told = iter([5, 4, 4.5, 3, 3.1, 3, 2, 1])
    monkeypatch.setattr(Trainer, "validate", lambda self: (next(told), 0.0))
    monkeypatch.setattr(Trainer, "_step", lambda *_: 0.0)
    result = fit(with_training(short, epochs=8, patience=patience), toy, toy_data)
    assert len(result.history) == n_epochs


def test_validation_is_in_evaluation_mode_and_says_the_same_twice(toy, toy_data, short):
    trainer = Trainer(short, toy, toy_data, CPU)
    trainer.run_epoch()
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    assert trainer.validate() == trainer.validate()
    assert all(torch.equal(before[name], value) for name, value in trainer.model.state_dict().items())


def test_validation_accuracy_is_that_of_the_model_on_every_validation_sample(toy, toy_data, short):
    result = fit(short, toy, toy_data)
    from sharcs_core.inference import probabilities

    _, shared = concepts_of(result.model, toy_data.validation.samples())
    predicted = probabilities(result.model, shared).argmax(1)
    share = np.mean(predicted == toy_data.validation.labels)
    assert result.history[result.best_epoch].validation_accuracy == pytest.approx(share)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    import torch
    torch.set_num_threads(1)
    from dataclasses import replace
    from toy_task import ToyTask
    from sharcs_core.training import Trainer, fit

    task = ToyTask()
    config = task.preset(0)
    config = replace(config, training=replace(config.training, epochs=4))
    step, n_steps = Trainer._step, 0

    def step_until_killed(self, *arguments):
        global n_steps
        n_steps += 1
        if n_steps == {die_at}:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(self, *arguments)

    Trainer._step = step_until_killed
    fit(config, task, task.load(0), state=Path({state!r}), device=torch.device("cpu"))
"""


@pytest.mark.parametrize("die_at", [3, 19])
def test_a_killed_training_goes_on_to_the_very_same_result(toy, toy_data, short, tmp_path, die_at):
    """Killed (SIGKILL) in the middle of the first epoch, before any state, and in the middle of the third."""
    state = tmp_path / "training.safetensors"
    tests = str(Path(__file__).parent)
    program = textwrap.dedent(KILLED).format(tests=tests, state=str(state), die_at=die_at)
    killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    assert state.exists() == (die_at > 8)
    epochs = []
    resumed = fit(short, toy, toy_data, state=state, device=CPU, on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == ([0, 1, 2, 3] if die_at == 3 else [2, 3])
    assert_same_result(resumed, fit(short, toy, toy_data, device=CPU))


def test_a_finished_training_is_not_trained_again(toy, toy_data, short, tmp_path, monkeypatch):
    state = tmp_path / "training.safetensors"
    first = fit(short, toy, toy_data, state=state)
    monkeypatch.setattr(Trainer, "run_epoch", lambda self: pytest.fail("trained again"))
    assert_same_result(first, fit(short, toy, toy_data, state=state))
    assert list(tmp_path.iterdir()) == [state]


def test_a_state_of_another_training_is_refused(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    fit(with_training(short, epochs=1), toy, toy_data, state=state)
    with pytest.raises(ValueError, match="other settings; delete it to start afresh"):
        fit(short, toy, toy_data, state=state)
    other = replace(toy_data, source=replace(toy_data.source, sha256="0" * 64))
    with pytest.raises(ValueError, match="other data; delete it"):
        fit(with_training(short, epochs=1), toy, other, state=state)


@pytest.mark.parametrize("damage", [lambda content: content[:40], lambda content: b"", lambda content: b"\xff" * 99])
def test_a_damaged_state_is_named(toy, toy_data, short, tmp_path, damage):
    state = tmp_path / "training.safetensors"
    fit(with_training(short, epochs=1), toy, toy_data, state=state)
    state.write_bytes(damage(state.read_bytes()))
    with pytest.raises(ValueError, match=r"training\.safetensors is damaged; delete it to start afresh"):
        fit(with_training(short, epochs=1), toy, toy_data, state=state)


def test_an_epoch_tells_the_processor_time_it_took_without_being_another_for_it(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    result = fit(short, toy, toy_data, state=state)
    assert all(record.cpu_seconds > 0 for record in result.history)
    told = replace(result.history[0], cpu_seconds=1e6)
    assert told == result.history[0]
    assert told != replace(told, train_loss=told.train_loss + 1)
    kept = fit(short, toy, toy_data, state=state).history  # the time of epochs that were trained before counts too
    assert [record.cpu_seconds for record in kept] == [record.cpu_seconds for record in result.history]


def test_the_time_of_an_epoch_is_what_the_processor_spent_on_it(toy, toy_data, short, monkeypatch):
    clock = iter([10.0, 12.5, 20.0, 21.0])
    monkeypatch.setattr("sharcs_core.training.time.process_time", lambda: next(clock))
    trainer = Trainer(short, toy, toy_data, CPU)
    assert [trainer.run_epoch().cpu_seconds for _ in range(2)] == [2.5, 1.0]


# Inputs that are varied in training: seed and epoch settle the noise, so a resumed training draws the same.


@pytest.fixture(scope="module")
def varied(toy_data, short):
    """The toy task with pictures of a scene's kind, whose encoder looks about and is shown varied glimpses."""
    rng = np.random.default_rng(5)

    def with_scenes(split):
        n = len(split.inputs["picture"])
        pixels = rng.integers(0, 256, (n, 66, 70, 3), dtype=np.uint8)
        inputs = {**split.inputs, "picture": Inputs("image", {"pixels": pixels})}
        return replace(split, inputs=inputs).select(np.arange(40))

    parts = {name: with_scenes(getattr(toy_data, name)) for name in ("train", "validation")}
    encoder = EncoderConfig("image", 3, (4, 8), positions=True, jitter=0.1)
    model = replace(short.model, encoders={**short.model.encoders, "picture": encoder})
    return with_training(replace(short, model=model), epochs=3), replace(toy_data, **parts)


def test_a_training_with_varied_scenes_goes_on_bit_for_bit(toy, varied, tmp_path):
    config, data = varied
    state = tmp_path / "training.safetensors"
    stopped = Trainer(config, toy, data, CPU)
    stopped.run_epoch()
    stopped.save(state)
    assert_same_result(fit(config, toy, data, state=state, device=CPU), fit(config, toy, data, device=CPU))


def test_scenes_are_varied_anew_in_every_step_and_never_in_validation(toy, varied, monkeypatch):
    config, data = varied
    trainer, batches = Trainer(config, toy, data, CPU), []
    loss = Trainer._loss
    monkeypatch.setattr(
        Trainer, "_loss", lambda self, inputs, *rest: (batches.append(inputs), loss(self, inputs, *rest))[1]
    )
    trainer.run_epoch()
    trainer.run_epoch()
    drawn = [inputs["picture"]["noise"] for inputs in batches if "noise" in inputs["picture"]]
    assert [len(noise) for noise in drawn] == [32, 8, 32, 8]
    assert not any(torch.equal(one[:8], other[:8]) for one, other in combinations(drawn, 2))
    assert [("noise" in inputs["picture"], "grain" in inputs["picture"]) for inputs in batches].count(
        (False, False)
    ) == 2


def test_noise_makes_a_difference_to_what_is_learnt(toy, varied):
    config, data = varied
    still = replace(config.model.encoders["picture"], jitter=0.0)
    without = replace(config, model=replace(config.model, encoders={**config.model.encoders, "picture": still}))
    assert Trainer(config, toy, data, CPU).run_epoch() != Trainer(without, toy, data, CPU).run_epoch()


def test_the_learning_rate_goes_up_and_down():
    rates = [one_cycle(step, 100, peak=2.0) for step in range(100)]
    assert rates[0] == pytest.approx(2 / 25)
    assert max(rates) == pytest.approx(2.0)
    peak = rates.index(max(rates))
    assert peak == 25
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 0.02


def test_default_alignment_is_one_that_has_negatives():
    assert TrainingConfig(epochs=1).alignment == "contrastive"

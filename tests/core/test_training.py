"""Training on the toy task of three modalities: effects, exact repetition, and what a kill must not change."""

import json
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from itertools import combinations, count

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from scipy.spatial.distance import cdist

from forked import Forked
from named_toy import NamedToy
from sharcs_core.batches import one_cycle
from sharcs_core.config import EncoderConfig, TrainingConfig
from sharcs_core.inference import concepts_of
from sharcs_core.named import values_said
from sharcs_core.storage import InUseError
from sharcs_core.structures import Choice, Inputs
from sharcs_core.training import DivergedError, Trainer, fit, settings_kept
from sharcs_core.training import trainer as training

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
        type(trainer.train),
        "batch",
        lambda self, rows, *rest: (seen.append((self, rows["table"])), batch(self, rows, *rest))[1],
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


def killed_at(step, work):
    """How the process ended that was killed (SIGKILL) as a training came to that step."""
    usual, steps = Trainer._step, count(1)

    def step_until_killed(self, *arguments):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(self, *arguments)

    def until_killed(*_):
        Trainer._step = step_until_killed  # in that process alone
        work()

    return Forked(until_killed).wait()


@pytest.mark.parametrize("die_at", [3, 19])
def test_a_killed_training_goes_on_to_the_very_same_result(toy, toy_data, short, tmp_path, die_at):
    """Killed (SIGKILL) in the middle of the first epoch, before any state, and in the middle of the third."""
    state = tmp_path / "training.safetensors"
    assert killed_at(die_at, lambda: fit(short, toy, toy_data, state=state, device=CPU)) == -signal.SIGKILL
    assert state.exists() == (die_at > 8)
    epochs = []
    resumed = fit(short, toy, toy_data, state=state, device=CPU, on_epoch=lambda record, _: epochs.append(record.epoch))
    assert epochs == ([0, 1, 2, 3] if die_at == 3 else [2, 3])
    assert_same_result(resumed, fit(short, toy, toy_data, device=CPU))


def test_a_state_that_another_process_works_on_is_left_alone(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    asked = []

    def ask_from_another_thread(record, _):
        thread = threading.Thread(target=lambda: asked.append(fault_of(fit, short, toy, toy_data, state=state)))
        thread.start()
        thread.join()

    result = fit(short, toy, toy_data, state=state, device=CPU, on_epoch=ask_from_another_thread)
    assert len(asked) == 4
    assert all(f"{state} is being worked on by process {os.getpid()}" in said for said in asked)
    assert_same_result(result, fit(short, toy, toy_data, device=CPU))
    assert [path.name for path in tmp_path.iterdir()] == [state.name]


def fault_of(function, *arguments, **named):
    try:
        function(*arguments, **named)
    except InUseError as error:
        return str(error)
    return ""


def test_settings_that_are_kept_are_those_of_a_training_that_can_go_on(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    assert settings_kept(state) is None
    fit(short, toy, toy_data, state=state, device=CPU)
    assert settings_kept(state) == json.loads(json.dumps(short.to_json()))
    with safe_open(state, "pt") as file:
        facts, tensors = json.loads(file.metadata()["state"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, state, {"state": json.dumps({**facts, "format": 0})})
    assert settings_kept(state) is None
    state.write_bytes(state.read_bytes()[:100])
    assert settings_kept(state) is None


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


def with_split(data, part="train", **changes):
    split = getattr(data, part)
    return replace(data, **{part: replace(split, **changes)})


def test_a_state_of_fewer_samples_of_the_same_source_is_refused(toy, toy_data, short, tmp_path):
    state, once = tmp_path / "training.safetensors", with_training(short, epochs=1)
    few = replace(toy_data, train=toy_data.train.select(np.arange(100)))
    fit(once, toy, few, state=state)
    before = state.read_bytes()
    message = r"other samples \(100 there, 256 here\); delete it to start afresh"
    with pytest.raises(ValueError, match=message):
        fit(once, toy, toy_data, state=state)
    assert state.read_bytes() == before
    fit(once, toy, few, state=state)  # its own it still takes


def changed_first(values, by=1):
    return np.concatenate([[(values[0] + by) % 4], values[1:]])


@pytest.mark.parametrize("part", ["train", "validation"])
@pytest.mark.parametrize("field", ["labels", "semantics", "sources", "pairing"])
def test_a_state_of_as_many_other_samples_is_refused(toy, toy_data, short, tmp_path, part, field):
    """One label, key, source or partner is another; the source of the data is said to be the same."""
    state, once = tmp_path / "training.safetensors", with_training(short, epochs=1)
    fit(once, toy, toy_data, state=state)
    own = getattr(getattr(toy_data, part), field)
    changed = changed_first(own) if field == "labels" else {**own, "words": changed_first(own["words"])}
    with pytest.raises(ValueError, match=r"other samples \(256 there, 256 here\); delete it to start afresh"):
        fit(once, toy, with_split(toy_data, part, **{field: changed}), state=state)


def test_a_state_does_not_ask_of_what_type_the_same_samples_are(toy, toy_data, short, tmp_path):
    state, once = tmp_path / "training.safetensors", with_training(short, epochs=1)
    first = fit(once, toy, toy_data, state=state)
    narrow = with_split(toy_data, labels=toy_data.train.labels.astype(np.int8))
    assert_same_result(first, fit(once, toy, narrow, state=state))


def facts_of(state):
    with safe_open(state, "pt") as file:
        return json.loads(file.metadata()["state"])


def rewritten(state, **changes):
    """The state with other facts in its header."""
    with safe_open(state, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, state, {"state": json.dumps({**facts_of(state), **changes})})


def test_a_state_keeps_all_that_it_was_trained_on(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    trainer = Trainer(short, toy, toy_data, CPU)
    trainer.run_epoch()
    trainer.save(state)
    assert facts_of(state)["devices"] == ["cpu"]
    rewritten(state, devices=["cuda"])  # as if a machine with a GPU had begun
    assert fit(short, toy, toy_data, state=state, device=CPU).device == "cpu, cuda"
    assert facts_of(state)["devices"] == ["cpu", "cuda"]


def test_who_only_reads_a_finished_training_has_no_part_in_it(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    assert fit(short, toy, toy_data, state=state, device=CPU).device == "cpu"
    rewritten(state, devices=["cuda"])
    assert fit(short, toy, toy_data, state=state, device=CPU).device == "cuda"


def test_a_state_of_another_version_is_refused(toy, toy_data, short, tmp_path):
    state = tmp_path / "training.safetensors"
    fit(with_training(short, epochs=1), toy, toy_data, state=state)
    rewritten(state, format=2)
    with pytest.raises(ValueError, match="by another version; delete it to start afresh"):
        fit(with_training(short, epochs=1), toy, toy_data, state=state)


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
    monkeypatch.setattr("sharcs_core.training.trainer.time.process_time", lambda: next(clock))
    trainer = Trainer(short, toy, toy_data, CPU)
    assert [trainer.run_epoch().cpu_seconds for _ in range(2)] == [2.5, 1.0]


# A loss that is no number: nothing that follows could mend it.


def diverging(monkeypatch, at_step, value=float("nan")):
    """From that step on, counted from 0, the loss of training batches is ``value``; returns the count of steps."""
    loss, steps = Trainer._loss, Counter()

    def told(self, batch, generator):
        found, logits = loss(self, batch, generator)
        if self.model.training:
            steps["begun"] += 1
            found = found * value if steps["begun"] > at_step else found
        return found, logits

    step = torch.optim.AdamW.step
    monkeypatch.setattr(Trainer, "_loss", told)
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self: (steps.update(["made"]), step(self))[1])
    return steps


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_at_once_and_keeps_the_best_weights(
    toy, toy_data, short, tmp_path, monkeypatch, value
):
    state = tmp_path / ".run.training.safetensors"
    two_epochs = Trainer(short, toy, toy_data, CPU)
    for _ in range(2):
        two_epochs.run_epoch()
    with monkeypatch.context() as patch:
        steps = diverging(patch, at_step=19, value=value)  # the fourth batch of the third epoch
        with pytest.raises(DivergedError, match="not a finite number any more in epoch 3; lower the learning") as told:
            fit(short, toy, toy_data, state=state, device=CPU)
    assert (steps["begun"], steps["made"]) == (20, 19)
    aside = tmp_path / ".run.diverged.safetensors"
    assert str(told.value).endswith(f"(the best weights so far are kept in {aside})")
    assert [path.name for path in tmp_path.iterdir()] == [aside.name]
    with safe_open(aside, "pt") as file:
        kept = {name.removeprefix("best/"): file.get_tensor(name) for name in file.keys() if name.startswith("best/")}  # noqa: SIM118
    assert set(kept) == set(two_epochs.best_weights)
    for name, weights_of in two_epochs.best_weights.items():
        assert torch.equal(kept[name], weights_of), name


def test_after_a_loss_that_is_no_number_a_new_try_is_not_blocked(toy, toy_data, short, tmp_path, monkeypatch):
    state = tmp_path / ".run.training.safetensors"
    with monkeypatch.context() as patch:
        diverging(patch, at_step=10)
        with pytest.raises(DivergedError):
            fit(short, toy, toy_data, state=state, device=CPU)
    lower = with_training(short, learning_rate=1e-3)
    again = fit(lower, toy, toy_data, state=state, device=CPU)
    assert_same_result(again, fit(lower, toy, toy_data, device=CPU))
    assert {path.name for path in tmp_path.iterdir()} == {state.name, ".run.diverged.safetensors"}


def test_a_state_of_any_name_is_put_out_of_the_way(toy, toy_data, short, tmp_path, monkeypatch):
    diverging(monkeypatch, at_step=10)
    with pytest.raises(DivergedError, match=r"kept in .*state\.diverged\)$"):
        fit(short, toy, toy_data, state=tmp_path / "state.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["state.diverged"]


def test_a_loss_that_is_no_number_from_the_start_leaves_nothing(toy, toy_data, short, tmp_path, monkeypatch):
    diverging(monkeypatch, at_step=2)
    with pytest.raises(DivergedError, match=r"in epoch 1; lower the learning rate$"):
        fit(short, toy, toy_data, state=tmp_path / "training.safetensors")
    assert not list(tmp_path.iterdir())
    with pytest.raises(DivergedError, match=r"lower the learning rate$"):
        fit(short, toy, toy_data)


def test_a_validation_loss_that_is_no_number_is_not_kept(toy, toy_data, short, monkeypatch):
    told = iter([(0.9, 0.1), (float("nan"), 0.9)])
    monkeypatch.setattr(Trainer, "validate", lambda self: next(told))
    trainer = Trainer(short, toy, toy_data, CPU)
    trainer.run_epoch()
    best = {name: value.clone() for name, value in trainer.best_weights.items()}
    with pytest.raises(DivergedError, match="in epoch 2"):
        trainer.run_epoch()
    assert (trainer.best_epoch, len(trainer.history)) == (0, 1)
    assert all(torch.equal(value, trainer.best_weights[name]) for name, value in best.items())


@pytest.mark.parametrize("named", [False, True], ids=["free", "named"])
def test_a_rate_that_is_far_too_high_is_said_to_be(toy, toy_data, short, named):
    config = with_training(NamedToy().preset() if named else short, epochs=2, learning_rate=1e25)
    with pytest.raises(DivergedError, match=r"in epoch 1; lower the learning rate$"):
        fit(config, NamedToy() if named else toy, toy_data, device=CPU)


# Concepts that are taught.

NAMED = NamedToy()


def share_named_rightly(model, split, factor):
    """Over inputs of all modalities: how often their concepts say the value that they show."""
    _, shared = concepts_of(model, split.inputs)
    values = np.asarray(NAMED.card.factors[factor.name])
    return [np.mean(values_said(shared[name], factor) == values[split.semantics[name]]) for name in shared]


@pytest.mark.parametrize("wiring", ["sharcs", "concept"])
def test_a_named_model_learns_its_names_in_every_modality(toy_data, wiring):
    config = with_training(NAMED.preset(0), epochs=12)
    model = fit(replace(config, model=replace(config.model, wiring=wiring)), NAMED, toy_data).model
    for factor in model.config.factors:
        assert min(share_named_rightly(model, toy_data.test, factor)) > 0.95, factor.name


def test_names_that_weigh_nothing_are_not_learnt(toy_data):
    model = fit(with_training(NAMED.preset(0), epochs=12, naming_weight=0.0), NAMED, toy_data).model
    assert min(share_named_rightly(model, toy_data.test, model.config.factors[1])) < 0.6


def test_a_factor_that_no_input_shows_cannot_be_taught(toy, toy_data, short):
    config = replace(short, model=replace(short.model, named={"mood": 2}))
    with pytest.raises(ValueError, match=r"show no factor 'mood'; choose from \['number', 'parity'\]"):
        fit(config, NAMED, toy_data)
    with pytest.raises(ValueError, match=r"show no factor 'mood'; choose from \[\]"):
        fit(config, toy, toy_data)


# Two phases: many concepts, then the few that were chosen.


def two_at_most(choose):
    """Choosing that lets no more than two concepts go each time it is asked, so that it is asked in vain never."""

    def chosen(model, train, validation, *, former=None, **settings):
        found = choose(model, train, validation, former=former, **settings)
        removals = found.removals[: len(former.removals if former else ()) + 2]
        gone = {removal.concept for removal in removals}
        return replace(found, kept=tuple(sorted(set(range(found.n_before)) - gone)), removals=removals)

    return chosen


@pytest.fixture(scope="module", params=["free", "named", "by and by"])
def two_phases(request, toy):
    """Three epochs of many concepts and three of polishing; what few epochs teach is worth little to keep."""
    task = NAMED if request.param == "named" else toy
    config = task.preset(0)
    model = replace(config.model, n_shared=8, agreements=request.param != "free")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "by and by":
            patch.setattr(training, "choose_concepts", two_at_most(training.choose_concepts))
        yield task, with_training(replace(config, model=model), epochs=6, polish_epochs=3, tolerance=0.05)


@pytest.fixture(scope="module")
def polished(two_phases, toy_data):
    task, config = two_phases
    return fit(config, task, toy_data, device=CPU)


def test_choosing_and_polishing_lie_inside_the_epochs(two_phases, polished):
    _, config = two_phases
    assert [record.epoch for record in polished.history] == list(range(6))
    losses = [record.validation_loss for record in polished.history]
    assert polished.best_epoch in {first + int(np.argmin(losses[first:])) for first in (3, 4)}  # since the last cut
    choice = polished.choice
    assert choice.n_before == config.model.n_shared == 8
    assert 1 <= len(choice.kept) < 8
    assert sorted([*choice.kept, *(removal.concept for removal in choice.removals)]) == list(range(8))
    assert choice.kept[: config.model.n_named] == tuple(range(config.model.n_named))


def test_a_polished_model_is_as_narrow_as_its_choice(two_phases, polished, toy_data):
    _, config = two_phases
    assert polished.model.config == replace(config.model, n_shared=len(polished.choice.kept))
    _, shared = concepts_of(polished.model, toy_data.test.samples())
    assert {values.shape for values in shared.values()} == {(96, len(polished.choice.kept))}
    assert not polished.model.training


def test_without_polishing_nothing_is_chosen(toy, toy_data, short):
    result = fit(short, toy, toy_data)
    assert result.choice is None
    assert result.model.config == short.model


TOLD = [(0.5, 0.0), (0.3, 0.0), (0.4, 0.0), (0.9, 0.0), (0.7, 0.0), (0.8, 0.0)]
"""Validation that likes the second epoch best, and nothing that was polished as much."""


def choosing_watched(two_phases, data, monkeypatch):
    """The training under ``TOLD``: its result, and of each choosing the weights, splits, settings and choice."""
    task, config = two_phases
    told, asked, choose = iter(TOLD), [], training.choose_concepts

    def watched(model, *splits, **settings):
        weights_of = {name: value.clone() for name, value in model.state_dict().items()}
        asked.append((weights_of, splits, settings, choose(model, *splits, **settings)))
        return asked[-1][-1]

    monkeypatch.setattr(Trainer, "validate", lambda self: next(told))
    monkeypatch.setattr(training, "choose_concepts", watched)
    return fit(config, task, data, device=CPU), asked


def test_concepts_are_chosen_first_from_the_best_weights_and_without_test_samples(two_phases, toy_data, monkeypatch):
    task, config = two_phases
    best = Trainer(config, task, toy_data, CPU)
    best.run_epoch()
    best.run_epoch()
    result, asked = choosing_watched(two_phases, replace(toy_data, test=None), monkeypatch)
    chosen_from, splits, settings, first = asked[0]
    assert all(torch.equal(value, chosen_from[name]) for name, value in best.model.state_dict().items())
    assert splits[0] is toy_data.train
    assert splits[1] is toy_data.validation
    assert settings == {"tolerance": 0.05, "seed": 0, "former": None, "meanings": task.card.meanings}
    assert [settings["former"] for _, _, settings, _ in asked[1:]] == [first]  # never before the last epoch
    assert result.choice == asked[-1][-1]
    assert result.best_epoch == 4


def test_more_concepts_go_while_those_that_are_left_are_polished(two_phases, toy_data, monkeypatch, request):
    """Each model is cut out of the one before it, and what was polished when it was wider is not come back to."""
    result, asked = choosing_watched(two_phases, toy_data, monkeypatch)
    widths = [len(weights_of["space.activation.norm.running_mean"]) for weights_of, *_ in asked]
    assert widths == [8, len(asked[0][-1].kept)]
    assert set(asked[1][-1].kept) <= set(asked[0][-1].kept)
    assert result.model.config.n_shared == len(asked[1][-1].kept)
    if "by and by" in request.node.name:
        assert (*widths, len(result.choice.kept)) == (8, 6, 4)


def test_polishing_soon_has_its_own_rate_which_only_falls(two_phases, toy_data, monkeypatch):
    task, config = two_phases
    rates, step = [], torch.optim.AdamW.step
    monkeypatch.setattr(
        torch.optim.AdamW, "step", lambda self: (rates.append(self.param_groups[0]["lr"]), step(self))[1]
    )
    fit(config, task, toy_data, device=CPU)
    first, second = rates[:24], rates[24:]
    assert first == [one_cycle(step, 24, config.training.learning_rate) for step in range(24)]
    assert len(second) == 24
    assert max(second[:2]) == pytest.approx(config.training.polish_rate)
    assert second[1:] == sorted(second[1:], reverse=True)
    assert second[-1] < config.training.polish_rate / 50


def test_patience_is_counted_in_each_phase_afresh(two_phases, toy_data, monkeypatch):
    task, config = two_phases
    told = iter([5, 6, 9, 9.5, 8, 8.5])
    monkeypatch.setattr(Trainer, "validate", lambda self: (next(told), 0.0))
    choice = Choice(8, (0, 1, 2, 3, 4), 0.5, 0.5, ())
    monkeypatch.setattr(training, "choose_concepts", lambda *_, **__: choice)
    result = fit(with_training(config, epochs=9, polish_epochs=4, patience=1), task, toy_data, device=CPU)
    assert [record.validation_loss for record in result.history] == [5, 6, 9, 9.5]
    assert result.best_epoch == 2
    assert result.choice == choice


class Killed(BaseException):
    """What no code catches."""


def fit_until(after, two_phases, toy_data, state):
    """The training, ended after that many epochs, when its state has just been written."""
    task, config = two_phases

    def kill(record, _):
        if record.epoch + 1 == after:
            raise Killed

    with pytest.raises(Killed):
        fit(config, task, toy_data, state=state, device=CPU, on_epoch=kill)


@pytest.mark.parametrize("after", [2, 3, 4])  # all six in one go below
def test_a_training_of_two_phases_goes_on_from_an_epoch_bit_for_bit(two_phases, polished, toy_data, tmp_path, after):
    task, config = two_phases
    state, epochs = tmp_path / "training.safetensors", []
    fit_until(after, two_phases, toy_data, state)
    assert (facts_of(state)["choice"] is None) == (after <= 3)
    resumed = fit(config, task, toy_data, state=state, device=CPU, on_epoch=lambda record, _: epochs.append(record))
    assert [record.epoch for record in epochs] == list(range(after, 6))
    assert resumed.choice == polished.choice
    assert_same_result(resumed, polished)


def test_a_training_that_is_killed_after_every_epoch_comes_to_the_same(two_phases, polished, toy_data, tmp_path):
    task, config = two_phases
    state = tmp_path / "training.safetensors"
    for after in range(1, 7):
        fit_until(after, two_phases, toy_data, state)
    resumed = fit(config, task, toy_data, state=state, device=CPU)
    assert resumed.choice == polished.choice
    assert_same_result(resumed, polished)


@pytest.mark.parametrize("moment", ["choose_concepts", "sliced", "first step", "last step"])
def test_a_kill_amid_choosing_or_polishing_changes_nothing(
    two_phases, polished, toy_data, tmp_path, monkeypatch, moment
):
    task, config = two_phases
    state, step = tmp_path / "training.safetensors", Trainer._step

    def killed(*_, **__):
        raise Killed

    def step_until_killed(self, *arguments):
        done = (len(self.history), self.step)
        return killed() if done == ((3, 0) if moment == "first step" else (3, 7)) else step(self, *arguments)

    with monkeypatch.context() as patch:
        if moment.endswith("step"):
            patch.setattr(Trainer, "_step", step_until_killed)
        else:
            patch.setattr(training, moment, killed)
        with pytest.raises(Killed):
            fit(config, task, toy_data, state=state, device=CPU)
    assert len(facts_of(state)["history"]) == 3
    resumed = fit(config, task, toy_data, state=state, device=CPU)
    assert resumed.choice == polished.choice
    assert_same_result(resumed, polished)


def test_a_finished_training_of_two_phases_is_not_chosen_again(two_phases, polished, toy_data, tmp_path, monkeypatch):
    task, config = two_phases
    state = tmp_path / "training.safetensors"
    fit(config, task, toy_data, state=state, device=CPU)
    monkeypatch.setattr(training, "choose_concepts", lambda *_, **__: pytest.fail("chosen again"))
    monkeypatch.setattr(Trainer, "run_epoch", lambda self: pytest.fail("trained again"))
    again = fit(config, task, toy_data, state=state, device=CPU)
    assert again.choice == polished.choice
    assert_same_result(again, polished)


def test_a_loss_that_is_no_number_while_polishing_leaves_the_weights_before_it(
    two_phases, toy_data, tmp_path, monkeypatch
):
    task, config = two_phases
    state = tmp_path / ".run.training.safetensors"
    diverging(monkeypatch, at_step=26)
    with pytest.raises(DivergedError, match="in epoch 4; lower the learning rate"):
        fit(config, task, toy_data, state=state, device=CPU)
    with safe_open(tmp_path / ".run.diverged.safetensors", "pt") as file:
        assert len(file.get_tensor("best/space.activation.norm.running_mean")) == 8


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
        Trainer, "_loss", lambda self, batch, *rest: (batches.append(batch), loss(self, batch, *rest))[1]
    )
    trainer.run_epoch()
    trainer.run_epoch()
    pictures = [batch.inputs["picture"] for batch in batches]
    drawn = [picture["noise"] for picture in pictures if "noise" in picture]
    assert [len(noise) for noise in drawn] == [32, 8, 32, 8]
    assert not any(torch.equal(one[:8], other[:8]) for one, other in combinations(drawn, 2))
    assert [("noise" in picture, "grain" in picture) for picture in pictures].count((False, False)) == 2


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

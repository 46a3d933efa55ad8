"""Every wiring of a model, of all modalities and of one, says the same after it was saved and loaded."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from sharcs_core.checkpoints import RunError, layout, list_runs, load_run, save_run, weights
from sharcs_core.config import HAS_CONCEPTS, WIRINGS
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.tasks import get_task
from untrained_runs import choice_of, config_of, untrained_parts, untrained_run

ALONE = [
    (wiring, (modality,)) for wiring in ("fusion", "late", "concept") for modality in ("table", "words", "picture")
]
CASES = [*((wiring, ()) for wiring in WIRINGS), *((wiring, ("words", "picture")) for wiring in WIRINGS), *ALONE]


@pytest.fixture(scope="module")
def xor_data():
    return get_task("xor_and_xor").load(seed=0, n_train=300)


def said(model, samples):
    """Local values, shared values and probabilities of samples."""
    local, shared = concepts_of(model, {name: samples[name] for name in model.config.modalities})
    return [*local.values(), *shared.values(), probabilities(model, shared)]


def assert_says_the_same(run, parts, split):
    samples = split.samples(slice(0, 50))
    before, after = said(parts["model"], samples), said(run.model, samples)
    assert np.ptp(before[-1], axis=0).max() > 1e-3  # not one answer for all
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(
            one, other, rtol=1e-5, atol=1e-6
        )  # where arrays lie in memory changes their last bit
    former, now = parts["model"].state_dict(), run.model.state_dict()
    assert list(former) == list(now)
    assert all(former[name].dtype == now[name].dtype and torch.equal(former[name], now[name]) for name in former)
    assert not run.model.training


@pytest.mark.parametrize(("wiring", "modalities"), CASES)
def test_a_model_says_the_same_after_it_was_saved_and_loaded(toy, toy_data, tmp_path, wiring, modalities):
    config = config_of(toy, wiring, modalities)
    parts = untrained_parts(toy, toy_data, config)
    run = untrained_run(toy, toy_data, tmp_path / wiring, config)
    assert_says_the_same(run, parts, toy_data.test)
    assert run.model.config == config.model
    for name, side in run.bank.sides.items():
        assert side.shared.shape == (200, config.model.width)
        assert side.local.shape == (200, 6)
        assert set(side.described) == set(config.model.modalities) - {name}
    assert len(run.bank.sides) == len(config.model.modalities)


@pytest.mark.parametrize("wiring", WIRINGS)
def test_graphs_too(xor_data, tmp_path, wiring):
    task = get_task("xor_and_xor")
    config = config_of(task, wiring, named={}, agreements=False)
    run = untrained_run(task, xor_data, tmp_path / wiring, config)
    assert_says_the_same(run, untrained_parts(task, xor_data, config), xor_data.test)


def test_a_model_with_named_concepts_that_reads_agreements_and_kept_few(xor_data, tmp_path):
    task = get_task("xor_and_xor")
    config = config_of(task, n_shared=7, named={"outer bit": 2, "middle bit": 2}, agreements=True)
    choice = choice_of(7, (0, 1, 5))
    run = untrained_run(task, xor_data, tmp_path / "named", config, choice)
    assert_says_the_same(run, untrained_parts(task, xor_data, config, choice), xor_data.test)
    assert run.config.model.n_shared == 7
    assert run.model.config.n_shared == run.bank.sides["graph"].shared.shape[1] == 3
    assert run.concept_names[:2] == ("outer bit", "middle bit")
    assert {question.factor for question in run.questions if question.kind == "agreement"} == {
        *("outer bit", "middle bit"),
        None,
    }


@pytest.mark.parametrize("wiring", HAS_CONCEPTS)
def test_a_model_with_concepts_brings_a_tree(toy, toy_data, tmp_path, wiring):
    run = untrained_run(toy, toy_data, tmp_path / wiring, config_of(toy, wiring))
    assert run.answers.shape == (256, len(run.questions))
    assert run.validation_answers.shape == (64, len(run.questions))
    assert 2 <= run.tree.n_leaves <= run.tree_leaves


@pytest.mark.parametrize("wiring", sorted(set(WIRINGS) - set(HAS_CONCEPTS)))
def test_a_model_without_concepts_says_that_there_is_no_tree(toy, toy_data, tmp_path, wiring):
    run = untrained_run(toy, toy_data, tmp_path / wiring, config_of(toy, wiring))
    assert run.questions == ()
    assert run.answers.shape == (256, 0)
    assert run.validation_answers.shape == (64, 0)
    assert run.tree_leaves == 0
    wanted = (
        rf"^The run '{wiring}' is of a model without concepts \(wiring {wiring}\), so there is no tree and nothing to "
        "explain it by; it can be evaluated$"
    )
    for ask in (lambda: run.tree, lambda: run.tree_of(5), lambda: run.concept_names):
        with pytest.raises(RunError, match=wanted):
            ask()


def test_a_model_without_concepts_has_no_tree_of_any_size_and_no_names(toy, toy_data, tmp_path):
    run = untrained_run(toy, toy_data, tmp_path / "fusion", config_of(toy, "fusion"))
    (run.path / "names.json").write_text('{"0": "the low ones"}')
    with pytest.raises(RunError, match=r"names\.json of the run 'fusion' is damaged \(there are no concepts"):
        load_run(run.path)
    (run.path / "names.json").unlink()
    restamp(run.path, lambda facts: facts.update(tree_leaves=5))
    with pytest.raises(RunError, match=r"has no tree, so that tree_leaves is 0 \(got 5\)"):
        load_run(run.path)


@pytest.mark.parametrize("wiring", sorted(set(WIRINGS) - {"sharcs"}))
def test_concepts_are_chosen_of_a_shared_space_alone(toy, toy_data, tmp_path, wiring):
    run = untrained_run(toy, toy_data, tmp_path / wiring, config_of(toy, wiring))
    given = {"n_before": 5, "kept": [0], "tree_accuracy": 1.0, "recall": 1.0, "removals": []}
    restamp(run.path, lambda facts: facts.update(choice=given))
    with pytest.raises(RunError, match=f"Only concepts of a shared space are chosen .*{wiring}"):
        load_run(run.path)


def test_a_run_without_figures_of_a_tree_is_listed_beside_others(toy, toy_data, tmp_path):
    figures = {"accuracy": 0.5, "completeness": None}
    parts = untrained_parts(toy, toy_data, config_of(toy, "late"))
    for name, found in (("late", figures), ("bare", {})):
        save_run(tmp_path / name, **{**parts, "metrics": found})
    untrained_run(toy, toy_data, tmp_path / "sharcs", config_of(toy))
    listed = {run.name: run for run in list_runs(tmp_path)}
    assert [run.error for run in listed.values()] == [None] * 3
    assert listed["late"].metrics == figures
    assert listed["bare"].metrics == {}


# --- anchors -------------------------------------------------------------------------------------------------


def restamp(path, change=lambda facts: None):
    facts = json.loads((path / "config.json").read_text())
    facts["files"] = {name: layout.sha256_of(path / name) for name in facts["files"]}
    change(facts)
    facts["sha256"] = layout.config_digest(facts)
    (path / "config.json").write_text(json.dumps(facts))


@pytest.fixture
def relative(toy, toy_data, tmp_path):
    return untrained_run(toy, toy_data, tmp_path / "relative", config_of(toy, "relative"))


def test_anchors_come_back_with_the_weights(relative, toy, toy_data):
    before = untrained_parts(toy, toy_data, relative.config)["model"]
    for name in toy_data.train.inputs:
        for field in before.fields[name]:
            buffer = f"anchors_{name}_{field}"
            assert torch.equal(before.get_buffer(buffer), relative.model.get_buffer(buffer))


def test_the_anchors_of_a_modality_whose_name_begins_with_that_of_another(xor_data, tmp_path):
    encoder = config_of(get_task("xor_and_xor")).model.encoders["table"]
    model = replace(
        config_of(get_task("xor_and_xor"), "relative", named={}, agreements=False).model,
        encoders={"table": encoder, "table_values": encoder},
        n_shared=2,
    )
    tensors = {"anchors_table_values": torch.zeros(2, 6), "anchors_table_values_values": torch.ones(2, 6)}
    found = weights._anchors({**tensors, "predictor.bias": torch.zeros(3)}, model)
    assert {name: list(inputs.arrays) for name, inputs in found.items()} == {
        "table": ["values"],
        "table_values": ["values"],
    }
    assert found["table"].arrays["values"].sum() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"anchors_words_tokens": None}, "there are no anchors of 'words'"),
        ({"anchors_words_tokens": lambda a: a[:3]}, r"5 anchors of 'words' were expected \(got 3\)"),
        ({"anchors_words_tokens": lambda a: a * 0 + 99}, "the anchors of 'words' cannot be encoded"),
        ({"anchors_table_values": lambda a: a[:, :2]}, "the anchors of 'table' cannot be encoded"),
        ({"anchors_table_values": lambda a: a * torch.nan}, "anchors_table_values holds values that are not finite"),
        ({"anchors_table_values": lambda a: a.bfloat16()}, "does not fit its config"),
        ({"anchors_table_values": lambda a: a[0, 0]}, "does not fit its config"),
        ({"anchors_picture_pixels": lambda a: a[:, 0]}, "the anchors of 'picture' cannot be encoded"),
        ({"anchors_picture_more": lambda a: torch.zeros(4)}, "arrays of inputs must be of equal length"),
    ],
)
def test_anchors_that_cannot_be_are_refused_in_one_sentence(relative, change, message):
    tensors = load_file(relative.path / "weights.safetensors")
    for name, changed in change.items():
        if changed is None:
            del tensors[name]
        else:
            tensors[name] = changed(tensors.get(name)).contiguous()
    save_file(tensors, relative.path / "weights.safetensors")
    restamp(relative.path)
    with pytest.raises(RunError, match=message) as raised:
        load_run(relative.path)
    assert "\n" not in str(raised.value)
    assert "weights.safetensors of the run 'relative' does not fit its config.json" in str(raised.value)

"""Inputs that an encoder cannot read are refused where they enter, in one sentence and before torch sees them."""

from __future__ import annotations

import numpy as np
import pytest

from sharcs_core.baselines import build_model
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_inputs
from sharcs_core.inference import concepts_of
from sharcs_core.kinds import KINDS, check_inputs
from sharcs_core.structures import Inputs
from sharcs_core.tasks import TASKS
from sharcs_core.training import fit
from sharcs_core.unusual import scores_of

MODEL = ModelConfig(
    {
        "row": EncoderConfig("tabular", 6, (4,)),
        "words": EncoderConfig("text", 9, (4, 4)),
        "grey": EncoderConfig("image", 1, (4, 4, 8)),
        "colour": EncoderConfig("image", 3, (4, 8)),
        "scene": EncoderConfig("image", 3, (4, 8), positions=True),
        "graph": EncoderConfig("graph", 1, (4,)),
        "plane": EncoderConfig("graph", 3, (4,), positions=True),
    },
    n_classes=2,
    n_local=4,
    n_shared=3,
)


def rows(*shape):
    return Inputs("tabular", {"values": np.zeros(shape, dtype=np.float32)})


def words(tokens, dtype=np.int64):
    return Inputs("text", {"tokens": np.array(tokens, dtype=dtype)})


def pictures(*shape, dtype=np.uint8):
    return Inputs("image", {"pixels": np.zeros(shape, dtype=dtype)})


def graphs(n_features=1, n_nodes=(3,), neighbours=(((0, -1), (2, 0), (1, -1)),)):
    """One graph of three nodes, unless it is asked for another."""
    nodes = np.zeros((len(n_nodes), 3, n_features), dtype=np.float32)
    return Inputs("graph", {"nodes": nodes, "n_nodes": np.array(n_nodes), "neighbours": np.array(neighbours)})


FITTING = [
    ("row", rows(2, 6)),
    ("words", words([[1, 8, 0]])),
    ("grey", pictures(1, 4, 9)),
    ("grey", pictures(1, 28, 28, 1)),
    ("colour", pictures(2, 2, 3, 3)),
    ("scene", pictures(1, 64, 80, 3)),
    ("graph", graphs()),
    ("plane", graphs(3)),
]

WRONG = [
    ("row", rows(2, 5), r"values of shape \(n, 6\) \(got \(2, 5\)\)"),
    ("row", rows(6), r"values of shape \(n, 6\) \(got \(6,\)\)"),
    ("row", Inputs("tabular", {"values": np.full((1, 6), np.nan)}), r"finite numbers \(got NaN or infinity\)"),
    ("row", pictures(1, 4, 4), r"inputs of kind 'tabular' \(got 'image'\)"),
    ("words", words([1, 2]), r"tokens of shape \(n, L\), whole numbers \(got int64 \(2,\)\)"),
    ("words", words([[1.0]], np.float32), r"whole numbers \(got float32 \(1, 1\)\)"),
    ("words", words([[1, 9]]), r"tokens from 0 to 8 \(got 1 to 9\)"),
    ("words", words([[1, -1]]), r"tokens from 0 to 8 \(got -1 to 1\)"),
    ("grey", pictures(1, 28, 28, 3), r"pixels of shape \(n, H, W\), at least 4 × 4 \(got \(1, 28, 28, 3\)\)"),
    ("grey", pictures(1, 3, 28), r"at least 4 × 4 \(got \(1, 3, 28\)\)"),
    ("grey", pictures(1, 28, 28, dtype=np.float32), r"type uint8 or uint16 \(got float32\)"),
    ("colour", pictures(1, 28, 28), r"pixels of shape \(n, H, W, 3\), at least 2 × 2 \(got \(1, 28, 28\)\)"),
    ("scene", pictures(1, 80, 80), r"pixels of shape \(n, H, W, 3\), at least 64 × 64 \(got \(1, 80, 80\)\)"),
    ("scene", pictures(1, 80, 63, 3), r"at least 64 × 64 \(got \(1, 80, 63, 3\)\)"),
    ("graph", graphs(2), r"nodes of shape \(n, N, 1\) \(got \(1, 3, 2\)\)"),
    ("plane", graphs(1), r"nodes of shape \(n, N, 3\) \(got \(1, 3, 1\)\)"),
    ("graph", graphs(n_nodes=(0,)), r"graphs of 1 to 3 nodes \(got 0 to 0\)"),
    ("graph", graphs(n_nodes=(4,)), r"graphs of 1 to 3 nodes \(got 4 to 4\)"),
    ("graph", graphs(n_nodes=(2,)), r"nodes of the same graph, or -1 \(got -1 to 2\)"),
    ("graph", graphs(neighbours=(((0,), (3,), (1,)),)), r"nodes of the same graph, or -1 \(got 0 to 3\)"),
    ("graph", graphs(neighbours=(((0,), (-2,), (1,)),)), r"nodes of the same graph, or -1 \(got -2 to 1\)"),
    ("graph", graphs(neighbours=((0, 1, 2),)), r"neighbours of shape \(n, N, D\), whole numbers \(got int64 \(1, 3"),
    ("graph", graphs(neighbours=(((0.5,), (0,), (0,)),)), r"whole numbers \(got float64 \(1, 3, 1\)\)"),
    ("sound", rows(1, 6), r"The model reads no 'sound'; give it inputs of \['row', 'words', 'grey',"),
]


def test_every_kind_of_modality_is_checked():
    assert {MODEL.encoders[name].kind for name, _ in FITTING} == set(KINDS)


@pytest.mark.parametrize(("modality", "inputs"), FITTING)
def test_what_an_encoder_can_read_is_read(modality, inputs):
    check_inputs(MODEL, modality, inputs)
    local, shared = concepts_of(build_model(MODEL).eval(), {modality: inputs})
    assert (local[modality].shape, shared[modality].shape) == ((len(inputs), 4), (len(inputs), 3))
    assert np.isfinite(shared[modality]).all()


@pytest.mark.parametrize(("modality", "inputs", "message"), WRONG)
def test_what_no_encoder_can_read_is_named_with_what_was_expected_and_what_came(modality, inputs, message):
    with pytest.raises(UserError, match=message) as refused:
        concepts_of(build_model(MODEL).eval(), {modality: inputs})
    assert repr(modality) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_explanations_and_what_is_usual_refuse_inputs_of_another_width(toy_run):
    for ask in (
        lambda: explain_inputs(toy_run, {"table": rows(1, 5)}),
        lambda: scores_of(toy_run, "table", rows(1, 5)),
        lambda: scores_of(toy_run, "picture", pictures(1, 8, 8, 3)),
    ):
        with pytest.raises(UserError, match=r"expects (values|pixels) of shape"):
            ask()


def test_only_one_input_of_a_modality_is_explained(toy_run):
    with pytest.raises(ValueError, match=r"Give one input of each modality \(got {'table': 2}\)"):
        explain_inputs(toy_run, {"table": rows(2, 4)})
    with pytest.raises(ValueError, match=r"got {'table': 0}"):
        explain_inputs(toy_run, {"table": rows(0, 4)})


def test_a_training_on_data_of_another_width_does_not_begin(toy, toy_data):
    config = toy.preset()
    config.model.encoders["table"].__dict__["n_features"] = 5  # as settings that were edited by hand would have it
    with pytest.raises(UserError, match=r"'table' expects values of shape \(n, 5\) \(got \(256, 4\)\)"):
        fit(config, toy, toy_data)


@pytest.mark.parametrize("name", ["xor_and_xor", "xor_four_ways"])
def test_what_the_tasks_make_is_what_their_presets_read(name):
    data, config = TASKS[name].load(seed=0), TASKS[name].preset()
    for modality in config.model.modalities:
        check_inputs(config.model, modality, data.train.inputs[modality])

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from sharcs_core.config import EncoderConfig, ModelConfig, TrainingConfig, run_config_from_json
from sharcs_core.data import TASKS, get_task

PRESETS = [task.preset(seed=3) for task in TASKS.values()]


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.task)
def test_settings_survive_json(config):
    assert run_config_from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.task)
def test_presets_are_no_wider_than_the_authors(config):
    widest = {"xor_and_xor": 7, "mnist_superpixels": 12}[config.task]
    assert config.model.n_local <= widest
    assert config.model.n_shared <= widest
    assert config.training.seed == 3


def test_settings_cannot_be_changed_behind_ones_back():
    with pytest.raises(FrozenInstanceError):
        PRESETS[0].training.epochs = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alignment": "hope"}, "Unknown alignment 'hope'; choose one of"),
        ({"epochs": 0}, r"epochs must be at least 1 \(got 0\)"),
        ({"batch_size": 1}, "batch_size must be at least 2"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"temperature": float("nan")}, "temperature must be positive"),
        ({"alignment_weight": -1.0}, "alignment_weight must be at least 0"),
        ({"alignment_weight": float("nan")}, "alignment_weight must be at least 0"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_training_settings_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        replace(TrainingConfig(epochs=3), **change)


def test_model_settings_are_checked():
    encoder = EncoderConfig("tabular", 4, (8,))
    two = {"a": encoder, "b": encoder}
    with pytest.raises(ValueError, match=r"at least two modalities \(got \['a'\]\)"):
        ModelConfig({"a": encoder}, 2, 3, 3)
    with pytest.raises(ValueError, match="n_shared must be at least 1"):
        ModelConfig(two, 2, 3, 0)
    with pytest.raises(ValueError, match="slope must be positive"):
        ModelConfig(two, 2, 3, 3, slope=-1)
    with pytest.raises(ValueError, match="Unknown kind of modality 'smell'"):
        EncoderConfig("smell", 4, (8,))
    with pytest.raises(ValueError, match="hidden must name at least one width"):
        EncoderConfig("tabular", 4, ())


def without(values, *path):
    copy = json.loads(json.dumps(values))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy


GOOD = PRESETS[0].to_json()


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "settings",
        {},
        {**GOOD, "model": None},
        {**GOOD, "model": {**GOOD["model"], "encoders": []}},
        {**GOOD, "model": {**GOOD["model"], "n_local": "many"}},
        {**GOOD, "model": {**GOOD["model"], "encoders": {"a": {"kind": "tabular", "hidden": 3, "n_features": 1}}}},
        {**GOOD, "training": {**GOOD["training"], "epochs": -4}},
        {**GOOD, "unheard_of": 1},
        without(GOOD, "training", "epochs"),
        without(GOOD, "model", "encoders", "table", "kind"),
    ],
)
def test_nonsense_is_refused_with_a_value_error(values):
    with pytest.raises(ValueError, match=r"\w"):
        run_config_from_json(values)


def test_an_unknown_task_is_named_beside_those_there_are():
    with pytest.raises(ValueError, match=r"Unknown task 'chess'; choose one of \[.*'xor_and_xor'"):
        get_task("chess")

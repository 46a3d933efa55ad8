import json
from dataclasses import FrozenInstanceError, replace

import pytest

from sharcs_core.config import WIRINGS, EncoderConfig, ModelConfig, TrainingConfig, run_config_from_json
from sharcs_core.data import TASKS, get_task

PRESETS = [task.preset(seed=3) for task in TASKS.values()]

# What the authors' code has for each task. On CLEVR there is nothing to compare with: they report no widths for it.
WIDTHS_OF_THE_AUTHORS = {
    **dict.fromkeys(("xor_and_xor", "xor_three_ways", "xor_four_ways"), 7),
    **dict.fromkeys(("mnist_superpixels", "half_mnist"), 12),
}
PUBLISHED = [config for config in PRESETS if config.task in WIDTHS_OF_THE_AUTHORS]


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.task)
def test_settings_survive_json(config):
    assert run_config_from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("config", PRESETS, ids=lambda config: config.task)
def test_presets_are_of_sharcs_itself_and_take_the_seed(config):
    assert config.model.wiring == "sharcs"
    assert config.model.modalities == tuple(modality.name for modality in TASKS[config.task].modalities)
    assert config.training.seed == 3


@pytest.mark.parametrize("config", PUBLISHED, ids=lambda config: config.task)
def test_presets_are_no_wider_than_the_authors(config):
    widest = WIDTHS_OF_THE_AUTHORS[config.task]
    assert config.model.n_local <= widest
    assert config.model.n_shared <= widest


def test_only_clevr_has_no_published_widths():
    assert {config.task for config in PRESETS} - set(WIDTHS_OF_THE_AUTHORS) == {"clevr"}


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
    with pytest.raises(ValueError, match="n_shared must be at least 1"):
        ModelConfig(two, 2, 3, 0)
    with pytest.raises(ValueError, match="slope must be positive"):
        ModelConfig(two, 2, 3, 3, slope=-1)
    with pytest.raises(ValueError, match="Unknown kind of modality 'smell'"):
        EncoderConfig("smell", 4, (8,))
    with pytest.raises(ValueError, match="hidden must name at least one width"):
        EncoderConfig("tabular", 4, ())


ENCODER = EncoderConfig("tabular", 4, (8,))


def model_of(n_modalities, wiring):
    return ModelConfig({f"m{i}": ENCODER for i in range(n_modalities)}, 2, 3, 3, wiring=wiring)


def test_an_unknown_wiring_is_named_beside_those_there_are():
    with pytest.raises(ValueError, match=r"Unknown wiring 'spaghetti'; choose one of \['sharcs', .*'embedding'\]"):
        model_of(2, "spaghetti")


@pytest.mark.parametrize("wiring", WIRINGS)
def test_no_wiring_does_without_a_modality_and_each_takes_several(wiring):
    with pytest.raises(ValueError, match=r"at least one modality \(got none\)"):
        model_of(0, wiring)
    assert [model_of(n, wiring).modalities for n in (2, 4)] == [("m0", "m1"), ("m0", "m1", "m2", "m3")]


@pytest.mark.parametrize("wiring", ["sharcs", "relative", "embedding"])
def test_one_modality_has_nobody_to_share_with(wiring):
    with pytest.raises(ValueError, match=r"at least two modalities \(got \['m0'\]\)"):
        model_of(1, wiring)


@pytest.mark.parametrize("wiring", ["fusion", "late", "concept"])
def test_one_modality_is_enough_where_nothing_is_shared(wiring):
    assert model_of(1, wiring).modalities == ("m0",)


def test_settings_from_before_there_were_wirings_are_those_of_sharcs():
    assert run_config_from_json(without(GOOD, "model", "wiring")).model.wiring == "sharcs"


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
        {**GOOD, "model": {**GOOD["model"], "wiring": "spaghetti"}},
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

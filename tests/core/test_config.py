import json
import re
import subprocess
import sys
import tracemalloc
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from sharcs_core.config import (
    HAS_CONCEPTS,
    MAX_SEED,
    WIRINGS,
    EncoderConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    run_config_from_json,
)
from sharcs_core.errors import UserError
from sharcs_core.kinds import build_encoder
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.tabular import TableForm
from sharcs_core.modality_names import ATTRIBUTES, MAX_LENGTH, OPTIONS, check_modality_name
from sharcs_core.structures import Factor
from sharcs_core.tasks import TASKS, get_task
from sharcs_core.tasks.card import Modality

ROOT = Path(__file__).resolve().parents[2]
INF, NAN = float("inf"), float("nan")
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
    assert config.model.modalities == tuple(modality.name for modality in TASKS[config.task].card.modalities)
    assert config.training.seed == 3


@pytest.mark.parametrize("config", PUBLISHED, ids=lambda config: config.task)
def test_presets_are_no_wider_than_the_authors(config):
    widest = WIDTHS_OF_THE_AUTHORS[config.task]
    assert config.model.n_local <= widest
    assert config.model.n_shared <= widest


def test_only_clevr_has_no_published_widths():
    assert {config.task for config in PRESETS} - set(WIDTHS_OF_THE_AUTHORS) == {"clevr", "clevr_reasons"}


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
        ({"temperature": 0.0}, r"temperature must be positive \(got 0.0\)"),
        ({"temperature": NAN}, r"temperature must be finite \(got nan\)"),
        ({"alignment_weight": -1.0}, "alignment_weight must be at least 0"),
        ({"alignment_weight": NAN}, r"alignment_weight must be finite \(got nan\)"),
        ({"seed": -1}, r"seed must be at least 0 \(got -1\)"),
        ({"seed": MAX_SEED + 1}, r"seed must be at most 4294967295 \(got 4294967296\)"),
        ({"polish_epochs": 3}, r"polish_epochs must be fewer than the 3 epochs \(got 3\)"),
        ({"polish_epochs": 2**40}, "polish_epochs must be fewer than the 3 epochs"),
        ({"learning_rate": 1e300}, r"learning_rate must be at most 1e\+30 \(got 1e\+300\)"),
        ({"tolerance": INF}, r"tolerance must be finite \(got inf\)"),
    ],
)
def test_training_settings_are_checked(change, message):
    with pytest.raises(UserError, match=message):
        replace(TrainingConfig(epochs=3), **change)
    with pytest.raises(UserError, match=message):
        TrainingConfig(**{"epochs": 3, **change})


WHOLE = ("epochs", "batch_size", "patience", "seed", "polish_epochs")
AMOUNTS = tuple(f.name for f in fields(TrainingConfig) if f.name not in (*WHOLE, "alignment", "balanced"))


@pytest.mark.parametrize("setting", WHOLE)
@pytest.mark.parametrize("value", [1.5, 3.0, True, INF, NAN, "3", None, -1], ids=repr)
def test_a_count_takes_nothing_but_whole_numbers_from_0_on(setting, value):
    with pytest.raises(UserError, match=rf"^{setting} must be (a whole number|at least \d) \(got {value!r}\)$"):
        TrainingConfig(**{"epochs": 3, setting: value})


@pytest.mark.parametrize("setting", AMOUNTS)
@pytest.mark.parametrize("value", [True, INF, -INF, NAN, "0.1", None, -0.5, 1j], ids=repr)
def test_an_amount_takes_nothing_but_finite_numbers_from_0_on(setting, value):
    with pytest.raises(UserError, match=rf"^{setting} must be (a number|finite|positive|at least 0\S*) \(got .*\)$"):
        TrainingConfig(**{"epochs": 3, setting: value})


def test_whole_numbers_are_amounts_and_are_kept_as_such():
    assert TrainingConfig(epochs=3, learning_rate=1) == TrainingConfig(epochs=3, learning_rate=1.0)


def test_a_setting_that_there_is_not_and_one_that_is_missing_are_named():
    with pytest.raises(UserError, match=r"^There is no setting 'epoch'; take it out$"):
        TrainingConfig(epochs=3, epoch=4)
    with pytest.raises(UserError, match=r"^epochs must be given$"):
        TrainingConfig()
    with pytest.raises(UserError, match=r"^epochs must be a whole number \(got 2\.5\)$"):
        TrainingConfig(2.5)  # by its name where it is given by its place, too


def test_the_largest_seed_suits_every_generator():
    import numpy as np
    import torch
    from sklearn.utils import check_random_state

    seed = TrainingConfig(epochs=1, seed=MAX_SEED).seed
    assert np.random.default_rng(seed).random() != check_random_state(seed).random()
    assert torch.Generator().manual_seed(seed).initial_seed() == MAX_SEED
    with pytest.raises(ValueError, match="between 0 and 2"):
        check_random_state(MAX_SEED + 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"kind": "tabular", "jitter": 0.1},
            r"^jitter varies graphs and pictures with positions and nothing else \(got",
        ),
        ({"kind": "text", "jitter": 0.1}, r"\(got jitter 0\.1 of kind 'text' without positions\); set it to 0$"),
        ({"kind": "graph", "jitter": 0.1}, "jitter 0.1 of kind 'graph' without positions"),
        ({"kind": "image", "jitter": 1e-9}, "jitter 1e-09 of kind 'image' without positions"),
        ({"kind": "tabular", "positions": True}, r"^Only graphs, .* positions \(got kind 'tabular'\); "),
        ({"kind": "text", "positions": True, "jitter": 0.1}, "jitter 0.1 of kind 'text' with positions"),
        ({"kind": "graph", "positions": True, "n_features": 1}, "n_features must be at least 2"),
    ],
)
def test_what_an_encoder_would_ignore_or_fail_at_is_refused_where_it_is_configured(settings, message):
    with pytest.raises(UserError, match=message):
        EncoderConfig(**{"n_features": 3, "hidden": (8,), **settings})


def test_what_can_be_varied_is():
    for kind in ("graph", "image"):
        assert EncoderConfig(kind, 3, (8,), positions=True, jitter=0.1).jitter == 0.1


BAD_NAMES = (
    "type",
    "forward",
    "a->b",
    "",
    " ",
    "two words",
    "2nd",
    "_a",
    "a-b",
    "a/b",
    "a.b",
    "ü",
    "a\n",
    "x" * 41,
    "json",
)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_breaks_models_commands_or_addresses_is_refused_where_it_is_given(name):
    with pytest.raises(
        UserError, match=r"^A modality cannot be called '.*; (call it by 1 to 40 of|rename it)"
    ) as caught:
        replace(model_of(2, "sharcs"), encoders={name: ENCODER, "m1": ENCODER})
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ValueError, match="A modality cannot be called"):
        Modality(name, "Any", TableForm((Column("a"),)))
    with pytest.raises(UserError, match="A modality cannot be called"):
        run_config_from_json(claiming("model", "encoders", value={name: GOOD["model"]["encoders"]["table"]}))


def test_any_other_name_makes_a_model_and_an_option():
    from sharcs_core.baselines import build_model

    for name in ("graph", "A", "x" * MAX_LENGTH, "a_2_", "Runs", "loads"):
        build_model(replace(model_of(2, "sharcs"), encoders={name: ENCODER, "m1": ENCODER}))


def test_every_name_that_torch_keeps_for_itself_is_refused():
    from torch import nn

    kept = {name for name in dir(nn.ModuleDict()) if re.fullmatch(r"[A-Za-z]\w*", name)}
    assert kept <= ATTRIBUTES | OPTIONS
    for name in kept:
        with pytest.raises(UserError, match="which torch calls a part of every model"):
            check_modality_name(name)


def test_settings_are_made_without_torch():
    code = "import sys, sharcs_core.config; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_model_settings_are_checked():
    encoder = EncoderConfig("tabular", 4, (8,))
    two = {"a": encoder, "b": encoder}
    with pytest.raises(UserError, match="n_shared must be at least 1"):
        ModelConfig(two, 2, 3, 0)
    with pytest.raises(UserError, match="slope must be positive"):
        ModelConfig(two, 2, 3, 3, slope=-1)
    with pytest.raises(UserError, match="Unknown kind of modality 'smell'"):
        build_encoder(EncoderConfig("smell", 4, (8,)), 3)
    with pytest.raises(UserError, match="hidden must name at least one width"):
        EncoderConfig("tabular", 4, ())


ENCODER = EncoderConfig("tabular", 4, (8,))


def model_of(n_modalities, wiring):
    return ModelConfig({f"m{i}": ENCODER for i in range(n_modalities)}, 2, 3, 3, wiring=wiring)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoders": {"m0": ENCODER, "m1": None}}, r"^encoders\.m1 must be EncoderConfig \(got None\)$"),
        ({"encoders": {0: ENCODER, 1: ENCODER}}, r"^encoders\.0 must be text \(got 0\)$"),
        ({"n_classes": 2.0}, r"^n_classes must be a whole number \(got 2\.0\)$"),
        ({"n_local": False}, r"^n_local must be a whole number \(got False\)$"),
        ({"slope": NAN}, r"^slope must be finite \(got nan\)$"),
        ({"agreements": 1}, r"^agreements must be true or false \(got 1\)$"),
        ({"agreements": True, "wiring": "late", "encoders": {"m0": ENCODER}}, "at least two modalities"),
        ({"named": {"size": 1}}, r"^named\.size must be at least 2 \(got 1\)$"),
        ({"named": {"size": 2.0}}, r"^named\.size must be a whole number \(got 2\.0\)$"),
        ({"named": {"size": True}}, r"^named\.size must be a whole number \(got True\)$"),
        ({"named": {7: 2}}, r"^named\.7 must be text \(got 7\)$"),
        ({"named": ["size"]}, r"^named must be an object \(got \['size'\]\)$"),
        ({"named": {"size": 4}}, r"^4 named concepts need as many concepts \(got 3\)$"),
        ({"named": {"size": 2, "shape": 3}}, r"^4 named concepts need as many concepts \(got 3\)$"),
        ({"named": {"size": 5}, "n_local": 9}, r"^5 named concepts need as many concepts \(got 3\)$"),
        ({"named": {"size": 5}, "n_shared": 9, "wiring": "concept"}, r"^5 named concepts .* \(got 3\)$"),
    ],
)
def test_settings_of_a_model_are_checked_one_sentence_each(change, message):
    with pytest.raises(UserError, match=message):
        replace(model_of(2, "sharcs"), **change)


@pytest.mark.parametrize("wiring", WIRINGS)
def test_only_concepts_are_named(wiring):
    if wiring in HAS_CONCEPTS:
        assert replace(model_of(2, wiring), named={"size": 2, "tone": 2}).n_named == 2
        return
    with pytest.raises(UserError, match=rf"^A model of wiring '{wiring}' has no concepts to name \(got .*'size': 2"):
        replace(model_of(2, wiring), named={"size": 2})


@pytest.mark.parametrize("wiring", WIRINGS)
def test_only_concepts_of_a_shared_space_are_chosen_and_polished(wiring):
    training = TrainingConfig(epochs=4, polish_epochs=3)
    if wiring == "sharcs":
        assert RunConfig("toy", model_of(2, wiring), training).training.polish_epochs == 3
        return
    with pytest.raises(UserError, match=rf"Only concepts of a shared space .*'{wiring}'.*; set polish_epochs to 0$"):
        RunConfig("toy", model_of(2, wiring), training)


def test_factors_have_their_concepts_one_after_the_other_before_the_free_ones():
    named = {"size": 2, "shape": 3, "tone": 2, "colour": 4}
    config = replace(model_of(2, "sharcs"), n_shared=11, named=named)
    assert config.factors == (Factor("size", 2, 0), Factor("shape", 3, 1), Factor("tone", 2, 4), Factor("colour", 4, 5))
    assert [concept for factor in config.factors for concept in factor.concepts] == list(range(config.n_named))
    assert model_of(2, "sharcs").factors == ()


def test_a_model_is_as_wide_as_what_it_gives_to_the_predictor():
    widths = {wiring: replace(model_of(2, wiring), n_local=6, n_shared=4).width for wiring in WIRINGS}
    assert widths == {"sharcs": 4, "relative": 4, "embedding": 4, "fusion": 6, "late": 6, "concept": 6}


def test_parts_of_the_settings_of_a_run_are_no_plain_objects():
    with pytest.raises(UserError, match=r"^training must be TrainingConfig \(got \{'epochs': 3\}\)$"):
        RunConfig("toy", model_of(2, "sharcs"), {"epochs": 3})
    with pytest.raises(UserError, match=r"^task must be text \(got None\)$"):
        RunConfig(None, model_of(2, "sharcs"), TrainingConfig(3))
    with pytest.raises(UserError, match=r"^test_size must be at least 1 \(got 0\)$"):
        RunConfig("toy", model_of(2, "sharcs"), TrainingConfig(3), test_size=0)


def test_what_was_given_can_be_changed_later_without_changing_the_settings():
    encoders, named = {"a": ENCODER, "b": ENCODER}, {"size": 2}
    config = ModelConfig(encoders, 2, 3, 3, named=named)
    encoders["c"], named["shape"] = ENCODER, 2
    assert config.modalities == ("a", "b")
    assert config.n_named == 1


def test_an_unknown_wiring_is_named_beside_those_there_are():
    with pytest.raises(UserError, match=r"Unknown wiring 'spaghetti'; choose one of \['sharcs', .*'embedding'\]"):
        model_of(2, "spaghetti")


@pytest.mark.parametrize("wiring", WIRINGS)
def test_no_wiring_does_without_a_modality_and_each_takes_several(wiring):
    with pytest.raises(UserError, match=r"at least one modality \(got none\)"):
        model_of(0, wiring)
    assert [model_of(n, wiring).modalities for n in (2, 4)] == [("m0", "m1"), ("m0", "m1", "m2", "m3")]


@pytest.mark.parametrize("wiring", ["sharcs", "relative", "embedding"])
def test_one_modality_has_nobody_to_share_with(wiring):
    with pytest.raises(UserError, match=r"at least two modalities \(got \['m0'\]\)"):
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
    with pytest.raises(UserError, match=r"\w"):
        run_config_from_json(values)


def test_an_unknown_task_is_named_beside_those_there_are():
    with pytest.raises(UserError, match=r"Unknown task 'chess'; choose one of \[.*'xor_and_xor'"):
        get_task("chess")


def claiming(*path, value):
    copy = json.loads(json.dumps(GOOD))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy


@pytest.mark.parametrize("wiring", HAS_CONCEPTS)
def test_settings_with_names_and_choosing_survive_json(wiring):
    model = replace(model_of(2, wiring), n_local=9, n_shared=9, named={"colour": 4, "size": 2}, agreements=True)
    training = TrainingConfig(epochs=9, polish_epochs=4 if wiring == "sharcs" else 0, tolerance=0.01)
    config = RunConfig("toy", model, training, bank_size=5)
    found = run_config_from_json(json.loads(json.dumps(config.to_json())))
    assert found == config
    assert found.model.factors == config.model.factors == (Factor("colour", 4, 0), Factor("size", 2, 4))


def test_a_file_that_claims_a_thousand_million_values_takes_no_room_for_them():
    many = 10**9
    claim = claiming("model", "n_shared", value=2 * many + 2)
    claim["model"]["named"] = {"first": many, "second": many, "third": 2}
    tracemalloc.start()
    config = run_config_from_json(claim)
    assert config.model.n_named == 2 * many + 1
    assert config.model.factors == (
        Factor("first", many, 0),
        Factor("second", many, many),
        Factor("third", 2, 2 * many),
    )
    with pytest.raises(UserError, match=r"^1000000000 named concepts need as many concepts"):
        run_config_from_json(claiming("model", "named", value={"first": many}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        (claiming("training", "epochs", value="9" * 10**6), "epochs"),
        (claiming("training", "epochs", value=list(range(10**5))), "epochs"),
        (claiming("model", "named", value=["size"] * 10**5), "named"),
        (claiming("model", "slope", value=10**4000), "slope"),
        (claiming("training", "learning_rate", value=10**400), "learning_rate"),
    ],
)
def test_a_message_stays_one_sentence_however_long_what_came(claim, name):
    with pytest.raises(UserError, match=rf"^[a-z.]+\.{name} must be ") as caught:
        run_config_from_json(claim)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("training", "epochs"), 3.0, r"epochs must be a whole number \(got 3\.0\)"),
        (("training", "learning_rate"), "0.1", "learning_rate must be a number"),
        (("training", "seed"), 2**32, "seed must be at most 4294967295"),
        (("training", "momentum"), 0.9, "There is no setting 'momentum'; take it out"),
        (("model", "depth"), 3, "There is no setting 'depth'; take it out"),
        (
            ("model", "encoders", "table", "hidden"),
            "88",
            r"^model\.encoders\.table\.hidden must be a list \(got '88'\)$",
        ),
        (("model", "encoders", "table", "hidden"), [[8]], r"^model\.encoders\.table\.hidden\.0 must be a whole number"),
        (("model", "encoders", "table", "hidden"), [], "hidden must name at least one width"),
        (("model", "encoders", "table", "size"), 1, "There is no setting 'size'; take it out"),
        (("model", "encoders", "table"), None, r"^model\.encoders\.table must be an object \(got None\)$"),
        (("training",), None, r"^training must be an object \(got None\)$"),
        (("task",), ["toy"], "task must be text"),
        (("training", "learning_rate"), NAN, "training.learning_rate must be finite"),
        (("training", "epochs"), 10**4000, r"^training\.epochs must be at most 9223372036854775807 \(got 1000"),
        (("task",), "\ud800", r"^it is not JSON that one can read \(.* line 1 column 17\)$"),
    ],
)
def test_json_is_checked_as_strictly_as_settings_made_here(path, value, message):
    with pytest.raises(UserError, match=message):
        run_config_from_json(claiming(*path, value=value))

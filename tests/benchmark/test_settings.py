"""Which settings make two cells the same model: those that something reads."""

import pytest

from sharcs_benchmark.settings import counting_settings

SETTINGS = {
    "task": "clevr",
    "model": {
        "wiring": "sharcs",
        "n_local": 7,
        "n_shared": 7,
        "projection_hidden": 32,
        "named": {},
        "agreements": False,
    },
    "training": {
        "epochs": 10,
        "alignment": "contrastive",
        "alignment_weight": 1.0,
        "temperature": 0.5,
        "margin": 1.0,
        "naming_weight": 2.0,
        "polish_epochs": 0,
        "polish_rate": 2e-3,
        "tolerance": 0.003,
    },
    "test_size": 500,
}


def with_changes(**changes):
    """The settings, some of the model's or of the training's changed."""
    parts = {
        part: {name: changes.pop(name, value) for name, value in SETTINGS[part].items()}
        for part in ("model", "training")
    }
    return {**SETTINGS, **parts, **changes}


def same(one, other):
    return counting_settings(one) == counting_settings(other)


LATER = {"model": ("named", "agreements"), "training": ("naming_weight", "polish_epochs", "polish_rate", "tolerance")}


def as_first_written(settings):
    parts = {part: {n: v for n, v in settings[part].items() if n not in names} for part, names in LATER.items()}
    return {**settings, **parts}


def test_settings_of_before_some_came_to_be_are_those_of_today_that_do_without_them():
    assert same(as_first_written(SETTINGS), SETTINGS)
    assert not same(as_first_written(SETTINGS), with_changes(agreements=True))
    assert not same(as_first_written(SETTINGS), with_changes(polish_epochs=3))
    assert not same(as_first_written(SETTINGS), with_changes(named={"size": 2}))
    assert not same(as_first_written(SETTINGS), with_changes(epochs=11))


@pytest.mark.parametrize(
    ("where", "idle"),
    [
        ({}, {"margin": 2.0}),
        ({}, {"polish_rate": 1e-4}),
        ({}, {"tolerance": 0.1}),
        ({}, {"naming_weight": 1.0}),
        ({}, {"test_size": 9}),
        ({"alignment": "triplet"}, {"temperature": 2.0}),
        ({"alignment": "distance"}, {"temperature": 2.0}),
        ({"alignment": "none"}, {"alignment_weight": 0.3}),
        ({"alignment": "none"}, {"temperature": 0.3}),
        *(({"wiring": wiring}, {"n_shared": 3}) for wiring in ("fusion", "late", "concept")),
        ({"wiring": "concept"}, {"projection_hidden": 3}),
    ],
)
def test_what_nothing_reads_makes_no_difference(where, idle):
    assert same(with_changes(**where), with_changes(**where, **idle))


@pytest.mark.parametrize(
    ("where", "read"),
    [
        ({}, {"temperature": 2.0}),
        ({}, {"alignment_weight": 2.0}),
        ({}, {"n_shared": 3}),
        ({}, {"n_local": 3}),
        ({"alignment": "triplet"}, {"margin": 2.0}),
        ({"polish_epochs": 3}, {"polish_rate": 1e-4}),
        ({"polish_epochs": 3}, {"tolerance": 0.1}),
        ({"named": {"size": 2}}, {"naming_weight": 1.0}),
        ({"named": {"size": 2}}, {"named": {"size": 3}}),
        *(({"wiring": wiring}, {"n_shared": 3}) for wiring in ("relative", "embedding")),
        ({"wiring": "concept"}, {"n_local": 3}),
    ],
)
def test_what_something_reads_does(where, read):
    assert not same(with_changes(**where), with_changes(**{**where, **read}))

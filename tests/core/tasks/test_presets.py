"""The settings of every task, with free concepts and with named ones."""

from __future__ import annotations

from itertools import product

import pytest

from sharcs_core.tasks import TASKS
from sharcs_core.tasks.task import CONCEPTS
from toy_task import ToyTask

EVERY_TASK = tuple(TASKS)


@pytest.mark.parametrize(("name", "concepts"), list(product(EVERY_TASK, CONCEPTS)))
def test_a_preset_teaches_all_known_factors_or_none(name, concepts):
    task = TASKS[name]
    config = task.preset(seed=5, concepts=concepts)
    n_values = {factor: len(set(values)) for factor, values in task.card.factors.items()}
    assert config.model.named == (n_values if concepts == "named" else {})
    assert config.model.n_shared >= config.model.n_named == sum(1 if n == 2 else n for n in config.model.named.values())
    assert (config.task, config.training.seed) == (name, 5)
    assert config.model.modalities == tuple(modality.name for modality in task.card.modalities)


@pytest.mark.parametrize("name", EVERY_TASK)
def test_free_concepts_are_chosen_of_more_than_are_wanted(name):
    assert TASKS[name].preset(concepts="free").training.polish_epochs > 0


@pytest.mark.parametrize("name", EVERY_TASK)
def test_unless_something_else_is_asked_for_a_run_is_called_as_its_task(name):
    task = TASKS[name]
    assert task.preset() == task.preset(concepts=task.default_concepts)
    (other,) = set(CONCEPTS) - {task.default_concepts}
    names = [task.run_name(concepts) for concepts in (None, task.default_concepts, other)]
    assert names == [name, name, f"{name}_{other}"]


@pytest.mark.parametrize("name", EVERY_TASK)
def test_concepts_of_an_unknown_kind_are_refused(name):
    with pytest.raises(ValueError, match=r"^Unknown concepts 'few'; choose one of \['free', 'named'\]$"):
        TASKS[name].preset(concepts="few")


def test_concepts_cannot_be_named_where_no_factors_are_known():
    with pytest.raises(ValueError, match=r"^toy knows no factors that concepts could be named after; train free ones$"):
        ToyTask().preset(concepts="named")

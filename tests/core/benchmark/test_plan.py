"""Which cells a benchmark has, and that every model gets the same budget."""

import pytest

from sharcs_core.benchmark.plan import (
    BUDGET,
    EDGE_COUNT,
    EPOCHS,
    FIVE_SEEDS,
    SANITY,
    STUDIES,
    TASKS,
    changed,
    configured,
    models_of,
    plans,
    variant_of,
)
from sharcs_core.config import ALIGNMENT_WEIGHTS
from sharcs_core.data import get_task


def keys(*args, **kwargs):
    return [plan.key for plan in plans(*args, **kwargs)]


def test_no_two_cells_share_a_file():
    paths = [key.path for key in keys()]
    assert len(paths) == len(set(paths))


def test_block_a_is_sharcs_on_all_data_as_the_preset_says():
    found = plans(["A"])
    assert {plan.key.model for plan in found} == {"sharcs"}
    assert {plan.key.task for plan in found} == set(TASKS)
    assert all(plan.n_train is None for plan in found)
    assert all(plan.config == get_task(plan.key.task).preset(plan.key.seed) for plan in found)
    assert tuple(plan.key.seed for plan in found if plan.key.task == "xor_and_xor") == FIVE_SEEDS


@pytest.mark.parametrize("task", TASKS)
def test_block_b_gives_every_model_the_same_budget(task):
    found = plans(["B"], [task])
    assert {plan.key.model for plan in found} == set(models_of(task))
    assert {plan.n_train for plan in found} == {BUDGET.get(task)}
    trained = [plan.config.training for plan in found if plan.key.model != EDGE_COUNT]
    assert len({(one.epochs, one.batch_size, one.learning_rate) for one in trained}) == 1
    assert task == "xor_and_xor" or trained[0].epochs == EPOCHS


def test_the_seed_of_a_cell_is_the_seed_of_its_training():
    assert all(plan.config.training.seed == plan.key.seed for plan in plans())


def test_only_the_embeddings_and_sharcs_are_aligned():
    for plan in plans(["B"], ["clevr"]):
        aligned = plan.config.training.alignment != "none"
        assert aligned == (plan.key.model in ("sharcs", "contrastive", "triplet")), plan.key


def test_models_of_one_modality_have_one_encoder():
    for plan in plans(["B"], ["half_mnist"], ["unimodal"]):
        (modality,) = plan.config.model.modalities
        assert plan.key.model == f"unimodal_{modality}"


def test_studies_change_one_thing_each():
    for task, changes in STUDIES.items():
        variants = {plan.key.variant for plan in plans(["C"], [task])}
        assert variants == {variant_of(one) for one in changes}


@pytest.mark.parametrize("task", sorted({*STUDIES} & {*TASKS}))
def test_no_cell_of_a_study_repeats_the_one_it_varies(task):
    base = plans(["B"], [task], ["sharcs"], [0])[0].config
    for plan in plans(["C"], [task], seeds=[0]):
        assert plan.config != base, plan.key
        assert plan.config.model.encoders == base.model.encoders


def test_sanity_checks_are_of_sharcs_on_every_task():
    assert {(key.task, key.variant) for key in keys(["S"])} == {(task, one) for task in TASKS for one in SANITY}


def test_seeds_tasks_and_models_narrow_the_choice():
    found = keys(["B"], ["xor_and_xor"], ["sharcs", "unimodal"], [7])
    assert [(key.model, key.seed) for key in found] == [("sharcs", 7), ("unimodal_table", 7), ("unimodal_graph", 7)]


def test_quick_has_every_model_of_every_task_on_few_samples():
    found = plans(quick=True)
    assert {plan.key.block for plan in found} == {"Q"}
    assert {(plan.key.task, plan.key.model) for plan in found} == {(task, m) for task in TASKS for m in models_of(task)}
    assert all(plan.n_train == 200 and plan.config.training.epochs == 2 for plan in found)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"blocks": ["Z"]}, "block 'Z'"), ({"tasks": ["mnist"]}, "task 'mnist'"), ({"models": ["gpt"]}, "model 'gpt'")],
)
def test_what_there_is_not_is_refused_by_name(wrong, says):
    with pytest.raises(ValueError, match=f"Unknown {says}; choose"):
        plans(**wrong)


def test_an_alignment_brings_its_own_weight_unless_one_is_given():
    preset = get_task("xor_and_xor").preset()
    assert changed(preset, {"alignment": "distance"}).training.alignment_weight == ALIGNMENT_WEIGHTS["distance"]
    assert changed(preset, {"alignment": "triplet", "alignment_weight": 0.25}).training.alignment_weight == 0.25
    assert configured(preset, "contrastive").model.wiring == "embedding"

"""Which cells a benchmark has, and that every model gets the same budget."""

import pytest

from sharcs_benchmark.plan import (
    BUDGET,
    COMPARED,
    EDGE_COUNT,
    EPOCHS,
    FIVE_SEEDS,
    MAX_POLISH,
    SANITY,
    STUDIES,
    TAUGHT,
    WAYS,
    WIRING_OF,
    changed,
    configured,
    models_of,
    plans,
    preset_for,
    variant_of,
)
from sharcs_benchmark.tables.targets import shipped_runs
from sharcs_core.config import ALIGNMENT_WEIGHTS
from sharcs_core.tasks import TASKS, get_task


def keys(*args, **kwargs):
    return [plan.key for plan in plans(*args, **kwargs)]


def test_no_two_cells_share_a_file():
    paths = [key.path for key in keys()]
    assert len(paths) == len(set(paths))


def test_block_a_has_the_shipped_runs_on_all_data_as_their_presets_say():
    found = plans(["A"])
    assert {(plan.key.task, plan.key.model) for plan in found} == {
        ("xor_and_xor", "sharcs_named"),
        ("xor_four_ways", "sharcs_named"),
        *((task, model) for task in COMPARED[1:] for model in ("sharcs", "sharcs_named")),
    }
    assert all(plan.n_train is None for plan in found)
    for plan in found:
        concepts = "named" if plan.key.model == "sharcs_named" else "free"
        assert plan.config == get_task(plan.key.task).preset(plan.key.seed, concepts=concepts)
        assert bool(plan.config.model.named) == (concepts == "named")
    assert tuple(plan.key.seed for plan in found if plan.key.task == "xor_and_xor") == FIVE_SEEDS


def test_every_task_is_compared_but_those_that_differ_from_another_in_their_modalities_only():
    answering = {name for name, task in TASKS.items() if task.card.deciding == task.card.names}
    assert set(COMPARED) | set(WAYS) == {name for name in answering if "toy" not in name}  # toys are the tests' own
    assert set(COMPARED) & set(WAYS) == {WAYS[0]}
    assert len({get_task(name).card.target.names for name in WAYS}) == 1
    assert [len(get_task(name).card.modalities) for name in WAYS] == [2, 3, 4]


def test_what_was_asked_is_asked_of_the_runs_of_block_a():
    assert {(run.task, run.model) for run in shipped_runs()} == {
        (plan.key.task, plan.key.model) for plan in plans(["A"])
    }
    for run in shipped_runs():
        assert run.modalities == get_task(run.task).preset(0, concepts="named").model.modalities


@pytest.mark.parametrize("task", COMPARED)
def test_block_b_gives_every_model_the_same_budget(task):
    found = plans(["B"], [task])
    assert {plan.key.model for plan in found} == set(models_of(task))
    assert {plan.n_train for plan in found} == {BUDGET.get(task)}
    trained = [plan.config.training for plan in found if plan.key.model != EDGE_COUNT]
    assert len({(one.epochs, one.batch_size, one.learning_rate) for one in trained}) == 1
    assert task == "xor_and_xor" or trained[0].epochs == EPOCHS


@pytest.mark.parametrize("task", COMPARED)
def test_only_sharcs_chooses_concepts_and_within_the_budget(task):
    for plan in plans(["B"], [task]):
        training = plan.config.training
        if plan.key.model in ("sharcs", "sharcs_named"):
            own = preset_for(plan.key.model, task).training.polish_epochs
            assert training.polish_epochs == (own if task == "xor_and_xor" else min(own, MAX_POLISH))
        else:
            assert training.polish_epochs == 0
            assert not plan.config.model.agreements


@pytest.mark.parametrize("task", COMPARED)
def test_only_the_named_models_are_taught_names_and_the_same_ones(task):
    models = {plan.key.model: plan.config.model for plan in plans(["B"], [task], seeds=[0])}
    taught = {name for name, model in models.items() if model.named}
    assert taught == {"sharcs_named", "concept_named"}
    assert models["concept_named"].named == models["sharcs_named"].named
    assert models["concept_named"].wiring == "concept"
    assert models["concept_named"].n_local == models["sharcs_named"].n_named


@pytest.mark.parametrize("block", ["C", "S"])
def test_studies_and_sanity_checks_keep_all_free_concepts(block):
    for plan in plans([block]):
        assert plan.key.model == "sharcs"
        assert plan.config.training.polish_epochs == 0
        assert not plan.config.model.named


def test_the_other_models_are_made_from_the_settings_for_free_concepts():
    for plan in plans(["B"], ["clevr"]):
        if plan.key.model not in TAUGHT:
            free = get_task("clevr").preset(0, concepts="free").model
            assert plan.config.model.n_local == free.n_local
            assert plan.config.model.predictor_hidden == free.predictor_hidden


@pytest.mark.parametrize("family", WIRING_OF)
def test_every_model_can_be_made_from_named_concepts_that_are_chosen_and_agree(family):
    preset = preset_for("sharcs_named", "clevr")
    settings = {"polish_epochs": 2, "agreements": True}
    rich = changed(preset, settings)
    model = f"{family}_image" if family.startswith("unimodal") else family
    other = configured(rich, model)
    keeps = family in ("sharcs", "sharcs_named")
    assert (other.training.polish_epochs, other.model.agreements) == ((2, True) if keeps else (0, False))
    assert bool(other.model.named) == (family in TAUGHT)


def test_a_wiring_brings_what_follows_from_it():
    rich = changed(preset_for("sharcs_named", "clevr"), {"polish_epochs": 2, "agreements": True})
    assert changed(rich, {"wiring": "fusion"}).model.named == {}
    assert changed(rich, {"wiring": "concept"}).model.named == rich.model.named
    assert changed(rich, {"wiring": "concept", "polish_epochs": 3}).training.polish_epochs == 0


def test_the_seed_of_a_cell_is_the_seed_of_its_training():
    assert all(plan.config.training.seed == plan.key.seed for plan in plans())


def test_only_the_embeddings_and_sharcs_are_aligned():
    for plan in plans(["B"], ["clevr"]):
        aligned = plan.config.training.alignment != "none"
        assert aligned == (plan.key.model in ("sharcs", "sharcs_named", "contrastive", "triplet")), plan.key


def test_models_of_one_modality_have_one_encoder():
    for plan in plans(["B"], ["half_mnist"], ["unimodal"]):
        (modality,) = plan.config.model.modalities
        assert plan.key.model == f"unimodal_{modality}"


def test_studies_change_one_thing_each():
    for task, changes in STUDIES.items():
        variants = {plan.key.variant for plan in plans(["C"], [task])}
        assert variants == {variant_of(one) for one in changes}


@pytest.mark.parametrize("task", sorted({*STUDIES} & {*COMPARED}))
def test_no_cell_of_a_study_repeats_the_one_it_varies(task):
    (base,) = [plan.config for plan in plans(["C"], [task], seeds=[0]) if not plan.key.variant]
    assert base.training.polish_epochs == 0
    for plan in plans(["C"], [task], seeds=[0]):
        assert (plan.config == base) == (plan.key.variant == ""), plan.key
        assert plan.config.model.encoders == base.model.encoders


def test_sanity_checks_are_of_sharcs_on_every_task():
    assert {(key.task, key.variant) for key in keys(["S"])} == {(task, one) for task in COMPARED for one in SANITY}


def test_seeds_tasks_and_models_narrow_the_choice():
    found = keys(["B"], ["xor_and_xor"], ["sharcs", "unimodal"], [7])
    assert [(key.model, key.seed) for key in found] == [("sharcs", 7), ("unimodal_table", 7), ("unimodal_graph", 7)]


def test_quick_has_every_model_of_every_task_on_few_samples():
    found = plans(quick=True)
    assert {plan.key.block for plan in found} == {"Q"}
    assert {(plan.key.task, plan.key.model) for plan in found} == {
        (task, m) for task in COMPARED for m in models_of(task)
    }
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

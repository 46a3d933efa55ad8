"""Definitions: every figure that is measured has one, and every model says what it cannot do."""

from __future__ import annotations

import json

import pytest

from made_up_cells import made_up_cells
from sharcs_benchmark.definitions import (
    DEFINITIONS,
    Definition,
    definition,
    figure_at,
    measured_by,
    title_at,
    versions_of,
)
from sharcs_benchmark.models import MODELS, model_of, model_order, why_not
from sharcs_benchmark.plan import plans

FACTS = {"task", "run", "data_source", "seed", "n_train", "n_bank", "n_test"}
"""What an evaluation says of itself, which is no figure."""
SETTINGS = {"noise_level", "n_samples", "n_moves", "n_left_out", "levels", "counts", "rates"}
"""What a curve was measured at."""


def leaves(values, path=()):
    if isinstance(values, dict):
        for name, inner in values.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path


def undefined(figures):
    none_of_it = {(name,) for name in ("retrieval", "missing") if figures.get(name) is None}
    asked = {path for path in leaves(figures) if not {path[0], path[-1]} & (FACTS | SETTINGS)}
    return {path for path in asked - none_of_it if not figure_at(path)}


@pytest.mark.parametrize("name", ["xor_and_xor", "mnist_superpixels"])
def test_every_figure_of_a_shipped_run_is_defined(shipped_runs, name):
    figures = json.loads((shipped_runs / name / "metrics.json").read_text())
    assert figures
    assert not undefined(figures)


def test_every_figure_that_an_evaluation_yields_is_defined(toy_run, toy, toy_data):
    from sharcs_core.comparison import training_concepts
    from sharcs_core.evaluation import evaluate

    train = training_concepts(toy_run.model, toy, toy_data, toy_run.config)
    figures = evaluate(toy_run.model, toy, train, toy_data.test, toy_data.source, "toy", 0)
    assert "retrieval" in figures
    assert not undefined(figures)


def test_every_figure_of_a_made_up_cell_is_defined():
    for cell in made_up_cells():
        assert not undefined(cell.figures)


def test_a_figure_without_a_definition_is_told():
    assert figure_at(("no_such_figure",)) is None
    with pytest.raises(ValueError, match="no_such_figure"):
        definition("no_such_figure")


@pytest.mark.parametrize("figure", DEFINITIONS)
def test_a_definition_says_all_of_it(figure):
    one = DEFINITIONS[figure]
    assert one.says.endswith(".")
    assert one.not_available.endswith(".")
    assert one.source
    assert one.span in one.hover
    assert one.says in one.hover
    assert one.low is None or one.high is None or one.low < one.high


@pytest.mark.parametrize("figure", DEFINITIONS)
def test_a_definition_that_was_changed_says_what_it_was_before(figure):
    one = DEFINITIONS[figure]
    assert (one.version > 1) == bool(one.formerly)
    assert one.formerly in one.versions


def test_what_came_to_be_measured_anew_is_of_the_second_version():
    changed = {name for name, one in DEFINITIONS.items() if one.version == 2}
    of_the_tree = {"completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes"}
    assert changed == {*of_the_tree, "absent"}


def test_figures_have_the_versions_of_what_they_were_measured_by():
    figures = {"fidelity": None, "missing": {"a": {"absent": 0.5, "absent_over_bank": 0.4}}, "n_test": 9, "noise": {}}
    assert versions_of(figures) == {"fidelity": 2, "absent": 2, "absent_over_bank": 1}
    assert measured_by(("missing_rates", "image", "described")) == "described"
    assert measured_by(("missing_rates", "rates")) == "missing_rates"
    assert measured_by(("n_test",)) is None


@pytest.mark.parametrize("figure", ["interventions", "right_edit", "edits_needed"])
def test_how_often_something_was_tried_is_no_figure(figure):
    for name in ("n_samples", "n_moves", "n_left_out", "noise_level"):
        assert figure_at((figure, name)) is None


def test_goodness_rises_with_what_is_better():
    def better(kind: str, first: float, second: float) -> bool:
        one = Definition("x", "X.", "us", better=kind)
        return one.goodness(first) > one.goodness(second)

    assert better("higher", 0.9, 0.8)
    assert better("lower", 0.8, 0.9)
    assert better("nearer to 1", 1.1, 4.0)
    assert better("nearer to 1", 0.9, 1.2)
    assert not better("neither", 0.9, 0.8)
    assert not better("neither", 0.8, 0.9)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        (("accuracy",), "accuracy"),
        (("retrieval", "image->graph", "recall_at_1"), "recall@1, image → graph"),
        (("retrieval", "image->graph", "chance", "mrr"), "chance of MRR, image → graph"),
        (("missing", "graph+image", "absent"), "absent, no graph, no image"),
        (("missing", "graph", "majority"), "majority, no graph"),
        (("semantics_accuracy", "table"), "semantics accuracy, table"),
        (("interventions", "area", "greedy"), "area under the intervention curve, greedy"),
        (("modality_probe", "chance"), "modality told apart, chance"),
        (("missing", "graph", "absent_over_bank"), "absent, over the bank, no graph"),
        (("right_edit", "balanced_accuracy"), "right edit, balanced accuracy"),
        (("right_edit", "never_changes"), "right edit, never changing"),
        (("edits_needed", "p90"), "edits needed, p90"),
        (("edits_needed", "share_one"), "one edit is enough"),
        (("small_tree", "accuracy"), "small tree, accuracy"),
        (("small_tree", "leaves"), "leaves of the small tree"),
    ],
)
def test_numbers_are_called_by_their_figure_and_place(path, title):
    assert title_at(path) == title


def test_every_model_of_the_plan_is_known_and_sharcs_can_do_everything():
    names = {plan.key.model for plan in plans()}
    assert {model_of(name).title for name in names}
    assert not MODELS["sharcs"].cannot
    assert not MODELS["sharcs_named"].cannot


@pytest.mark.parametrize("name", [*MODELS, "unimodal_image", "unimodal_concept_text"])
def test_what_a_model_cannot_do_are_figures_with_a_definition(name):
    assert set(model_of(name).cannot) <= set(DEFINITIONS)


def test_concepts_and_a_shared_space_decide_what_can_be_had():
    assert why_not("concept_multimodal", "completeness") is None
    assert why_not("concept_multimodal", "recall_at_1")
    assert why_not("contrastive", "completeness")
    assert why_not("contrastive", "recall_at_1") is None
    assert why_not("unimodal_concept_graph", "completeness") is None
    assert why_not("unimodal_graph", "completeness")
    assert why_not("unimodal_graph", "absent")
    for model in ("concept_multimodal", "concept_named", "unimodal_concept_graph"):
        assert why_not(model, "one_move") is None  # it has concepts that a person can set
    assert "own" in why_not("concept_multimodal", "n_concepts")  # concept 3 of one modality is not that of another
    assert why_not("concept_named", "n_concepts") is None  # unless they are taught the same
    assert why_not("unimodal_concept_graph", "n_concepts") is None
    assert why_not("late_fusion", "right_edit_never_changes")
    assert why_not("unimodal_graph", "absent_over_bank")
    assert why_not("a model of tomorrow", "absent") is None


def test_an_unknown_model_is_told_what_there_is():
    with pytest.raises(ValueError, match="late_fusion"):
        model_of("no_such_model")


def test_models_are_listed_sharcs_first_and_those_of_one_modality_last():
    names = ["unimodal_graph", "late_fusion", "unimodal_concept_graph", "sharcs"]
    assert sorted(names, key=model_order) == ["sharcs", "late_fusion", "unimodal_concept_graph", "unimodal_graph"]

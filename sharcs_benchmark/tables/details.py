"""The tables behind the comparison: retrieval in full, missing modalities, stand-ins, noise, interventions …

Each function takes the groups of one task and block and gives a table, or None where nothing of it was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sharcs_benchmark.tables.captions import caption, group_title, in_titles, without
from sharcs_benchmark.tables.comparison import model_row, names_of
from sharcs_benchmark.tables.seeds import Group, Value, value_of
from sharcs_benchmark.tables.table import Column, Entry, Row, Table, entry_of_value, mark_best

RETRIEVAL_FIGURES = {"recall_at_1": "recall@1", "recall_at_5": "recall@5", "map": "mAP", "mrr": "MRR"}


def retrieval_table(groups: Sequence[Group]) -> Table | None:
    """Each model and ordered pair of modalities: the four figures, each beside its chance."""
    columns = tuple(
        column
        for figure, title in RETRIEVAL_FIGURES.items()
        for column in (Column(title, figure, (figure,)), Column(f"{title}, chance", "chance", ("chance", figure)))
    )
    rows = [
        Row(f"{group_title(group)}, {in_titles(group.task, pair)}", "", _entries(group, columns, "retrieval", pair))
        for group in groups
        for pair in group.names("retrieval")
    ]
    return _table("Retrieval in full", groups, columns, rows)


def attribute_table(groups: Sequence[Group]) -> Table | None:
    """Each model and ordered pair: recall@1 of every attribute."""
    factors = dict.fromkeys(f for group in groups for p in group.names(ATTRIBUTES) for f in group.names(ATTRIBUTES, p))
    columns = tuple(Column(factor, ATTRIBUTES, (factor,)) for factor in factors)
    rows = [
        Row(f"{group_title(group)}, {in_titles(group.task, pair)}", "", _entries(group, columns, ATTRIBUTES, pair))
        for group in groups
        for pair in group.names(ATTRIBUTES)
    ]
    return _table("Retrieval of each attribute (recall@1)", groups, columns, rows)


ATTRIBUTES = "attribute_retrieval"


def missing_table(groups: Sequence[Group]) -> Table | None:
    """Each model and set of missing modalities: accuracy described and absent, and what that loses."""
    columns = (
        Column("accuracy", "accuracy", ("accuracy",)),
        Column("described", "described", ("described",)),
        Column("drop", "drop", ("described",)),
        Column("absent", "absent", ("absent",)),
        Column("drop, absent", "drop", ("absent",)),
        Column("absent, over the bank", "absent_over_bank", ("absent_over_bank",)),
        Column("majority", "majority_accuracy", ("majority",)),
    )
    rows = [
        Row(f"{group_title(group)}, {without(group.task, subset)}", "", _missing_entries(group, subset))
        for group in groups
        for subset in group.names("missing")
        if any(group.mean("missing", subset, how) is not None for how in ("described", "absent"))
    ]
    return _table("Missing modalities, every subset", groups, columns, rows)


def _missing_entries(group: Group, subset: str) -> tuple[Entry, ...]:
    accuracy = group.value("accuracy")
    described, absent = (group.value("missing", subset, how) for how in ("described", "absent"))
    over_bank = group.value("missing", subset, "absent_over_bank")
    majority = group.value("missing", subset, "majority") or group.value("majority_accuracy")
    drops = [_drop(group, subset, how) for how in ("described", "absent")]
    values = ((accuracy, "accuracy"), (described, "described"), (drops[0], "drop"))
    others = ((absent, "absent"), (drops[1], "drop"), (over_bank, "absent_over_bank"), (majority, "majority_accuracy"))
    return tuple(entry_of_value(value, figure) for value, figure in (*values, *others))


def _drop(group: Group, subset: str, how: str) -> Value | None:
    """What the accuracy loses, seed by seed."""
    behind = group.behind("missing", subset, how)
    one_by_one = [Group((cell,)) for cell in group.cells if cell.behind(("missing", subset, how)) == behind]
    pairs = [(one.mean("accuracy"), one.mean("missing", subset, how)) for one in one_by_one]
    return value_of([whole - left for whole, left in pairs if whole is not None and left is not None], behind)


def rates_table(groups: Sequence[Group]) -> Table | None:
    """Each model, modality and handling: accuracy at each share of samples that miss the modality."""
    rates = max((group.curve("missing_rates", "rates") for group in groups), key=len, default=())
    curves = [
        (
            f"{group_title(group)}, {without(group.task, name)}, {how.replace('_', ' ')}",
            group.curve("missing_rates", name, how),
            group.behind("missing_rates", name, how),
        )
        for group in groups
        for name in group.names("missing_rates")
        if name != "rates"
        for how in group.names("missing_rates", name)
    ]
    return _curve_table("Accuracy by share of samples that miss a modality", groups, "missing_rates", rates, curves)


def stand_in_table(groups: Sequence[Group]) -> Table | None:
    """Each model and modality: how far stand-ins are from what they stand for, beside shuffled pairs."""
    marks = {"median": "median", "q25": "lower quartile", "q75": "upper quartile", "p95": "95th percentile"}
    columns = (
        *(Column(title, "stand_in_error", (mark,), "stand-in") for mark, title in marks.items()),
        *(Column(title, "stand_in_error", ("shuffled", mark), "shuffled") for mark, title in marks.items()),
    )
    rows = [
        Row(
            f"{group_title(group)}, {in_titles(group.task, name)}",
            "",
            _entries(group, columns, "stand_in_error", name),
        )
        for group in groups
        for name in group.names("stand_in_error")
    ]
    return _table("Stand-in errors", groups, columns, rows)


def noise_table(groups: Sequence[Group]) -> Table | None:
    """Each model: accuracy at each strength of noise."""
    levels = max((group.curve("noise", "levels") for group in groups), key=len, default=())
    curves = [(group_title(group), group.curve("noise", "accuracy"), 0) for group in groups]
    return _curve_table("Accuracy under noise", groups, "noise", levels, curves)


def intervention_table(groups: Sequence[Group]) -> Table | None:
    """Each model: area under the curve of each policy."""
    policies = names_of(groups, "interventions", "area")
    columns = tuple(Column(policy, "intervention_area", ("interventions", "area", policy)) for policy in policies)
    rows = [model_row(group, columns) for group in groups if group.names("interventions", "area")]
    table = _table("Interventions: area under the curve of each policy", groups, columns, mark_best(columns, rows))
    return replace(table, remarks=(_setting(groups),)) if table else None


def _setting(groups: Sequence[Group]) -> str:
    """What the concepts were set right on."""
    levels, sizes = ({group.mean("interventions", name) for group in groups} for name in ("noise_level", "n_samples"))
    noise = " or ".join(f"{level:g}" for level in sorted(filter(None, levels))) or "0"
    samples = " or ".join(f"{size:,.0f}" for size in sorted(filter(None, sizes))) or "all"
    return f"Inputs under noise of level {noise}; {samples} test samples."


def difficulty_table(groups: Sequence[Group]) -> Table | None:
    """Each model: accuracy by how near a question is to the truth."""
    kinds = names_of(groups, "by_difficulty")
    columns = tuple(Column(kind, "by_difficulty", ("by_difficulty", kind)) for kind in kinds)
    rows = [model_row(group, columns) for group in groups if group.names("by_difficulty")]
    return _table("Accuracy by difficulty of the question", groups, columns, mark_best(columns, rows))


def concepts_table(groups: Sequence[Group]) -> Table | None:
    """Each model: how few its concepts are, how clear, and what changing them does."""
    columns = (
        Column("T", "n_concepts", ("n_concepts",)),
        Column("dead", "n_dead", ("n_dead",)),
        Column("redundancy", "redundancy", ("redundancy",)),
        Column("with a twin", "n_twins", ("n_twins",)),
        Column("mean", "nameable", ("nameable", "mean"), "nameable"),
        Column("shuffled", "nameable_shuffled", ("nameable", "shuffled"), "nameable"),
        Column("one move", "one_move", ("one_move",)),
        Column("any switch", "any_switch", ("any_switch",)),
        Column("right edit", "right_edit", ("right_edit", "balanced_accuracy"), "right edit"),
        Column("never changing", "right_edit_never_changes", ("right_edit", "never_changes"), "right edit"),
        Column("always the commonest", "right_edit_always_commonest", ("right_edit", "always_commonest"), "right edit"),
        Column("median", "edits_needed", ("edits_needed", "median"), "edits needed"),
        Column("nine in ten", "edits_needed", ("edits_needed", "p90"), "edits needed"),
        Column("one is enough", "one_edit_is_enough", ("edits_needed", "share_one"), "edits needed"),
        Column("accuracy", "small_tree", ("small_tree", "accuracy"), "small tree"),
        Column("fidelity", "small_tree_fidelity", ("small_tree", "fidelity"), "small tree"),
        Column("leaves", "small_tree_leaves", ("small_tree", "leaves"), "small tree"),
        Column("depth", "small_tree_depth", ("small_tree", "depth"), "small tree"),
    )
    rows = [model_row(group, columns) for group in groups if group.value("one_move") or group.value("n_concepts")]
    return _table("Concepts: how few, how clear, and what changing them does", groups, columns, rows)


def inside_table(groups: Sequence[Group]) -> Table | None:
    """Each model: what it means by its concepts, how alike the modalities are, and how big the tree is."""
    columns = (
        Column("balanced accuracy", "balanced_accuracy", ("balanced_accuracy",)),
        Column("completeness, normalised", "completeness_normalised", ("completeness_normalised",)),
        Column("majority", "majority_accuracy", ("majority_accuracy",)),
        *_named(groups, "unimodal_ceiling", "ceiling"),
        *_named(groups, "semantics_accuracy", "semantics"),
        *(
            Column(
                f"{in_titles(groups[0].task, name)}{', shuffled' * (kind == 'shuffled')}",
                "concept_alignment",
                ("concept_alignment", name, kind),
                "CAS",
            )
            for name in names_of(groups, "concept_alignment")
            for kind in ("mean", "shuffled")
        ),
        Column("modality told apart", "modality_probe", ("modality_probe", "accuracy")),
        Column("chance", "chance", ("modality_probe", "chance"), "modality told apart,"),
        *(
            Column(
                f"{in_titles(groups[0].task, pair)}, {kind}",
                "code_agreement",
                ("code_agreement", pair, kind),
                "code agreement",
            )
            for pair in names_of(groups, "code_agreement")
            for kind in ("equal", "other")
        ),
        Column("depth", "tree_depth", ("tree_depth",), "tree"),
        Column("leaves", "tree_leaves", ("tree_leaves",), "tree"),
        Column("commonest answer", "majority_prediction", ("majority_prediction",)),
    )
    return _table("Further figures", groups, columns, [model_row(group, columns) for group in groups])


def _named(groups: Sequence[Group], figure: str, heading: str) -> Iterable[Column]:
    return (
        Column(in_titles(groups[0].task, name), figure, (figure, name), heading) for name in names_of(groups, figure)
    )


def _entries(group: Group, columns: Sequence[Column], *under: str) -> tuple[Entry, ...]:
    return tuple(entry_of_value(group.value(*under, *column.path), column.figure) for column in columns)


def _curve_table(
    title: str,
    groups: Sequence[Group],
    figure: str,
    places: Sequence[float],
    curves: Iterable[tuple[str, Sequence[float], int]],
) -> Table | None:
    """A row a curve, each told by its name, its numbers and how many versions ago it was defined as it was measured."""
    columns = tuple(
        Column(f"{place:.0%}" if figure == "missing_rates" else f"{place:g}", figure, ()) for place in places
    )
    rows = [
        Row(name, "", tuple(entry_of_value(value_of([number], behind), figure) for number in curve))
        for name, curve, behind in curves
        if len(curve) == len(places) > 0
    ]
    return _table(title, groups, columns, rows)


def _table(title: str, groups: Sequence[Group], columns: Sequence[Column], rows: Iterable[Row]) -> Table | None:
    rows = tuple(row for row in rows if any(entry.number is not None for entry in row.entries))
    return Table(title, caption(groups), tuple(columns), rows) if rows else None


DETAILS: tuple[Callable[[Sequence[Group]], Table | None], ...] = (
    retrieval_table,
    concepts_table,
    attribute_table,
    missing_table,
    rates_table,
    stand_in_table,
    noise_table,
    intervention_table,
    difficulty_table,
    inside_table,
)
"""In the order of RESULTS.md."""

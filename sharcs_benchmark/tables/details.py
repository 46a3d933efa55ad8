"""The tables behind the comparison: retrieval in full, missing modalities, stand-ins, noise, interventions …

Each function takes the groups of one task and block and gives a table, or None where nothing of it was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sharcs_benchmark.nested import KeyPath
from sharcs_benchmark.tables.captions import caption, group_title, in_titles, without
from sharcs_benchmark.tables.comparison import ACCURACY, MAJORITY, N_CONCEPTS, ONE_MOVE, model_row, names_of
from sharcs_benchmark.tables.groups import DROP, Group, Value
from sharcs_benchmark.tables.table import Column, Entry, Row, Table, entry_of, entry_of_value, mark_best

NAME = "(name)"
"""In the path of a column: the name that a row is of, such as a pair of modalities."""
RETRIEVAL_FIGURES = {"recall_at_1": "recall@1", "recall_at_5": "recall@5", "map": "mAP", "mrr": "MRR"}
QUANTILES = {"median": "median", "q25": "lower quartile", "q75": "upper quartile", "p95": "95th percentile"}


def retrieval_table(groups: Sequence[Group]) -> Table | None:
    """Each model and ordered pair of modalities: the four figures, each beside its chance."""
    columns = [
        Column.of(told, "retrieval", NAME, *path)
        for figure, title in RETRIEVAL_FIGURES.items()
        for told, path in ((title, (figure,)), (f"{title}, chance", ("chance", figure)))
    ]
    return _table("Retrieval in full", groups, columns, _named_rows(groups, columns))


def attribute_table(groups: Sequence[Group]) -> Table | None:
    """Each model and ordered pair: recall@1 of every attribute."""
    figure = "attribute_retrieval"
    factors = dict.fromkeys(name for pair in names_of(groups, figure) for name in names_of(groups, figure, pair))
    columns = [Column.of(factor, figure, NAME, factor) for factor in factors]
    return _table("Retrieval of each attribute (recall@1)", groups, columns, _named_rows(groups, columns))


def missing_table(groups: Sequence[Group]) -> Table | None:
    """Each model and set of missing modalities: accuracy described and absent, and what that loses."""
    columns = [
        ACCURACY,
        Column.of("described", "missing", NAME, "described"),
        Column.of("drop", "missing", NAME, "described", DROP),
        Column.of("absent", "missing", NAME, "absent"),
        Column.of("drop, absent", "missing", NAME, "absent", DROP),
        Column.of("absent, over the bank", "missing", NAME, "absent_over_bank"),
        MAJORITY,
    ]
    return _table("Missing modalities, every subset", groups, columns, _named_rows(groups, columns, without))


def rates_table(groups: Sequence[Group]) -> Table | None:
    """Each model, modality and handling: accuracy at each share of samples that miss the modality."""
    curves = [
        (group, f", {without(group.task, name)}, {how.replace('_', ' ')}", ("missing_rates", name, how))
        for group in groups
        for name in group.names("missing_rates")
        for how in group.names("missing_rates", name)
    ]
    title = "Accuracy by share of samples that miss a modality"
    return _curve_table(title, groups, ("missing_rates", "rates"), curves, "{:.0%}")


def stand_in_table(groups: Sequence[Group]) -> Table | None:
    """Each model and modality: how far stand-ins are from what they stand for, beside shuffled pairs."""
    columns = [
        Column.of(title, "stand_in_error", NAME, *which, quantile, heading=heading)
        for heading, which in (("stand-in", ()), ("shuffled", ("shuffled",)))
        for quantile, title in QUANTILES.items()
    ]
    return _table("Stand-in errors", groups, columns, _named_rows(groups, columns))


def noise_table(groups: Sequence[Group]) -> Table | None:
    """Each model: accuracy at each strength of noise."""
    curves = [(group, "", ("noise", "accuracy")) for group in groups]
    return _curve_table("Accuracy under noise", groups, ("noise", "levels"), curves, "{:g}")


def intervention_table(groups: Sequence[Group]) -> Table | None:
    """Each model: area under the curve of each policy."""
    table = _best_table("Interventions: area under the curve of each policy", groups, "interventions", "area")
    return replace(table, remarks=(_setting(groups),)) if table else None


def _setting(groups: Sequence[Group]) -> str:
    """What the concepts were set right on."""
    levels, sizes = ({group.mean("interventions", name) for group in groups} for name in ("noise_level", "n_samples"))
    noise = " or ".join(f"{level:g}" for level in sorted(filter(None, levels))) or "0"
    samples = " or ".join(f"{size:,.0f}" for size in sorted(filter(None, sizes))) or "all"
    return f"Inputs under noise of level {noise}; {samples} test samples."


def difficulty_table(groups: Sequence[Group]) -> Table | None:
    """Each model: accuracy by how near a question is to the truth."""
    return _best_table("Accuracy by difficulty of the question", groups, "by_difficulty")


def concepts_table(groups: Sequence[Group]) -> Table | None:
    """Each model: how few its concepts are, how clear, and what changing them does."""
    columns = [
        N_CONCEPTS,
        Column.of("dead", "n_dead"),
        Column.of("redundancy", "redundancy"),
        Column.of("with a twin", "n_twins"),
        *_inner("nameable", {"mean": "mean", "shuffled": "shuffled"}),
        ONE_MOVE,
        Column.of("any switch", "any_switch"),
        Column.of("right edit", "right_edit", "balanced_accuracy", heading="right edit"),
        *_inner("right_edit", {"never_changes": "never changing", "always_commonest": "always the commonest"}),
        *_inner("edits_needed", {"median": "median", "p90": "nine in ten", "share_one": "one is enough"}),
        *_inner("small_tree", dict(zip(PARTS_OF_A_TREE, PARTS_OF_A_TREE, strict=True))),
    ]
    having = [group for group in groups if group.value("one_move") or group.value("n_concepts")]
    return _table("Concepts: how few, how clear, and what changing them does", groups, columns, _rows(having, columns))


PARTS_OF_A_TREE = ("accuracy", "fidelity", "leaves", "depth")


def inside_table(groups: Sequence[Group]) -> Table | None:
    """Each model: what it means by its concepts, how alike the modalities are, and how big the tree is."""
    columns = [
        Column.of("balanced accuracy", "balanced_accuracy"),
        Column.of("completeness, normalised", "completeness_normalised"),
        MAJORITY,
        *_by_name(groups, "unimodal_ceiling", "ceiling"),
        *_by_name(groups, "semantics_accuracy", "semantics"),
        *_by_name(groups, "concept_alignment", "CAS", {"mean": "", "shuffled": ", shuffled"}),
        Column.of("modality told apart", "modality_probe", "accuracy"),
        Column.of("chance", "modality_probe", "chance", heading="modality told apart,"),
        *_by_name(groups, "code_agreement", "code agreement", {"equal": ", equal", "other": ", other"}),
        Column.of("depth", "tree_depth", heading="tree"),
        Column.of("leaves", "tree_leaves", heading="tree"),
        Column.of("commonest answer", "majority_prediction"),
    ]
    return _table("Further figures", groups, columns, _rows(groups, columns))


def _inner(figure: str, titles: dict[str, str]) -> list[Column]:
    """The parts of a figure under its own name."""
    return [Column.of(title, figure, part, heading=figure.replace("_", " ")) for part, title in titles.items()]


def _by_name(groups: Sequence[Group], figure: str, heading: str, parts: dict[str, str] | None = None) -> list[Column]:
    """A column for each name under a figure, and for each of the parts that stand there."""
    return [
        Column.of(f"{in_titles(groups[0].task, name)}{told}", figure, name, *filter(None, [part]), heading=heading)
        for name in names_of(groups, figure)
        for part, told in (parts or {"": ""}).items()
    ]


def _rows(groups: Iterable[Group], columns: Sequence[Column]) -> list[Row]:
    return [model_row(group, columns) for group in groups]


def _named_rows(
    groups: Sequence[Group], columns: Sequence[Column], titled: Callable[[str, str], str] = in_titles
) -> Iterator[Row]:
    """A row for each model and name under the figure of the columns."""
    figures = {column.path[0] for column in columns if NAME in column.path}
    for group in groups:
        for name in (name for figure in figures for name in group.names(figure)):
            entries = tuple(entry_of(group, _of_name(column, name)) for column in columns)
            yield Row(f"{group_title(group)}, {titled(group.task, name)}", "", entries)


def _of_name(column: Column, name: str) -> Column:
    return replace(column, path=tuple(name if part == NAME else part for part in column.path))


def _best_table(title: str, groups: Sequence[Group], *path: str) -> Table | None:
    """A row a model, a column a name under a path, the best of each marked."""
    columns = [Column.of(name, *path, name) for name in names_of(groups, *path)]
    rows = _rows([group for group in groups if group.names(*path)], columns)
    return _table(title, groups, columns, mark_best(columns, rows))


def _curve_table(
    title: str, groups: Sequence[Group], at: KeyPath, curves: Iterable[tuple[Group, str, KeyPath]], written: str
) -> Table | None:
    """A row a curve: its group, what its title says beside that, and where it stands; a column a place ``at`` which."""
    places = max((group.curve(*at) for group in groups), key=len, default=())
    columns = [Column.of(written.format(place), at[0]) for place in places]
    rows = [
        Row(f"{group_title(group)}{told}", "", tuple(map(_mean_entry, columns, group.curves[path])))
        for group, told, path in curves
        if len(group.curves.get(path, ())) == len(places) > 0
    ]
    return _table(title, groups, columns, rows)


def _mean_entry(column: Column, value: Value) -> Entry:
    """The mean alone: the worst seed has no room."""
    return entry_of_value(replace(value, n_seeds=1), column.figure)


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

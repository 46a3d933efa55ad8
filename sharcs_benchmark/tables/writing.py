"""RESULTS.md: every table with where its figures come from, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import DEFINITIONS
from sharcs_benchmark.models import model_of, model_order
from sharcs_benchmark.tables.captions import BLOCKS, caption, task_title, tasks_of
from sharcs_benchmark.tables.claims import claim_table
from sharcs_benchmark.tables.comparison import comparison
from sharcs_benchmark.tables.details import DETAILS
from sharcs_benchmark.tables.overviews import OVERVIEWS, groups_with
from sharcs_benchmark.tables.sanity import sanity_table
from sharcs_benchmark.tables.seeds import group_cells, select
from sharcs_benchmark.tables.sentences import study_sentences
from sharcs_benchmark.tables.studies import studies, study_tables
from sharcs_benchmark.tables.table import BOLD_SAYS, Table, to_markdown
from sharcs_benchmark.tables.targets import target_table

FIGURES = "figures"
"""Folder of the drawings, beside RESULTS.md."""

HOW_TO_READ = """\
Written by `sharcs benchmark` from the cells in `results/`; every number comes from there, the sentences too.
*n/a*: the model cannot have the figure by construction, which is no loss and no win; –: not measured. Where several
seeds were run, a number is their mean, and the worst seed's stands in brackets where it differs. A number with † was
measured under an earlier definition of its figure, and is compared with none of a newer one."""


def write_results(cells: Iterable[Cell]) -> str:
    """The text of ``benchmarks/RESULTS.md``; the same cells in any order give the same text."""
    cells = tuple(sorted(cells, key=lambda cell: (cell.block, cell.task, cell.model, cell.variant, cell.seed)))
    if not cells:
        return "# Results\n\nThere are no cells yet; run `sharcs benchmark --quick`.\n"
    parts = [f"# Results\n\n{HOW_TO_READ}\n\n{BOLD_SAYS}", *_full_data(cells), *_comparisons(cells), *_studies(cells)]
    parts += [*_sanity(cells), *_details(cells), "## The models", models_listed(cells)]
    parts += ["## What the figures mean", glossary(), _versions(cells)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _full_data(cells: Sequence[Cell]) -> Iterator[str]:
    if any(cell.block == "A" for cell in cells):
        yield "## What was asked, and what is reached"
        yield to_markdown(target_table(cells))


def _comparisons(cells: Sequence[Cell]) -> Iterator[str]:
    groups = group_cells(cells)
    for block in "BAQ":
        tasks = tasks_of(groups, block)
        if tasks:
            yield f"## Block {block}: {BLOCKS[block]}"
        for task in tasks:
            yield to_markdown(comparison(cells, task, block))
            if block == "B":
                yield f"![{task_title(task)}: the models compared]({FIGURES}/comparison_{task}.svg)"
        if block == "B" and tasks:
            yield to_markdown(claim_table(cells, tasks))


def _studies(cells: Sequence[Cell]) -> Iterator[str]:
    found = studies(cells)
    if found:
        yield "## Questions the paper leaves open"
    for study in found:
        yield from _drawn(study.name, study.title, study_sentences(study))
        yield from (to_markdown(_untitled(table)) for table in study_tables(study))
    for name, overview in OVERVIEWS.items():
        groups = groups_with(cells, name)
        if groups:
            yield from _drawn(name, overview.title, overview.sentences(groups))
            yield caption(groups)


def _drawn(name: str, title: str, sentences: Iterable[str]) -> Iterator[str]:
    yield f"### {title}"
    yield " ".join(sentences)
    yield f"![{title}]({FIGURES}/{name}.svg)"


def _untitled(table: Table) -> Table:
    """The same table with its title in its caption, for one that stands under a heading of its own."""
    return Table("", f"*{table.title}* · {table.caption}", table.columns, table.rows, table.remarks)


def _sanity(cells: Sequence[Cell]) -> Iterator[str]:
    tables = [table for task in tasks_of(group_cells(cells), "S") if (table := sanity_table(cells, task))]
    if tables:
        yield f"## Block S: {BLOCKS['S']}"
    yield from map(to_markdown, tables)


def _details(cells: Sequence[Cell]) -> Iterator[str]:
    groups = group_cells(cells)
    yield "## In detail\n\nRetrieval in full, missing modalities, stand-ins, noise, interventions and what lies inside."
    for block in "ABQ":
        for task in tasks_of(groups, block):
            chosen = select(groups, block=block, task=task, variant="")
            tables = [table for details in DETAILS if (table := details(chosen))]
            if tables:
                yield f"<details>\n<summary>{task_title(task)}, block {block}: {BLOCKS[block]}</summary>"
                yield from map(to_markdown, tables)
                yield "</details>"


def models_listed(cells: Iterable[Cell]) -> str:
    """The models that there are cells of, as a Markdown table."""
    names = sorted({cell.model for cell in cells}, key=model_order)
    known = [(name, model_of(name)) for name in names if _is_known(name)]
    lines = [f"| {model.title} | `{name}` | {model.says} |" for name, model in known]
    return "\n".join(["| model | `--models` | what it is |", "|---|---|---|", *lines])


def _is_known(name: str) -> bool:
    try:
        return bool(model_of(name))
    except ValueError:
        return False


def glossary() -> str:
    """What every figure means, as a Markdown table."""
    lines = [
        f"| {one.title} | {f'{one.says} {one.versions}'.strip()} | {one.span} | {one.better} | {one.source} "
        f"| {one.not_available} |"
        for one in DEFINITIONS.values()
    ]
    head = ["| figure | what it is | range | better | source | n/a means |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *lines])


def _versions(cells: Sequence[Cell]) -> str:
    names = sorted({name for cell in cells for name in cell.versions})
    told = [
        f"{name} {', '.join(sorted({str(cell.versions[name]) for cell in cells if name in cell.versions}))}"
        for name in names
    ]
    sources = sorted({(str(c.data_source.get("name")), str(c.data_source.get("sha256"))) for c in cells})
    lines = [f"- {name}: SHA-256 `{digest}`" for name, digest in sources]
    return "\n".join(["## Made with", "", " · ".join(told), "", "Data:", "", *lines])

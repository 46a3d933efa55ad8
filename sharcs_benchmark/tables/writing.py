"""RESULTS.md: every table with where its figures come from, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import DEFINITIONS
from sharcs_benchmark.models import described, model_order
from sharcs_benchmark.tables.captions import BLOCK_TITLES, caption, sources_of, task_title
from sharcs_benchmark.tables.claims import claim_table
from sharcs_benchmark.tables.comparison import comparison
from sharcs_benchmark.tables.details import DETAILS
from sharcs_benchmark.tables.groups import Results
from sharcs_benchmark.tables.overviews import OVERVIEWS, groups_with
from sharcs_benchmark.tables.sanity import sanity_table
from sharcs_benchmark.tables.sentences import study_sentences
from sharcs_benchmark.tables.studies import studies, study_tables
from sharcs_benchmark.tables.table import BOLD_SAYS, markdown_lines, to_markdown
from sharcs_benchmark.tables.targets import target_table

DRAWINGS = "figures"
"""Folder of the drawings, beside RESULTS.md."""

HOW_TO_READ = """\
Written by `sharcs benchmark` from the cells in `results/`; every number comes from there, the sentences too.
*n/a*: the model cannot have the figure by construction, which is no loss and no win; –: not measured. Where several
seeds were run, a number is their mean, and the worst seed's stands in brackets where it differs. A number with † was
measured under an earlier definition of its figure, and is compared with none of a newer one."""


def write_results(results: Results, places: str = "") -> str:
    """The text of ``benchmarks/RESULTS.md``; the same cells in any order give the same text.

    Args:
        places: the section on where concepts are read.
    """
    if not results.cells:
        return "# Results\n\nThere are no cells yet; run `sharcs benchmark --quick`.\n"
    return "\n\n".join(part.strip() for part in _parts(results, places) if part) + "\n"


def _parts(results: Results, places: str) -> Iterator[str]:
    yield f"# Results\n\n{HOW_TO_READ}\n\n{BOLD_SAYS}"
    if any(cell.block == "A" for cell in results.cells):
        yield "## What was asked, and what is reached"
        yield to_markdown(target_table(results))
    yield from _comparisons(results)
    yield from _studies(results)
    yield from _sanity(results)
    yield places
    yield from _details(results)
    yield "## The models"
    yield models_listed(results.cells)
    yield "## What the figures mean"
    yield glossary()
    yield _made_with(results.cells)


def _comparisons(results: Results) -> Iterator[str]:
    for block in "BAQ":
        tasks = results.tasks(block)
        if tasks:
            yield f"## Block {block}: {BLOCK_TITLES[block]}"
        for task in tasks:
            yield to_markdown(comparison(results, task, block))
            if block == "B":
                yield f"![{task_title(task)}: the models compared]({DRAWINGS}/comparison_{task}.svg)"
        if block == "B" and tasks:
            yield to_markdown(claim_table(results))


def _studies(results: Results) -> Iterator[str]:
    found = studies(results)
    if found:
        yield "## Questions the paper leaves open"
    for study in found:
        yield from _drawn(study.name, study.title, study_sentences(study))
        for table in study_tables(study):
            yield to_markdown(replace(table, title="", caption=f"*{table.title}* · {table.caption}"))
    for name, overview in OVERVIEWS.items():
        groups = groups_with(results, name)
        if groups:
            yield from _drawn(name, overview.title, overview.sentences(groups))
            yield caption(groups)


def _drawn(name: str, title: str, sentences: Iterable[str]) -> Iterator[str]:
    yield f"### {title}"
    yield " ".join(sentences)
    yield f"![{title}]({DRAWINGS}/{name}.svg)"


def _sanity(results: Results) -> Iterator[str]:
    tables = [table for task in results.tasks("S") if (table := sanity_table(results, task))]
    if tables:
        yield f"## Block S: {BLOCK_TITLES['S']}"
    yield from map(to_markdown, tables)


def _details(results: Results) -> Iterator[str]:
    yield "## In detail\n\nRetrieval in full, missing modalities, stand-ins, noise, interventions and what lies inside."
    for block in "ABQ":
        for task in results.tasks(block):
            tables = [table for details in DETAILS if (table := details(results.models(block, task)))]
            if tables:
                yield f"<details>\n<summary>{task_title(task)}, block {block}: {BLOCK_TITLES[block]}</summary>"
                yield from map(to_markdown, tables)
                yield "</details>"


def models_listed(cells: Iterable[Cell]) -> str:
    """The models that there are cells of, as a Markdown table."""
    found = [(name, described(name)) for name in sorted({cell.model for cell in cells}, key=model_order)]
    rows = [(model.title, f"`{name}`", model.says) for name, model in found if model.says]
    return markdown_lines(("model", "`--models`", "what it is"), rows)


def glossary() -> str:
    """What every figure means, as a Markdown table."""
    rows = [
        (one.title, f"{one.says} {one.versions}".strip(), one.span, one.better, one.source, one.not_available)
        for one in DEFINITIONS.values()
    ]
    return markdown_lines(("figure", "what it is", "range", "better", "source", "n/a means"), rows)


def _made_with(cells: Iterable[Cell]) -> str:
    """Versions of the packages, and the data with their SHA-256."""
    versions = pd.DataFrame([cell.versions for cell in cells])
    told = [f"{name} {', '.join(sorted(versions[name].dropna().unique()))}" for name in sorted(versions)]
    lines = [f"- {name}: SHA-256 `{digest}`" for name, digest in sources_of(cells)]
    return "\n".join(["## Made with", "", " · ".join(told), "", "Data:", "", *lines])

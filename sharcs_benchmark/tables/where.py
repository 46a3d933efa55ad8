"""Where concepts are read: the table of what ``benchmarks/where.py`` kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_benchmark.tables.table import markdown_lines, show

FOLDER = "where"
"""Below the folder of results."""
SAYS = """\
Of samples that no model has seen, by `benchmarks/where.py`, which says what each figure is. *Deletion*: how sure the
model stays of the deciding concept while parts go, those that speak for it first, beside parts in random order.
*Points at*, *inside*: whether the strongest part is one that truly says it, and how much of the evidence is there,
where that is known; in brackets the same explainer on the same model with random weights. *Random*, *shuffled*: rank
correlation with the maps of random weights and of a model trained on shuffled keys; *stable*: with those under noise.
*Named*: of the regions that sentences name, those that overlap what truly says it."""
HEAD = (
    *("run", "input", "explainer", "deletion", "in random order", "insertion", "points at", "inside"),
    *("stable", "random", "shuffled", "named"),
)
NOT_MEASURED = "–"


@checked_dataclass(frozen=True)
class Figure:
    """One figure of an input's maps; ``n`` samples were measured."""

    modality: str
    explainer: str
    figure: str
    value: float
    n: int


@checked_dataclass(frozen=True)
class Kept:
    """What the script kept of one run."""

    run: str
    split: str
    source: str
    n: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class WhereResults:
    """All that was kept, by run, and a sentence on each file that cannot be read."""

    kept: tuple[Kept, ...]
    faults: tuple[str, ...]


def load_where(folder: Path) -> WhereResults:
    """What was kept below a folder of results; files that are none are left out and told of."""
    kept, faults = [], []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            kept.append(TypeAdapter(Kept).validate_json(path.read_bytes()))
        except ValidationError as error:
            faults.append(f"{path.name} is left out: {error.errors(include_url=False)[0]['msg']}; measure it again")
    return WhereResults(tuple(kept), tuple(faults))


def where_section(results: WhereResults) -> str:
    """The section of RESULTS.md; nothing where nothing was kept."""
    if not results.kept:
        return ""
    rows = where_rows(results)
    times = "; ".join(f"{kept.run} {_milliseconds(kept)}" for kept in results.kept)
    samples = ", ".join(f"{kept.run} {kept.n:,}" for kept in results.kept)
    return (
        f"## Where concepts are read\n\n{SAYS}\n\n{markdown_lines(HEAD, rows)}\n\n"
        f"Samples: {samples}. Milliseconds for the answer on all inputs, median, one thread: {times}."
    )


def where_rows(results: WhereResults) -> list[tuple[str, ...]]:
    """A row an input of a run and explainer, under ``HEAD``."""
    return [row for kept in results.kept for row in _rows(kept)]


def _rows(kept: Kept) -> Iterator[tuple[str, ...]]:
    named = {one.modality: one.value for one in kept.figures if one.figure == "named"}
    found: dict[tuple[str, str], dict[str, float]] = {}
    for one in kept.figures:
        if one.modality != "all" and one.explainer != "sentences":
            found.setdefault((one.modality, one.explainer), {})[one.figure] = one.value
    for (modality, explainer), own in found.items():
        yield (
            kept.run,
            modality,
            explainer,
            *(_shown(own, name) for name in ("deletion", "deletion, random order", "insertion")),
            *(f"{_shown(own, name)} ({_shown(own, f'{name}, untrained')})" for name in ("points at", "inside")),
            *(_shown(own, name) for name in ("stable", "untrained", "shuffled")),
            _shown(named, modality),
        )


def _shown(values: Mapping[str, float], name: str) -> str:
    return show(values.get(name))


def _milliseconds(kept: Kept) -> str:
    found = [one.value for one in kept.figures if (one.explainer, one.figure) == ("answer", "milliseconds")]
    return f"{found[0]:.0f}" if found else NOT_MEASURED

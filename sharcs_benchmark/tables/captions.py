"""Where the figures of a table come from: block, data, sizes, epochs and seeds, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.models import family_of, model_title
from sharcs_benchmark.tables.groups import Group, in_order
from sharcs_core.tasks import TASKS

BLOCK_TITLES = {
    "A": "SHARCS on the full data",
    "B": "every model at equal budget",
    "C": "studies of SHARCS",
    "S": "sanity checks",
    "Q": "quick, to check the shape only",
}


def task_title(name: str) -> str:
    """Title of a task; a name that is not known is its own title."""
    return TASKS[name].card.title if name in TASKS else name


def in_titles(task: str, names: str) -> str:
    """Names of a task's modalities, alone or joined, by their titles; other words, and other tasks', stay as they are.

    >>> in_titles("clevr", "image->text"), in_titles("clevr", "area")
    ('Scene → Question', 'area')
    """
    titles = {one.name: one.title for one in TASKS[task].card.modalities} if task in TASKS else {}
    parts = re.split(r"(->|\+|-)", names)
    if set(parts[::2]) <= set(titles):
        parts[::2] = [titles[part] for part in parts[::2]]
    return "".join(parts).replace("->", " → ")


def without(task: str, names: str) -> str:
    """What is said of missing modalities.

    >>> without("clevr", "image+text")
    'no Scene, no Question'
    """
    return ", ".join(f"no {in_titles(task, name)}" for name in names.split("+"))


def group_title(group: Group) -> str:
    """Title of a group's model; one that reads a single modality is called by the modality's title."""
    title, (_, modality) = model_title(group.model), family_of(group.model)
    return title.replace(modality, in_titles(group.task, modality), 1) if modality else title


def caption(groups: Sequence[Group]) -> str:
    """What the figures of some groups were measured on, in Markdown; a line a task where there are several."""
    blocks = sorted({group.block for group in groups})
    told = [f"Block {block} ({BLOCK_TITLES.get(block, 'no description')})" for block in blocks]
    tasks = in_order(group.task for group in groups)
    if len(tasks) == 1:
        return " · ".join([*told, *_measured_on(groups)])
    lines = [f"{task_title(task)}: {' · '.join(_measured_on([g for g in groups if g.task == task]))}" for task in tasks]
    return "  \n".join([" · ".join(told), *lines]) if told else ""


def _measured_on(groups: Sequence[Group]) -> Iterator[str]:
    cells = [cell for group in groups for cell in group.cells]
    sizes = ((cell.n_train, cell.n_validation, cell.n_test) for cell in cells)
    n_train, n_validation, n_test = map(_span, zip(*sizes, strict=True))
    yield f"data {_sources(cells)}"
    yield f"{n_train} training, {n_validation} validation, {n_test} test samples"
    yield f"{_span(cell.epochs for cell in cells if cell.epochs)} epochs"
    yield _seeds(groups)


def _sources(cells: Sequence[Cell]) -> str:
    """Each data source with the start of its SHA-256; only how many where each seed draws its own."""
    sources = sources_of(cells)
    digests = {name: [digest for own, digest in sources if own == name] for name, _ in sources}
    return ", ".join(
        f"{name} ({found[0][:8]})" if len(found) == 1 else f"{name} ({len(found)} draws, one a seed)"
        for name, found in digests.items()
    )


def sources_of(cells: Iterable[Cell]) -> list[tuple[str, str]]:
    """Name and SHA-256 of all data that cells were measured on, each once."""
    return sorted({(cell.data_source.get("name", "?"), cell.data_source.get("sha256", "")) for cell in cells})


def _span(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers)) or [0]
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"


def _seeds(groups: Sequence[Group]) -> str:
    """The seeds of all groups, and whose differ; of several, that the table has their mean and the worst."""
    usual = max((group.seeds for group in groups), key=lambda seeds: (len(seeds), seeds))
    others = sorted({group.seeds for group in groups} - {usual})
    listed = _listed(usual) + "".join(f" (some: {_listed(seeds)})" for seeds in others)
    return ("seeds " if len(usual) > 1 else "seed ") + listed + ("; mean (worst seed)" if len(usual) > 1 else "")


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))

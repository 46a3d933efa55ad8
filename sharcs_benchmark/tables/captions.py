"""Where the figures of a table come from: block, data, sizes, epochs and seeds, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.models import model_title
from sharcs_benchmark.tables.seeds import Group

BLOCKS = {
    "A": "SHARCS on the full data",
    "B": "every model at equal budget",
    "C": "studies of SHARCS",
    "S": "sanity checks",
    "Q": "quick, to check the shape only",
}
TASK_TITLES = {
    "xor_and_xor": "XOR-AND-XOR",
    "mnist_superpixels": "MNIST+Superpixels",
    "half_mnist": "HalfMNIST",
    "clevr": "CLEVR",
    "xor_three_ways": "XOR-AND-XOR, three ways",
    "xor_four_ways": "XOR-AND-XOR, four ways",
}
"""Tasks in the order of the tables. (The registry of tasks would bring its readers along.)"""


def task_title(name: str) -> str:
    return TASK_TITLES.get(name, name)


def in_titles(task: str, names: str) -> str:
    """Names of a task's modalities, alone or joined, by their titles; other words, and other tasks', stay as they are.

    >>> in_titles("clevr", "image->text"), in_titles("clevr", "area")
    ('Scene → Question', 'area')
    """
    from sharcs_core.tasks import TASKS  # the readers of the tasks come along: only where a title is asked for

    titles = {one.name: one.title for one in TASKS[task].modalities} if task in TASKS else {}
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
    title = model_title(group.model)
    for name in group.modalities:
        if group.model in (f"unimodal_{name}", f"unimodal_concept_{name}"):
            return title.replace(name, in_titles(group.task, name), 1)
    return title


def tasks_of(groups: Iterable[Group], block: str) -> tuple[str, ...]:
    """The tasks that a block has cells of, in the order of the tables."""
    return in_order(group.task for group in groups if group.block == block)


def in_order(tasks: Iterable[str]) -> tuple[str, ...]:
    """Tasks in the order of the tables, each once; unknown ones last."""
    found = set(tasks)
    return (*(task for task in TASK_TITLES if task in found), *sorted(found - set(TASK_TITLES)))


def caption(groups: Sequence[Group]) -> str:
    """What the figures of some groups were measured on, in Markdown; a line a task where there are several."""
    blocks = sorted({group.block for group in groups})
    told = [f"Block {block} ({BLOCKS.get(block, 'no description')})" for block in blocks]
    tasks = in_order(group.task for group in groups)
    if len(tasks) == 1:
        return " · ".join([*told, *_measured_on(groups)])
    lines = [f"{task_title(task)}: {' · '.join(_measured_on([g for g in groups if g.task == task]))}" for task in tasks]
    return "  \n".join([" · ".join(told), *lines]) if told else ""


def _measured_on(groups: Sequence[Group]) -> Iterator[str]:
    cells = [cell for group in groups for cell in group.cells]
    yield "data " + _sources(cells)
    yield (
        f"{_span(cell.n_train for cell in cells)} training, {_span(cell.n_validation for cell in cells)} validation, "
        f"{_span(cell.n_test for cell in cells)} test samples"
    )
    yield f"{_span(cell.epochs for cell in cells if cell.epochs)} epochs"
    yield _seeds(groups)


def _sources(cells: Sequence[Cell]) -> str:
    """Each data source with the start of its SHA-256; only how many where each seed draws its own."""
    digests: dict[str, set[str]] = {}
    for cell in cells:
        digests.setdefault(str(cell.data_source.get("name", "?")), set()).add(str(cell.data_source.get("sha256", "")))
    return ", ".join(
        f"{name} ({min(found)[:8]})" if len(found) == 1 else f"{name} ({len(found)} draws, one a seed)"
        for name, found in sorted(digests.items())
    )


def _span(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers)) or [0]
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"


def _seeds(groups: Sequence[Group]) -> str:
    """The seeds of all groups, and whose differ.

    The mean over more than one seed stands in the table, with the worst seed's figure in brackets.
    """
    usual = max((group.seeds for group in groups), key=lambda seeds: (len(seeds), seeds))
    others = sorted({group.seeds for group in groups} - {usual})
    listed = _listed(usual) + "".join(f" (some: {_listed(seeds)})" for seeds in others)
    return ("seeds " if len(usual) > 1 else "seed ") + listed + ("; mean (worst seed)" if len(usual) > 1 else "")


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))

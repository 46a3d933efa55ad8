"""Names to write on the islands of the concept map: what lies there, in the words of the colouring.

A name has a box, the island that it is of, and no place: where it stands beside its island without covering another
name is settled on the screen, at every zoom.

Shapes: n inputs, k semantics keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drawings.meaning import MOST_WHOLE, Meaning, meanings_of, short_names, whole_meaning
from sharcs_core.meanings import UNKNOWN
from sharcs_core.selections import InputTable, groups_on, islands, most_telling, usual_values
from sharcs_core.structures import THRESHOLD, Floats, Ints
from sharcs_core.tasks.task import Task

MOST_LISTED = 3
"""More answers than that are not listed one by one."""


@dataclass(frozen=True)
class MapName:
    """A name of an island.

    Attributes:
        low, high: the corners (x, y) of the island's box.
        near: whether it is only shown from near, in place of the others.
    """

    text: str
    low: tuple[float, float]
    high: tuple[float, float]
    near: bool


def map_names(task: Task, table: InputTable, places: Floats, colour: str, detail: int | str = 0) -> tuple[MapName, ...]:
    """The names for one colouring, those of large islands first.

    They are what the inputs mean; coloured by answer, the answers of their samples; coloured by a concept, what the
    inputs mean where most of them have it on.

    Args:
        table: the inputs that lie at ``places`` (n, 2).
        colour, detail: as :func:`~drawings.map_points.painted` takes them.
    """
    far, whole = _named_by(task, table, colour, detail), whole_meaning(task)
    found = _names(task, table, places, far, colour, detail, near=False)
    if len(far.names) < len(whole.names):
        found += _names(task, table, places, whole, colour, detail, near=True)
    return found


def counted_by(task: Task, table: InputTable, colour: str, detail: int | str = 0) -> Meaning:
    """The grouping in which inputs are counted: the one that colours them, else the one that names the islands."""
    ways = meanings_of(task)
    if colour == "Meaning":
        return ways.get(str(detail)) or next(iter(ways.values()))
    return _named_by(task, table, colour, detail)


def _named_by(task: Task, table: InputTable, colour: str, detail: int | str) -> Meaning:
    """The whole meaning where there are not too many; else what colours the inputs or tells most of their colours."""
    whole, ways = whole_meaning(task), meanings_of(task)
    if len(whole.names) <= MOST_WHOLE:
        return whole
    if colour == "Concept":
        is_on = table.shared[:, int(detail)] > THRESHOLD
        return ways[most_telling({name: way.group for name, way in ways.items()}, table.keys, is_on)]
    return ways.get(str(detail)) or next(iter(ways.values()))


def _names(
    task: Task, table: InputTable, places: Floats, meaning: Meaning, colour: str, detail: int | str, *, near: bool
) -> tuple[MapName, ...]:
    groups = meaning.groups(table.keys)
    texts = _texts(task, table, groups, meaning.names, colour, detail)
    shown = np.isin(groups, [group for group, text in texts.items() if text])
    return tuple(
        MapName(texts[island.group], island.low, island.high, near)
        for island in islands(places, np.where(shown, groups, -1))
    )


def _texts(
    task: Task, table: InputTable, groups: Ints, names: Sequence[str], colour: str, detail: int | str
) -> dict[int, str]:
    """What to write on the islands of each group; nothing on those of a group that has nothing of the colour."""
    known = groups != UNKNOWN
    is_on = table.shared[known, int(detail)] > THRESHOLD if colour == "Concept" else None
    mostly_on = groups_on(groups[known], is_on)
    if colour == "Answer":
        return {
            group: _answers(usual_values(table.labels[groups == group]), task.card.target.names) for group in mostly_on
        }
    said = short_names(names)
    return {group: said[group] if is_on else "" for group, is_on in mostly_on.items()}


def _answers(classes: Sequence[int], names: Sequence[str]) -> str:
    """Answers in short, such as ``3 or 5`` or ``7 to 16``.

    >>> _answers([0, 1], ["no", "yes"]), _answers([0, 1, 2, 3], "0123"), _answers([0, 1, 3, 4], "abcde")
    ('no or yes', '0 to 3', '4 answers')
    """
    said = [names[one] for one in classes]
    if len(said) <= MOST_LISTED:
        return " or ".join(said)
    whole = all(name.isdigit() for name in said)
    if whole and int(said[-1]) - int(said[0]) == len(said) - 1:
        return f"{said[0]} to {said[-1]}"
    return f"{len(said)} answers"

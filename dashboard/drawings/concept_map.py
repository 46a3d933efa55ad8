"""The map of the shared space in words and marks: its colours, the rings on it, and what it is for who does not see it.

Its points are made in ``map_points.py``: every input a point, shape = modality, colour = what one asks for.
"""

from __future__ import annotations

from collections.abc import Mapping

from drawings.theme import VIRIDIS
from sharcs_core.named import counted
from sharcs_core.structures import Floats
from sharcs_core.tasks.task import Task

COLOURS = ("Meaning", "Answer", "Mistakes", "Concept", "Kind")
"""The first of them only where it is known what inputs mean."""


def colours_for(task: Task) -> tuple[str, ...]:
    """Those of ``COLOURS`` that there are for a task."""
    return COLOURS[1:] if task.card.own_keys else COLOURS


def scale_of(colour: str) -> tuple[str, ...]:
    """The shades from off to on that a colour paints with; none where colours stand for things."""
    return VIRIDIS if colour == "Concept" else ()


def marks(task: Task, positions: Mapping[str, Floats]) -> list[dict[str, object]]:
    """Rings around a sample's inputs, as x, y and the modality's title.

    Args:
        positions: modality → (2,) the input's place on the map.
    """
    return [
        {"x": float(x), "y": float(y), "title": task.card.modality(name).title} for name, (x, y) in positions.items()
    ]


def described(task: Task, n_inputs: int, method: str, colour: str) -> str:
    """What the map is, for those who do not see it."""
    kinds = " and ".join(modality.title for modality in task.card.modalities)
    return (
        f"Map of {counted(n_inputs, 'input')} ({kinds}), each a point placed by its shared concepts, flattened by "
        f"{method} and coloured by {colour.lower()}. The list beside it holds the same inputs. Arrow keys move it, "
        "plus and minus change its size, 0 shows all."
    )

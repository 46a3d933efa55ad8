"""What shapes and colours of the concept map say.

Shapes: n inputs.
"""

from __future__ import annotations

from markupsafe import Markup

from drawings.map_points import HALF_WRONG
from drawings.markup import html, joined
from drawings.meaning import meaning_of
from drawings.theme import QUIET, RIGHT, WRONG, class_colours, mark_of
from sharcs_core.meanings import UNKNOWN
from sharcs_core.structures import Ints
from sharcs_core.tasks.card import NOT_KNOWN
from sharcs_core.tasks.task import Task

BLOT = "⬤"


def legend_entries(
    task: Task, colour: str, detail: int | str = 0, *, keys: Ints | None = None
) -> list[tuple[str, str, str]]:
    """What shapes and colours say: (words, colour, mark), shapes first.

    Args:
        keys: (n,) of the inputs that are shown; some of them may not be known to mean anything.
    """
    own = colour == "Kind"
    marks = {modality.title: mark_of(modality.name, task.card.names) for modality in task.card.modalities}
    shapes = [(title, mark.colour if own else QUIET, mark.sign) for title, mark in marks.items()]
    if colour == "Mistakes":
        misread = [
            ("misread, sample answered wrong", WRONG, BLOT),
            ("sample answered wrong, no input known to be misread", HALF_WRONG, BLOT),
        ]
        wrong = [("sample answered wrong", HALF_WRONG, BLOT)] if task.card.own_keys else misread
        return [*shapes, *wrong, ("all others", RIGHT, BLOT)]
    if colour == "Answer":
        names = task.card.target.names
        once = (f"answer {names[0]}", *names[1:])  # for there may be many
        shades = class_colours(len(names))
        return [*shapes, *((words, shade, BLOT) for words, shade in zip(once, shades, strict=True))]
    if colour == "Meaning":
        meaning = meaning_of(task, detail)
        unknown = keys is not None and (meaning.groups(keys) == UNKNOWN).any()
        said = [(words, shade, BLOT) for words, shade in zip(meaning.names, meaning.colours, strict=True)]
        return [*shapes, *said, *([(NOT_KNOWN, QUIET, BLOT)] if unknown else [])]
    return shapes


def legend(task: Task, colour: str, detail: int | str = 0, *, keys: Ints | None = None) -> Markup:
    """What shapes and colours say, to stand above the map and wrap where it is narrow."""
    entries = joined(
        html('<li><span style="color:{}" aria-hidden="true">{}</span> {}</li>', shade, mark, words)
        for words, shade, mark in legend_entries(task, colour, detail, keys=keys)
    )
    return html('<ul class="map-legend" aria-label="What shapes and colours of the map say">{}</ul>', entries)

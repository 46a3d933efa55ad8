"""Two real inputs beside every free concept: one in which it is off, one in which it is on, otherwise alike.

The pictures stand in a style sheet that a page takes once; what stands beside a switch only names them, so that an
edit sends no picture again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from drawings.inputs import RADIUS, draw_sentence, sentence, width_of
from drawings.look import Look, look_of
from drawings.markup import NOTHING, html, joined
from drawings.thumbnails import thumbnail_source
from sharcs_core.effects import contrast
from sharcs_core.structures import Bank, BankSide
from sharcs_core.tasks.card import Modality
from sharcs_core.tasks.task import Task

HEIGHT = 44
SENTENCE = 72


@dataclass(frozen=True)
class PrototypeSheet:
    """The prototypes of a run.

    Attributes:
        style: ``<style>`` with all pictures; empty where there are none.
        pairs: (modality, concept) → its two prototypes, to which the style gives the pictures.
    """

    style: Markup
    pairs: Mapping[tuple[str, int], Markup]


def prototype_sheet(bank: Bank, task: Task, concepts: Sequence[int]) -> PrototypeSheet:
    """The prototypes of some concepts in every modality of a bank; none of one that keeps no inputs."""
    if not bank.is_kept:
        return PrototypeSheet(NOTHING, {(name, concept): NOTHING for name in bank.sides for concept in concepts})
    pairs: dict[tuple[str, int], Markup] = {}
    rules: list[Markup] = []
    for number, (name, side) in enumerate(bank.sides.items()):
        modality, look = task.card.modality(name), look_of(task.card.modality(name), task.card.names)
        for concept in concepts:
            cells = []
            for state, row in zip(("off", "on"), contrast(bank, name, concept), strict=True):
                place = f"prototype-{number}-{concept}-{state}"  # no name is part of a rule
                picture, rule = _drawn(modality, side, look, row, place, state)
                cells.append(html("<div>{}<small>{}</small></div>", picture, state))
                rules.append(rule)
            pairs[name, concept] = html("<div class='prototypes'>{}</div>", joined(cells))
    return PrototypeSheet(html("<style>{}</style>", joined(rules)) if any(rules) else NOTHING, pairs)


def _drawn(
    modality: Modality, side: BankSide, look: Look, row: int | None, place: str, state: str
) -> tuple[Markup, Markup]:
    """One prototype, and the rule that gives it its picture; a sentence needs none."""
    if row is None:
        return html("<div class='none'>no input</div>"), NOTHING
    wide = width_of(side.inputs, HEIGHT)
    source = thumbnail_source(side.inputs, row, wide, look)
    if source is None:
        return draw_sentence(sentence(side.inputs, row, look.words), SENTENCE, look.colour("text")), NOTHING
    picture = html(
        "<div class='picture {}' role='img' aria-label='{}' "
        "style='width:{}px;height:{}px;border-radius:{}px;border-color:{}'></div>",
        place,
        f"{modality.title} where it is {state}: {modality.key_name(int(side.semantics[row]))}",
        wide,
        HEIGHT,
        RADIUS,
        look.colour(modality.kind),
    )
    return picture, html(".{}{{background-image:url({})}}", place, source)

"""Two real inputs beside every free concept: one in which it is off, one in which it is on, otherwise alike.

The pictures stand in a style sheet that a page takes once; what stands beside a switch only names them, so that an
edit sends no picture again.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drawings.inputs import RADIUS, draw_sentence, sentence, width_of
from drawings.theme import modality_colour
from drawings.thumbnails import thumbnail_source
from sharcs_core.effects import contrast
from sharcs_core.structures import Bank, BankSide
from sharcs_core.tasks.task import Modality, Task

HEIGHT = 44
SENTENCE = 72


@dataclass(frozen=True)
class PrototypeSheet:
    """The prototypes of a run.

    Attributes:
        style: ``<style>`` with all pictures; empty where there are none.
        pairs: (modality, concept) → HTML of its two prototypes, to which the style gives the pictures.
    """

    style: str
    pairs: Mapping[tuple[str, int], str]


def prototype_sheet(bank: Bank, task: Task, concepts: Sequence[int]) -> PrototypeSheet:
    """The prototypes of some concepts in every modality of a bank."""
    pairs, rules = {}, ""
    for name, side in bank.sides.items():
        for concept in concepts:
            drawn = [
                (_under("<div class='none'>no input</div>", state), "")
                if row is None
                else _drawn(task.modality(name), side, row, f"{name}-{concept}-{state}", state)
                for state, row in zip(("off", "on"), contrast(bank, name, concept), strict=True)
            ]
            pairs[name, concept] = f"<div class='prototypes'>{''.join(cell for cell, _ in drawn)}</div>"
            rules += "".join(rule for _, rule in drawn)
    return PrototypeSheet(f"<style>{rules}</style>" if rules else "", pairs)


def _drawn(modality: Modality, side: BankSide, row: int, place: str, state: str) -> tuple[str, str]:
    """One prototype over the state that it shows, and the rule that gives it its picture; a sentence needs none."""
    wide = width_of(side.inputs, HEIGHT)
    source = thumbnail_source(side.inputs, row, wide, modality.name)
    if source is None:
        said = sentence(side.inputs, row, modality.words)
        return _under(draw_sentence(said, SENTENCE, modality.name), state), ""
    says = f"{modality.title} where it is {state}: {modality.key_names[side.semantics[row]]}"
    look = f"width:{wide}px;height:{HEIGHT}px;border-radius:{RADIUS}px;border-color:{modality_colour(modality.name)}"
    picture = (
        f"<div class='picture prototype-{place}' role='img' aria-label='{html.escape(says, quote=True)}' "
        f"style='{look}'></div>"
    )
    return _under(picture, state), f".prototype-{place}{{background-image:url({source})}}"


def _under(drawn: str, state: str) -> str:
    return f"<div>{drawn}<small>{state}</small></div>"

"""What comes of an edit: the answers in one line, and the real samples that show what was edited."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from drawings.kinds import drawing_of
from drawings.look import look_of
from drawings.markup import NOTHING, html, joined
from drawings.theme import mark_of
from drawings.thumbnails import thumbnail
from sharcs_core.effects import RealSample
from sharcs_core.named import listed
from sharcs_core.structures import Bank
from sharcs_core.tasks.task import Task

SIZE = 56
SENTENCE = 104


def outcome_bar(before: str, after: str, tree: str) -> Markup:
    """The answers in one line, for a screen too narrow to have them beside the controls; read out when it changes.

    Args:
        before, after: what the model said and says.
        tree: what the tree says now; "" where it stops.
    """
    was = html(" <span>before: {}</span>", before) if after != before else NOTHING
    says = f" · the tree says {tree}" if tree and tree != after else ""
    return html(
        "<div class='outcome-bar' role='status' aria-live='polite'>The model says <b>{}</b>{}{}</div>", after, was, says
    )


def real_samples(bank: Bank, task: Task, found: Sequence[RealSample]) -> Markup:
    """Bank samples side by side, a modality a row: what each shows, its class, and where it is just the same."""
    return html(
        "<div class='real-samples' style='grid-template-columns:1rem repeat({},minmax(0,1fr))'>{}<div></div>{}</div>",
        len(found),
        joined(_row(bank, task, name, found) for name in bank.sides),
        joined(_told(bank, task, sample) for sample in found),
    )


def _row(bank: Bank, task: Task, name: str, found: Sequence[RealSample]) -> Markup:
    own = mark_of(name, task.card.names)
    mark = html("<div class='mark' style='color:{}'>{}</div>", own.colour, own.sign)
    return mark + joined(html("<div>{}</div>", _picture(bank, task, name, sample.row)) for sample in found)


def _picture(bank: Bank, task: Task, name: str, row: int) -> Markup:
    side, modality = bank.sides[name], task.card.modality(name)
    size = SENTENCE if drawing_of(side.inputs).wider > 1 else SIZE
    says = f"{modality.title}: {modality.key_name(int(side.semantics[row]))}"
    return thumbnail(side.inputs, row, size, look_of(modality, task.card.names), says)


def _told(bank: Bank, task: Task, sample: RealSample) -> Markup:
    """The class of a sample, and in which modalities it has the very concepts."""
    alike = "near"
    if sample.same:
        titles = listed([task.card.modality(name).title for name in sample.same])
        alike = "the same" if len(sample.same) == len(bank.sides) else f"same {titles}"
    answer = task.card.target.names[int(bank.labels[sample.row])]
    return html("<div class='alike'><b>{}</b><br>{}</div>", answer, alike)

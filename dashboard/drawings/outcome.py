"""What comes of an edit: the answers in one line, and the real samples that show what was edited."""

from __future__ import annotations

import html
from collections.abc import Sequence

from drawings.theme import modality_colour, modality_mark
from drawings.thumbnails import thumbnail
from sharcs_core.effects import RealSample
from sharcs_core.named import listed
from sharcs_core.structures import Bank
from sharcs_core.tasks.task import Task

SIZE = 56
SENTENCE = 104


def outcome_bar(before: str, after: str, tree: str) -> str:
    """The answers in one line, for a screen too narrow to have them beside the controls; read out when it changes.

    Args:
        before, after: what the model said and says.
        tree: what the tree says now; "" where it stops.
    """
    was = f" <span>before: {html.escape(before)}</span>" if after != before else ""
    says = f" · the tree says {html.escape(tree)}" if tree and tree != after else ""
    return (
        f"<div class='outcome-bar' role='status' aria-live='polite'>The model says <b>{html.escape(after)}</b>"
        f"{was}{says}</div>"
    )


def real_samples(bank: Bank, task: Task, found: Sequence[RealSample]) -> str:
    """Bank samples side by side, a modality a row: what each shows, its class, and where it is just the same."""
    rows = "".join(
        f"<div class='mark' style='color:{modality_colour(name)}'>{modality_mark(name)}</div>"
        + "".join(f"<div>{_picture(bank, task, name, sample.row)}</div>" for sample in found)
        for name in bank.sides
    )
    classes = "".join(_told(bank, task, sample) for sample in found)
    return (
        f"<div class='real-samples' style='grid-template-columns:1rem repeat({len(found)},minmax(0,1fr))'>"
        f"{rows}<div></div>{classes}</div>"
    )


def _picture(bank: Bank, task: Task, name: str, row: int) -> str:
    side, modality = bank.sides[name], task.modality(name)
    size = SENTENCE if modality.kind in ("text", "tabular") else SIZE
    says = f"{modality.title}: {modality.key_names[side.semantics[row]]}"
    return thumbnail(side.inputs, row, size, name, modality.words, says)


def _told(bank: Bank, task: Task, sample: RealSample) -> str:
    """The class of a sample, and in which modalities it has the very concepts."""
    alike = "near"
    if sample.same:
        titles = listed([html.escape(task.modality(name).title) for name in sample.same])
        alike = "the same" if len(sample.same) == len(bank.sides) else f"same {titles}"
    answer = html.escape(task.class_names[int(bank.labels[sample.row])])
    return f"<div class='alike'><b>{answer}</b><br>{alike}</div>"

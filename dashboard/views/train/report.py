"""What the checker says of a folder, and a few of its samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from drawings.inputs import draw, width_of
from drawings.look import look_of
from drawings.markup import NOTHING, html, joined
from drawings.theme import mark_of
from sharcs_core.named import counted
from sharcs_core.tasks.card import Modality, TaskCard
from sharcs_core.tasks.folder.checking import Report
from sharcs_core.tasks.folder.faults import Fault, as_csv
from sharcs_core.trainings.looking import FewSamples
from shared.plain import markdown

SIZE = 84
MOST_SHOWN = 100
"""Faults that the page shows; the file has all."""


def show_report(report: Report, name: str, on_again: Callable[[], None]) -> None:
    """Counts, faults, notes; ``on_again`` is the callback of the button that checks once more."""
    faults = [fault for fault in report.faults if not fault.is_note]
    notes = [fault for fault in report.faults if fault.is_note]
    if faults:
        mend = "Mend it" if len(faults) == 1 else "Mend them"
        st.error(markdown("{}. {}, then check again.", counted(len(faults), "fault"), mend), icon=":material/error:")
        _table(faults)
    if report.n:
        st.html(_counts(report))
    if notes:
        with st.expander(markdown("{} worth knowing", counted(len(notes), "thing"))):
            _table(notes)
    with st.container(horizontal=True):
        _buttons(report, name, bool(faults), on_again)


def _buttons(report: Report, name: str, has_faults: bool, on_again: Callable[[], None]) -> None:
    if report.faults:
        st.download_button(
            "Faults and notes as CSV" if has_faults else "Notes as CSV",
            as_csv(report.faults),
            f"{name.replace('/', '_')}_faults.csv",
            "text/csv",
            key="train_faults",
            on_click="ignore",
            icon=":material/download:",
        )
    st.button("Check again", key="train_again", icon=":material/refresh:", on_click=on_again)


def _table(faults: Sequence[Fault]) -> None:
    rows = joined(
        html('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', fault.where, fault.says, fault.mend)
        for fault in faults[:MOST_SHOWN]
    )
    head = html('<tr><th scope="col">where</th><th scope="col">what</th><th scope="col">what to do</th></tr>')
    st.html(html('<div class="scrolls faults"><table><thead>{}</thead><tbody>{}</tbody></table></div>', head, rows))
    if len(faults) > MOST_SHOWN:
        st.caption(markdown("The first {} are here; the file below has all {:,}.", MOST_SHOWN, len(faults)))


def _counts(report: Report) -> Markup:
    modalities = joined(
        html(
            "<li><b>{}</b> ({}){}</li>",
            name,
            what,
            f", missing in {report.missing[name]:,}" if report.missing.get(name) else "",
        )
        for name, what in report.modalities.items()
    )
    return html(
        '<div class="folder-counts"><p><b>{}</b>{}, each with</p><ul>{}</ul>{}</div>',
        counted(report.n, "sample"),
        f", {report.unlabelled:,} without a label" if report.unlabelled else "",
        modalities,
        _classes(report),
    )


def _classes(report: Report) -> Markup:
    if not report.classes:
        return NOTHING
    parts = list(next(iter(report.classes.values())))
    return html(
        '<div class="scrolls"><table><thead><tr><th scope="col">class</th>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        joined(html('<th scope="col">{}</th>', part) for part in parts),
        joined(
            html(
                '<tr><th scope="row">{}</th>{}</tr>',
                name,
                joined(html("<td>{:,}</td>", by_part[part]) for part in parts),
            )
            for name, by_part in report.classes.items()
        ),
    )


def show_samples(card: TaskCard, samples: FewSamples) -> None:
    """A few training samples as the model's pages will draw them."""
    cards = joined(_sample(card, samples, number) for number in range(len(samples.labels)))
    st.html(html('<div class="few-samples">{}</div>', cards))


def _sample(card: TaskCard, samples: FewSamples, number: int) -> Markup:
    inputs = joined(_input(card, modality, samples, number) for modality in card.modalities)
    return html("<div><p><b>{}</b></p>{}</div>", samples.labels[number] or "no label", inputs)


def _input(card: TaskCard, modality: Modality, samples: FewSamples, number: int) -> Markup:
    row, mark = samples.rows[modality.name][number], mark_of(modality.name, card.names)
    drawn = html("<p>missing</p>")
    if row is not None:
        inputs = samples.inputs[modality.name]
        look = look_of(modality, card.names)
        drawn = draw(inputs, row, width_of(inputs, SIZE), look, modality.title)
    return html('<p class="few-title"><span style="color:{}">{}</span> {}</p>{}', *mark[::2], modality.title, drawn)

"""Many samples at once: a zip or several files → a table of answers, each of which opens its full explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st
from markupsafe import Markup

from drawings.concepts import in_percent
from drawings.inputs import width_of
from drawings.look import look_of
from drawings.markup import NOTHING, html, joined
from drawings.thumbnails import thumbnail
from resources.uploads import File
from sharcs_core.answers import MOST_LINES, ORDERS, Line, in_order, lines_of, table_of
from sharcs_core.bundles import samples_of
from sharcs_core.errors import UserError
from sharcs_core.named import counted, lowered
from sharcs_core.readers.zips import BOUNDS
from shared import keeping
from shared.cards import usual_line
from shared.paging import n_pages, on_page
from shared.plain import code, markdown, plain
from views.upload.given import bring_read, forget_upload

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from sharcs_core.checkpoints import Run

WAY, ONE, SEVERAL = "upload_way", "One sample", "Several at once"
PER_PAGE = 10
PICTURE = 60
LINES, NOTES = "lines", "notes"


def choose_way() -> str:
    """Whether one sample is brought, or several."""
    chosen = st.segmented_control(
        "How many", [ONE, SEVERAL], default=ONE, required=True, key=WAY, label_visibility="collapsed"
    )
    return chosen or ONE


def bring_several(run: Run) -> None:
    """What was brought before as a table, and the way to bring others."""
    kept = _kept_key(run)
    file = keeping.get(kept)
    made = {} if file is None else keeping.found_in(file, run.name)
    if file is not None and LINES not in made:
        st.info("This model was trained anew after you brought these. Bring them again.", icon=":material/history:")
    if file is None or LINES not in made:
        _uploader(run, kept)
        return
    _table(run, file, made)
    with st.expander("Bring others"):
        _uploader(run, kept)


def clear_several(run: Run) -> None:
    """Forget the table. A callback."""
    keeping.remove(_kept_key(run))


def has_table(run: Run) -> bool:
    """Whether there is a table to go back to."""
    return keeping.get(_kept_key(run)) is not None


def back_to_table() -> None:
    """Show the table again. A callback."""
    st.session_state[WAY] = SEVERAL


def _kept_key(run: Run) -> str:
    return f"several|{run.name}"


# -- bringing them


def _uploader(run: Run, kept: str) -> None:
    turn = st.session_state.get(f"turn|{kept}", 0)
    st.caption(
        markdown(
            "One zip of a folder with a metadata.csv, as {} takes it; a metadata.csv with the files that it names; or "
            "many files of one kind. The first {:,} samples are read. Nothing of it stays but the table below.",
            code("sharcs predict"),
            MOST_LINES,
        )
    )
    files = st.file_uploader(
        "Many samples: a zip, or files",
        accept_multiple_files=True,
        key=f"several|{run.name}|{turn}",
        max_upload_size=BOUNDS.packed // 1_000_000,
        label_visibility="collapsed",
    )
    if files:
        _read(run, kept, files)
        for file in files:
            forget_upload(file)
        st.session_state[f"turn|{kept}"] = turn + 1
        st.rerun()
    if fault := st.session_state.pop(f"fault|{kept}", None):
        st.error(plain(fault), icon=":material/error:")


def _read(run: Run, kept: str, files: Sequence[UploadedFile]) -> None:
    """Explain each sample and keep a line of it; what cannot be read at all is told after the next start."""
    bar = st.progress(0.0, "Unpacking …")
    try:
        with samples_of(run.task, [(file.name, file) for file in files]) as brought:
            lines = tuple(_counted(lines_of(run, brought.samples), brought.n, bar))
    except UserError as error:
        st.session_state[f"fault|{kept}"] = str(error)
        return
    notes = brought.notes
    if len(lines) < brought.n:
        notes = (*notes, f"There are {brought.n:,} samples; the first {len(lines):,} of them are here")
    made = keeping.made_by(run.name, {LINES: lines, NOTES: notes})
    keeping.put(kept, File("answers.csv", table_of(run, lines), made=made))


def _counted(lines: Iterator[Line], n: int, bar: DeltaGenerator) -> Iterator[Line]:
    """The same, with a bar that says how many there were."""
    n = min(n, MOST_LINES)
    for done, line in enumerate(lines, start=1):
        bar.progress(done / n, plain(f"{done:,} of {n:,} samples explained"))
        yield line


# -- looking at them


def _table(run: Run, file: File, made: Mapping[str, Any]) -> None:
    lines: tuple[Line, ...] = made[LINES]
    for note in made[NOTES]:
        st.caption(markdown(":material/info: {}", note))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox("Sorted", list(ORDERS), key=f"several_order|{run.name}", width=230)
        page, most = 1, n_pages(len(lines), PER_PAGE)
        if most > 1:
            page = st.number_input(
                markdown("Page of {}", most), 1, most, key=f"several_page|{run.name}|{order}|{len(lines)}", width=130
            )
        st.download_button(
            markdown("{} as CSV", counted(len(lines), "answer")),
            lambda: file.content,
            file.name,
            "text/csv",
            key="several_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.button("Remove", key="several_remove", icon=":material/close:", on_click=clear_several, args=(run,))
    with st.container(key="several_lines", gap="small"):
        for place in on_page(in_order(lines, order), page, PER_PAGE):
            _line(run, lines[place], place)


def _line(run: Run, line: Line, place: int) -> None:
    with st.container(border=True):
        seen, told, button = st.columns([5, 9, 2], vertical_alignment="center")
        seen.html(_pictures(run, line))
        told.html(_told(run, line))
        button.button(
            "Open",
            key=f"open|{place}",
            on_click=_open,
            args=(run, line),
            help=plain(f"The full explanation of {line.sample.id}"),
            disabled=line.answer is None,
            width="stretch",
        )


def _open(run: Run, line: Line) -> None:
    bring_read(run, line.sample)
    st.session_state[WAY] = ONE


def _pictures(run: Run, line: Line) -> Markup:
    drawn = []
    for modality in run.card.modalities:
        if modality.name in line.sample.inputs:
            inputs = line.sample.inputs[modality.name]
            look = look_of(modality, run.card.names)
            drawn.append(thumbnail(inputs, 0, width_of(inputs, PICTURE), look, modality.title))
    return html('<div style="display:flex;flex-wrap:wrap;gap:.6rem;align-items:center">{}</div>', joined(drawn))


def _told(run: Run, line: Line) -> Markup:
    """Id, answer and how sure, the sentence of why, and what is to be known of the reading."""
    notes = line.cells[-1]
    if line.answer is None:
        return html(
            '<div><code>{}</code> <span class="wrong">✗</span> cannot be read</div><div class="usual">{}</div>',
            line.sample.id,
            notes,
        )
    lacking = [lowered(run.card.modality(name).title) for name in line.missing]
    return html(
        '<div><code>{}</code> · <b>{}</b> · {} sure{}</div><div style="font-size:.86rem">{}</div>{}{}',
        line.sample.id,
        run.card.target.name(line.answer),
        in_percent(line.sure),
        f", without {' and '.join(lacking)}" if lacking else "",
        line.why,
        _unusual(run, line),
        html('<div class="usual">{}</div>', notes) if notes else NOTHING,
    )


def _unusual(run: Run, line: Line) -> Markup:
    """How far its farthest input lies from training; which one that is, where it is too far."""
    one = line.unusual
    if one is None or not one.is_unusual:
        return usual_line(one)
    return usual_line(replace(one, says=f"{run.card.modality(one.modality).title}: {one.says}"))

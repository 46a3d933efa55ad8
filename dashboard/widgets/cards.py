"""Cards that show a sample, or one input, as drawings with what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.inputs import width_of
from figures.theme import modality_colour, modality_mark
from widgets.choice import is_unseen, select_sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def modality_heading(run: Run, modality: str) -> str:
    """HTML of a modality's title behind its mark, in its colour."""
    title = escape(run.task.modality(modality).title)
    return (
        f'<div style="font-size:.86rem;font-weight:600;margin-bottom:.35rem;line-height:1.3">'
        f'<span style="color:{modality_colour(modality)}">{modality_mark(modality)}</span> {title}</div>'
    )


def key_name(run: Run, modality: str, key: int) -> str:
    """What a semantics key says in words, such as ``digit 7``."""
    return run.task.modality(modality).key_names[int(key)]


def draw_sample(run: Run, sample_id: str, size: int = 128) -> None:
    """The inputs of a sample side by side, each under its modality's title and over what it shows."""
    bank, row = run.find(sample_id)
    cells = ""
    for name, side in bank.sides.items():
        wide = width_of(side.inputs, size)
        picture = resources.drawing(run.name, name, row, test=is_unseen(sample_id), size=wide)
        says = escape(key_name(run, name, side.semantics[row]))
        cells += (
            f'<div style="width:{wide}px">{modality_heading(run, name)}{picture}'
            f'<div style="font-size:.82rem;opacity:.7;margin-top:.3rem">{says}</div></div>'
        )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.9rem 1.2rem">{cells}</div>')


def verdict(run: Run, sample_id: str) -> str:
    """The true class and the model's in one line of Markdown."""
    bank, row = run.find(sample_id)
    part = "test" if is_unseen(sample_id) else "train"
    truth, guess = int(bank.labels[row]), int(resources.predictions(run.name)[part][row])
    names = run.task.class_names
    mark = ":green-badge[:material/check: right]" if truth == guess else ":orange-badge[:material/close: wrong]"
    return f"Model **{names[guess]}** · truth **{names[truth]}** {mark}"


def sample_card(run: Run, sample_id: str, *, size: int = 128, choose: bool = False, key: str = "card") -> None:
    """A framed sample: id, inputs of every modality, truth and prediction.

    Args:
        choose: with a button that makes it the chosen sample.
        key: tells apart the buttons of cards of one sample on one page.
    """
    with st.container(border=True):
        origin = "unseen" if is_unseen(sample_id) else "in memory"
        st.markdown(f"`{sample_id}` :small[:gray[{origin}]]")
        draw_sample(run, sample_id, size)
        st.markdown(verdict(run, sample_id))
        if choose:
            st.button("Choose", key=f"{key}-{sample_id}", on_click=select_sample, args=(sample_id,), width="stretch")


def input_card(
    run: Run,
    modality: str,
    row: int,
    caption: str = "",
    *,
    test: bool = False,
    size: int = 96,
    on_click: Callable[[str], None] | None = select_sample,
    key: str = "input",
) -> None:
    """One input of a bank with a caption, and a button that gives its sample's id to ``on_click``."""
    bank = run.test_bank if test else run.bank
    size = width_of(bank.sides[modality].inputs, size)
    sample_id = str(bank.sample_ids[row])
    picture = resources.drawing(run.name, modality, row, test=test, size=size)
    words = caption or key_name(run, modality, bank.sides[modality].semantics[row])
    st.html(
        f'<div style="display:flex;flex-direction:column;align-items:center;gap:.3rem">{picture}'
        f'<div style="font-size:.82rem;opacity:.75;text-align:center;line-height:1.25">{words}</div></div>'
    )
    if on_click is not None:
        st.button(
            sample_id,
            key=f"{key}-{modality}-{sample_id}",
            on_click=on_click,
            args=(sample_id,),
            type="tertiary",
            width="stretch",
            help="Makes this sample the chosen one.",
        )

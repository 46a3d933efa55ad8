"""In a line and a table: what the model says of a picture, where it looks, and whether that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from drawings.concepts import in_percent
from drawings.markup import NOTHING, html, joined
from sharcs_core.named import listed
from shared.choice import select_sample
from shared.plain import markdown

if TYPE_CHECKING:
    from markupsafe import Markup

    from views.reasons.chosen import Shown

NOT_KNOWN = "not known"
RIGHT, WRONG = html("<td class='right'>✓ <span>right</span></td>"), html("<td class='wrong'>✗ <span>wrong</span></td>")
TOGETHER = {
    True: "It names what it looks at.",
    False: "It does not name what it looks at: one of the two is wrong.",
}


def say_answer(shown: Shown) -> None:
    """The class and the sentence, each with whether it is right, and how far it looks where it should."""
    reason, verdict = shown.reason, shown.verdict
    st.html(
        html(
            "<div class='why reasons'><table><thead><tr><td></td><th scope='col'>The model</th>"
            "<th scope='col'>Truth</th><td></td></tr></thead><tbody>{}</tbody></table>{}</div>",
            joined(
                (
                    _row("Class", _sure(reason.class_name, reason.certainty), shown.truth.label, verdict.class_right),
                    _row("It says", _quoted(reason.sentence), _quoted(shown.truth.sentence), verdict.said_right),
                    _row("It looks", _place(shown), "" if shown.truth.mask is None else "outlined", verdict.points),
                )
            ),
            _remarks(shown),
        )
    )


def _row(head: str, says: Markup, truth: object, is_right: bool | None) -> Markup:
    mark = html("<td></td>") if is_right is None else RIGHT if is_right else WRONG
    return html("<tr><th scope='row'>{}</th><td>{}</td><td>{}</td>{}</tr>", head, says, truth or NOT_KNOWN, mark)


def _sure(name: str, certainty: float) -> Markup:
    return html("<b>{}</b> <small>{} sure</small>", name, in_percent(certainty))


def _quoted(sentence: str) -> Markup:
    return html("“{}”", sentence) if sentence else NOTHING


def _place(shown: Shown) -> Markup:
    inside = shown.verdict.inside
    if inside is None:
        return html("{}", "at what is lit")
    return html("<b>{}</b> of it at what matters", in_percent(inside))


def _remarks(shown: Shown) -> Markup:
    """What the table does not say by itself."""
    said = [TOGETHER[shown.verdict.agrees]] if shown.verdict.agrees is not None else []
    if shown.reason.contradicts_itself:
        said.append("Its sentence names another class than the one that it predicts.")
    if shown.verdict.told_apart:
        said.append(f"The sentence is wrong in: {listed(list(shown.verdict.told_apart))}.")
    return html("<p>{}</p>", " ".join(said)) if said else NOTHING


def say_which(shown: Shown) -> None:
    """Which sample that is."""
    sample, wrong = shown.sample, shown.wrong
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(markdown("Sample {} :small[:gray[{}]]", sample.shown, sample.origin), width="content")
        if wrong:
            st.button(
                "One that it gets wrong",
                key="next_wrong",
                icon=":material/arrow_forward:",
                type="tertiary",
                on_click=select_sample,
                args=(next((one for one in wrong if one > sample.id), wrong[0]),),
                help=markdown(
                    "The next of the {} of {:,} unseen samples of which it gets the class wrong.",
                    len(wrong),
                    len(sample.run.test_bank),
                ),
            )

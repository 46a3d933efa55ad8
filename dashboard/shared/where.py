"""Where something was read: a switch on whatever shows a sample, and below it its inputs with their parts lit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concepts import in_percent
from drawings.lit import legend
from drawings.markup import html, joined
from sharcs_core.errors import UserError
from sharcs_core.naming import question_in_words, step_in_words
from sharcs_core.structures import Answer, TreeStep
from shared.cards import modality_heading
from shared.plain import Markdown, markdown, plain

if TYPE_CHECKING:
    from markupsafe import Markup

    from sharcs_core.structures import Asked, Where
    from shared.sample import Sample

SWITCH_HELP = (
    "Lights the parts of each input that what the model says comes from: those that speak for it, and those that "
    "speak against it. It is what the model goes by, whether that is right or not."
)


@st.fragment
@resources.one_look()
def where_below(sample: Sample, size: int = 128) -> None:
    """The switch *Where?*, and once it is on the inputs of a sample, lit for the answer or a concept of choice."""
    with st.container(key="read_at", gap="xsmall"):
        if switch():
            _say_chosen(sample, size)


def switch() -> bool:
    """Whether parts of inputs are lit, on every page."""
    return st.toggle("Where?", key="see_where", persist_state="session", help=SWITCH_HELP)


def say_where(sample: Sample, asked: Asked, size: int) -> None:
    """The inputs of a sample, lit for what is asked, with what that is and what the colours mean.

    What cannot be told is told in a sentence.
    """
    try:
        found = sample.where(asked)
    except UserError as error:
        st.info(plain(str(error)))
        return
    st.html(html("{}{}{}", _told(sample, found), lit_inputs(sample, found, size), legend()))


def _told(sample: Sample, found: Where) -> Markup:
    """What is lit, as a statement, and how sure the model is of it."""
    run, asked = sample.run, found.asked
    if isinstance(asked, Answer):
        words = f"Answer: {run.card.target.names[asked.class_index or 0]}"
    else:
        words = step_in_words(TreeStep(0, 0, asked, found.says), run.concept_names, run.task)
    return html("<div class='lit-of'><b>{}</b> {} sure</div>", words, in_percent(found.certainty))


def _say_chosen(sample: Sample, size: int) -> None:
    """The same for what is chosen of all that can be asked, below the sample in sentences."""
    sentences = st.container()
    try:
        asked = sample.choices()
        words = [_in_words(sample, one) for one in asked]
        place = st.selectbox(
            "Of what",
            range(len(asked)),
            format_func=lambda place: words[place],
            key=f"asked_about|{sample.run.name}|{sample.id}",
            label_visibility="collapsed",
        )
        say_where(sample, asked[place or 0], size)
        said = sample.said()  # last, since it takes longest
        sentences.html(html("<p class='lit-said'>{}</p>", " ".join(said.sentences)))
    except UserError as error:
        st.info(plain(str(error)))


def _in_words(sample: Sample, asked: Asked) -> Markdown:
    run = sample.run
    if isinstance(asked, Answer):
        return markdown("The answer: {}", run.card.target.names[sample.class_index])
    return plain(question_in_words(asked, run.concept_names, run.task))


def lit_inputs(sample: Sample, found: Where, size: int) -> Markup:
    """The inputs side by side, lit where they have a say, each with how much of it comes from there.

    Those that have none are drawn as they are, so that nothing moves when something else is asked.
    """
    cells = joined(_lit(sample, name, found, size) for name in sample.run.card.names if name in sample.inputs)
    return html('<div style="display:flex;flex-wrap:wrap;gap:.9rem 1.2rem">{}</div>', cells)


def _lit(sample: Sample, name: str, found: Where, size: int) -> Markup:
    has_say = name in found.parts
    return html(
        '<div style="width:{}px{}">{}{}<div class="reads lit-share">{}</div></div>',
        sample.width(name, size),
        "" if has_say else ";opacity:.45",
        modality_heading(sample.run, name),
        sample.lit(name, found.parts[name], size) if has_say else sample.picture(name, size),
        _weight(found.weights, name) if has_say else "not asked",
    )


def _weight(weights: Mapping[str, float], name: str) -> str:
    """How much of what speaks for it, or against it, comes from one input; all of it where there is one alone."""
    if len(weights) == 1:
        return "all of it"
    weight = float(weights[name])
    return f"{in_percent(abs(weight))} {'against' if weight < 0 else 'for'} it"

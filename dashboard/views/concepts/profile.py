"""One concept: its name, how often it is on, what shows it, which answers go with it, where the tree asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.concept_profile import agreement_table, answers_with, marks_table, pictures, sentences, spread_of
from drawings.concepts import beyond_name
from drawings.inputs import width_of
from drawings.kinds import is_told
from drawings.lit import legend
from drawings.markup import NOTHING, html, joined
from sharcs_core.marks import LEAST
from sharcs_core.profiles import doubts_of
from sharcs_core.profiles.words import (
    association_in_words,
    follows_in_words,
    is_hardly,
    relatives_in_words,
    standing,
    tree_in_words,
    undecided_in_words,
)
from sharcs_core.structures import Question
from shared.cards import key_name
from shared.modality import columns_for
from shared.plain import markdown
from shared.where import switch

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.profiles import Association, Profile, Said
    from sharcs_core.structures import Ints

SIZE = 72
SIDE_BY_SIDE = 2
CHANCE_TOLD = (
    "Over all training samples. *Within chance*: shuffled answers differ as much, somewhere among all concepts and "
    "answers, in more than one of twenty shuffles."
)

TRAITS_TOLD = (
    "What is said about the samples and is no input of the model, compared with the concept over the training samples "
    "that the run keeps. Told is what is beyond chance: shuffled samples reach as much, somewhere among all concepts "
    "and traits, in at most one of twenty shuffles."
)


MARKS_TOLD = (
    f"Words of their texts, traits and answers that at least {LEAST} of the training samples have that the run keeps. "
    "Told is what the concept is on for in far more of the inputs than usual, or in far fewer, by four standard errors "
    "at least; of what mostly comes together only the clearest."
)


def in_short(run: Run, profile: Profile) -> None:
    """What speaks against the concept, and whether it counts by itself."""
    doubts = [doubt.sentence for doubt in doubts_of(profile, run.concept_names)]
    said = standing(profile, run.concept_names, run.task)
    off = f"Off, it says “{profile.two_values[0]}”." if profile.two_values else ""
    told = " ".join(filter(None, (off, said)))
    content = [*([sentences(doubts, "doubt")] if doubts else []), *([sentences([told])] if told else [])]
    if content:
        _show(joined(content))


def how_often_on(run: Run, profile: Profile) -> None:
    """A column a modality: how often the concept is on there, and real inputs that have it on, off or nearly either."""
    titles = run.card.titles
    is_lit = run.bank.is_kept and switch()
    if is_lit:
        st.html(legend())
    for column, said in zip(columns_for(len(titles), gap="large"), profile.said.values(), strict=True):
        with column:
            meaning = beyond_name(profile.name, said.meaning)
            lit = Question((said.modality,), (profile.concept,)) if is_lit else None
            about = html("<div class='about'>{}</div>", meaning) if meaning else NOTHING
            shown = (
                pictures(_drawn(run, said, said.on, lit), "On", "" if len(said.on) else "It is on in none of them.")
                + pictures(
                    _near_border(run, said, profile.concept, lit), "Nearest to the border", undecided_in_words(said)
                )
                + pictures(
                    _drawn(run, said, said.off, lit), "Off", "" if len(said.off) else "It is off in none of them."
                )
            )
            _show(spread_of(said, titles) + about + shown)


def _drawn(run: Run, said: Said, rows: Ints, lit: Question | None) -> list[tuple[Markup, str]]:
    """Bank inputs, each with what it means; with ``lit`` each once more, where that is read in it."""
    side = run.bank.sides[said.modality]
    size = width_of(side.inputs, SIZE)
    return [
        (
            _bare_and_lit(run, said.modality, int(row), size, lit),
            key_name(run, said.modality, side.semantics[row]),
        )
        for row in rows
    ]


def _bare_and_lit(run: Run, modality: str, row: int, size: int, lit: Question | None) -> Markup:
    """An input as it is, and below it lit; a text, which is as it is when it is lit too, once."""
    bare = resources.drawing(run.name, modality, row, size=size)
    if lit is None:
        return bare
    drawn = resources.lit(run.name, modality, row, lit, size)
    return drawn if is_told(run.bank.sides[modality].inputs) else html("{}<div class='lit'>{}</div>", bare, drawn)


def _near_border(run: Run, said: Said, concept: int, lit: Question | None) -> list[tuple[Markup, str]]:
    """The inputs at the border, each with how strongly the concept is on in it as well."""
    values = run.bank.sides[said.modality].shared[said.border, concept]
    drawn = _drawn(run, said, said.border, lit)
    return [(drawing, f"{value:.2f}: {words}") for (drawing, words), value in zip(drawn, values, strict=True)]


def sets_apart(profile: Profile) -> None:
    """What the samples have that the concept is on for, and off for; nothing where that is not clear."""
    sides = [
        (marks, heading) for marks, heading in ((profile.marks.on, "On for"), (profile.marks.off, "Off for")) if marks
    ]
    if not sides:
        return
    st.markdown("##### What sets its samples apart", help=MARKS_TOLD)
    for column, (marks, heading) in zip(columns_for(len(sides), gap="large"), sides, strict=True):
        with column:
            _show(marks_table(marks, heading))


def answers(run: Run, profile: Profile) -> None:
    """Which answers go with the concept in each modality, and with agreeing on it; those that hardly do in a line."""
    st.markdown("##### Which answers go with it", help=CHANCE_TOLD)
    drawn = [one for one in profile.associations if not is_hardly(one)]
    for start in range(0, len(drawn), SIDE_BY_SIDE):
        shown = drawn[start : start + SIDE_BY_SIDE]
        for column, one in zip(st.columns(SIDE_BY_SIDE, gap="large"), shown, strict=False):
            with column:
                _show(answers_with(one, run.card.target.names, _sentence(run, one)))
    alike = [_sentence(run, one) for one in profile.associations if is_hardly(one)]
    if alike:
        _show(sentences(alike))


def _sentence(run: Run, association: Association) -> str:
    words = association_in_words(association, run.concept_names, run.task)
    return f"{words[0].upper()}{words[1:]}."


def traits(run: Run, profile: Profile) -> None:
    """The traits of samples that the concept follows; nothing where the task says none."""
    if not run.card.traits:
        return
    said = follows_in_words(profile) or ("None beyond chance.",)
    st.markdown("##### What it follows", help=TRAITS_TOLD)
    _show(sentences(said))


def relations(run: Run, profile: Profile) -> None:
    """Whether modalities agree on it, where the tree asks it, and which concepts are near it."""
    names, n_samples = run.concept_names, len(run.labels)
    asked = tree_in_words(profile.asked, names, run.task, n_samples) or ("The tree never asks about it.",)
    for column, heading, content in zip(
        columns_for(3, gap="large"),
        ("Do the modalities agree?", "Where the tree asks", "Nearest relatives"),
        (
            agreement_table(profile.agreements, run.card.titles),
            sentences(asked),
            sentences(relatives_in_words(profile, names)),
        ),
        strict=True,
    ):
        with column:
            st.markdown(markdown("##### {}", heading))
            _show(content)


def _show(content: Markup) -> None:
    st.html(html("<div class='profile'>{}</div>", content))

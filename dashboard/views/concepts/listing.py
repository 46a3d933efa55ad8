"""All concepts of a run in a list, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.concept_profile import list_head, list_row, side_by_side, tags
from drawings.concepts import beyond_name
from drawings.inputs import small_row
from drawings.markup import html
from sharcs_core.profiles import doubts_of
from sharcs_core.profiles.words import followed_in_short, goes_with
from shared.plain import markdown
from views.concepts.choice import look_at

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.profiles import Profile


WIDTHS = (1, 3)


def concept_list(run: Run) -> None:
    """Every concept with its name, how often it is on and what speaks against it, those of one factor together."""
    profiles, titles = resources.concept_profiles(run.name), run.card.titles
    with st.container(key="concept_list", gap=None):
        st.columns(WIDTHS)[1].html(list_head(titles, len(run.bank)))
        for factor, group in groupby(profiles, key=lambda profile: profile.factor):
            members = list(group)
            if factor is not None:
                st.markdown(markdown("**{}** :small[{}]", factor, _taught_how(members)))
            for profile in members:
                _concept(run, profile, titles)


def _taught_how(profiles: list[Profile]) -> str:
    two = profiles[0].two_values
    if two:
        return f"taught: on for {two[1]}, off for {two[0]}"
    return f"taught: {len(profiles)} concepts, one a value, of which one is meant to be on"


def _concept(run: Run, profile: Profile, titles: dict[str, str]) -> None:
    answers = goes_with(profile, run.card.target.names)
    shown = _shown(run, profile) if run.card.own_keys else {}
    name, facts = st.columns(WIDTHS, vertical_alignment="center")
    facts.html(list_row(profile.said, titles, answers, len(profile.asked), _about(profile), shown))
    with name:
        st.button(
            markdown("**{}**", profile.name),
            key=f"look_at|{profile.concept}",
            on_click=look_at,
            args=(profile.concept,),
            type="tertiary",
            wrap=True,
            help="Shows all that is known of this concept.",
        )
        doubts = doubts_of(profile, run.concept_names)
        if doubts:
            st.html(html("<div class='profile'>{}</div>", tags([doubt.short for doubt in doubts])))


def _shown(run: Run, profile: Profile) -> dict[str, Markup]:
    """Modality → the inputs of a few samples that show what a concept is called by: what nobody has named is seen."""
    return {name: _side_by_side(run, name, profile.marks.rows) for name in profile.said} if run.bank.is_kept else {}


def _side_by_side(run: Run, modality: str, rows: Sequence[int]) -> Markup:
    n, width = small_row(run.bank.sides[modality].inputs)
    return side_by_side(resources.drawing(run.name, modality, int(row), size=width) for row in rows[:n])


def _about(profile: Profile) -> str:
    """What a free concept means where all modalities say the same and its name does not say it, and what it follows."""
    if profile.factor is not None:
        return ""
    if profile.marks.in_own_words:
        return beyond_name(profile.name, profile.marks.in_own_words)
    meanings = {beyond_name(profile.name, said.meaning) for said in profile.said.values()}
    meaning = meanings.pop() if len(meanings) == 1 else ""
    return " · ".join(filter(None, (meaning, followed_in_short(profile))))

"""Which concepts the chosen sample has on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concepts import concept_bars
from sharcs_core.structures import THRESHOLD
from shared.cards import draw_sample
from shared.plain import Markdown, markdown

if TYPE_CHECKING:
    from shared.sample import Sample

PICTURE = 76


def has_on(sample: Sample) -> None:
    """All concepts of the chosen sample, input beside input, once they are asked for."""
    box = st.expander(markdown("What {} has on", sample.title), key="has_on", on_change="rerun")
    if not box.open:  # a row a concept would be sent with every page
        return
    run = sample.run
    with box:
        draw_sample(sample, size=PICTURE)
        st.html(
            concept_bars(
                sample.explanation().shared,
                run.card.titles,
                run.concept_names,
                resources.concept_meanings(run.name),
                among=run.card.names,
            )
        )


def in_this_sample(sample: Sample, concept: int) -> Markdown:
    """Whether the inputs of the chosen sample have a concept on, and how far."""
    titles, shared = sample.run.card.titles, sample.explanation().shared
    said = [_said(titles[name], float(values[concept])) for name, values in shared.items()]
    return markdown("In {}: {}.", sample.title, Markdown(", ".join(said)))


def _said(title: str, value: float) -> Markdown:
    return markdown("{} {} ({:.2f})", title, "on" if value > THRESHOLD else "off", value)

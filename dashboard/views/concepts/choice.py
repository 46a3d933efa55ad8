"""What the page of concepts shows, and of which concept: choices that the URL carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from sharcs_core.profiles import ANY

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

ALL, ONE, SAMPLES = PARTS = ("All concepts", "One concept", "Find samples")
SEE, CONCEPT, PATTERNS = "see", "concept", "patterns"
MOST_PATTERNS = 3


def choose_part(run: Run) -> str:
    """Which part of the page is shown. A model chosen anew begins without the choices made for another."""
    if st.session_state.setdefault("concepts_of", run.name) != run.name:
        st.session_state["concepts_of"] = run.name
        st.session_state[CONCEPT] = 0
        drop_patterns()
    _begin()
    chosen = st.segmented_control(
        "Show", PARTS, required=True, key=SEE, bind="query-params", label_visibility="collapsed"
    )
    return chosen or ALL


def choose_concept(run: Run) -> int:
    """One of the run's concepts, by its name."""
    names = run.concept_names
    chosen = st.selectbox(
        "Concept", range(len(names)), index=None, format_func=names.__getitem__, key=CONCEPT, bind="query-params"
    )
    return int(chosen or 0)


def look_at(concept: int) -> None:
    """Shows one concept. Use it as a callback."""
    st.session_state[SEE], st.session_state[CONCEPT] = ONE, concept


def find_samples_with(concept: int) -> None:
    """Shows the samples that have a concept on in any modality. Use it as a callback."""
    drop_patterns()
    st.session_state[SEE], st.session_state[key_of("on", 0)] = SAMPLES, [concept]


def key_of(what: str, pattern: int) -> str:
    """The key of one of a pattern's three controls: ``where``, ``on`` or ``off``; it stands in the URL."""
    return what if pattern == 0 else f"{what}{pattern + 1}"


def n_patterns() -> int:
    """How many patterns are asked for: those that were begun, and all up to the last one that the URL has."""
    begun = int(st.session_state.get(PATTERNS, 1))
    return max([begun, *(pattern + 1 for pattern in range(MOST_PATTERNS) if is_set(pattern))])


def is_set(pattern: int) -> bool:
    """Whether a pattern asks for anything yet."""
    keys = [key_of(what, pattern) for what in ("on", "off")]
    return any(st.session_state.get(key, key in st.query_params) for key in keys)


def add_pattern(n: int) -> None:
    """Begins another pattern after ``n``. Use it as a callback."""
    st.session_state[PATTERNS] = n + 1


def drop_patterns() -> None:
    """Takes all patterns back. Use it as a callback."""
    st.session_state[PATTERNS] = 1
    for pattern in range(MOST_PATTERNS):
        st.session_state[key_of("where", pattern)] = ANY
        for what in ("on", "off"):
            st.session_state[key_of(what, pattern)] = []


def _begin() -> None:
    """The values of the controls that neither the visitor nor the URL has set, those that are not shown included.

    Defaults of their own would be left out of the URL, and contradict what a callback sets; and what a callback sets
    comes into the URL only where there was a value before.
    """
    begun: dict[str, Any] = {SEE: ALL, CONCEPT: 0}
    for pattern in range(MOST_PATTERNS):
        begun |= {key_of("where", pattern): ANY, key_of("on", pattern): [], key_of("off", pattern): []}
    for key, value in begun.items():
        if key not in st.query_params:
            st.session_state.setdefault(key, value)

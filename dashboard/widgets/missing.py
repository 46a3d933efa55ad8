"""The prediction with a modality taken away, beside the one with everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concepts import in_percent, probability_bars
from figures.theme import class_colours
from sharcs_core.explanations import HANDLINGS
from sharcs_core.inference import N_COMPANIONS
from widgets.modality import choose_missing, in_words
from widgets.neighbours import neighbour_grid

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, Missing

COMPANIONS_TOLD = f"averaged over what the {N_COMPANIONS} training samples most like this one have there"
HANDLING_WORDS = {
    "described": "Described: its content is known in another modality",
    "absent": "Absent: nothing is known of it",
}


def predict_without(run: Run, sample_id: str) -> None:
    """The prediction as it is, beside the one with a modality taken away."""
    missing = choose_missing(run, "take_away")
    handling = st.radio(
        "What is known of it",
        HANDLINGS,
        format_func=HANDLING_WORDS.get,
        key="handling",
        help="**Described**: the same content is given in another modality; its nearest neighbour of the missing "
        f"modality stands in. **Absent**: the answer is {COMPANIONS_TOLD}.",
    )
    full = resources.explanation(run.name, sample_id)
    if not 0 < len(missing) < len(run.task.modalities):
        st.info("Take at least one away, and leave at least one.")
        return
    reduced = resources.explanation(run.name, sample_id, missing, handling)
    with_all, without, stood_in = st.columns([4, 4, 2], gap="large")
    with with_all:
        _prediction(run, "With everything", full)
    with without:
        titles = [run.task.modality(name).title.lower() for name in missing]
        _prediction(run, f"Without the {in_words(titles)}", reduced)
    with stood_in:
        for name in missing:
            _stand_in(run, reduced.missing[name], _meaning_of(run, sample_id, name))


def _stand_in(run: Run, how: Missing, meaning: int) -> None:
    if how.stand_in is None:
        st.markdown("**No stand-in**")
        st.caption(f"The answer is {COMPANIONS_TOLD}.")
        return
    st.markdown("**Stand-in**", help="The training input whose concepts were used in place of the missing one.")
    neighbour_grid(run, (how.stand_in,), key="stand_in", meaning=meaning, per_row=1)


def _meaning_of(run: Run, sample_id: str, modality: str) -> int:
    bank, row = run.find(sample_id)
    return int(bank.sides[modality].semantics[row])


def _prediction(run: Run, head: str, explanation: Explanation) -> None:
    names, best = run.task.class_names, explanation.class_index
    st.markdown(f"**{head}**: {names[best]} ({in_percent(float(explanation.probabilities[best]))})")
    st.html(probability_bars(explanation.probabilities, names, class_colours(len(names)), label=explanation.label))

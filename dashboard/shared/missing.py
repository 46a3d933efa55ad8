"""The prediction with a modality taken away, beside the one with everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from drawings.concepts import probability_bars
from drawings.theme import class_colours
from sharcs_core.explanations import HANDLINGS
from sharcs_core.inference import N_COMPANIONS
from sharcs_core.named import listed
from shared.modality import choose_missing
from shared.neighbours import neighbour_grid
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, Missing
    from shared.sample import Sample

COMPANIONS_TOLD = f"averaged over what the {N_COMPANIONS} training samples most like this one have there"
HANDLING_WORDS = {
    "described": "Described: its content is known in another modality",
    "absent": "Absent: nothing is known of it",
}


def predict_without(sample: Sample) -> None:
    """The prediction as it is, beside the one with a modality taken away; nothing of a sample with one input."""
    run, present = sample.run, list(sample.inputs)
    if len(present) < 2:
        return
    st.subheader("What if a modality were missing?", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        missing = choose_missing(run, "take_away", present)
        handling = _choose_handling() if sample.can_be_described else "absent"
    if not 0 < len(missing) < len(present):
        st.info("Take at least one away, and leave at least one.")
        return
    titles = run.card.titles
    full, reduced = sample.explanation(), sample.explanation(missing, handling)
    with_all, without, stood_in = st.columns([4, 4, 3], gap="large")
    with with_all:
        _prediction(run, "With all that you brought" if sample.absent else "With everything", full)
    with without:
        _prediction(run, f"Without the {listed([titles[name] for name in missing])}", reduced)
    with stood_in:
        for name in missing:
            _stand_in(sample, name, reduced.missing[name])


def _choose_handling() -> str:
    chosen = st.radio(
        "What is known of it",
        HANDLINGS,
        format_func=HANDLING_WORDS.get,
        key="handling",
        help=markdown(
            "*Described*: the same content is given in another modality; its nearest neighbour of the missing "
            "modality stands in. *Absent*: the answer is {}.",
            COMPANIONS_TOLD,
        ),
    )
    return chosen or HANDLINGS[0]


def _stand_in(sample: Sample, modality: str, how: Missing) -> None:
    """The training input that stands in for a missing one, and what it was found by."""
    run, titles = sample.run, sample.run.card.titles
    if how.stand_in is None or how.described_in is None:
        st.markdown(markdown("**No stand-in for the {}**", titles[modality]))
        st.caption(plain(f"The answer is {COMPANIONS_TOLD}."))
        return
    bank, row = run.find(sample.id)
    side, described_in = bank.sides[modality], titles[how.described_in]
    st.markdown(markdown("**Stand-in for the {}**", titles[modality]))
    st.caption(
        markdown(
            "What the {0} says was described by an input of the kind {1}. Of all training inputs of the kind {0}, this "
            "one lies nearest to that; its concepts are used instead.",
            titles[modality],
            described_in,
        )
    )
    description = (modality, side.described[how.described_in][row])
    truth = sample.why().readings[modality].truth
    neighbour_grid(run, (how.stand_in,), key="stand_in", query=description, meaning=truth)


def _prediction(run: Run, head: str, explanation: Explanation) -> None:
    names, best = run.card.target.names, explanation.class_index
    st.markdown(markdown("**{}**: {}", head, names[best]))
    st.html(probability_bars(explanation.probabilities, names, class_colours(len(names)), label=explanation.label))

"""Explain your own: bring files, get the same explanation as for the samples of the run."""

from __future__ import annotations

import streamlit as st

from sharcs_core.checkpoints import Run
from sharcs_core.explanations import explain_inputs
from sharcs_core.suggestions import texts_of, word_modalities
from shared.choice import current_run
from shared.modality import columns_for
from shared.plain import markdown
from views.upload.answer import change_it, show_answer, show_neighbours, show_place, show_reasons, show_words
from views.upload.given import Brought, bring, made_of_another, show_brought
from views.upload.keeping import follow_link, write_link
from views.upload.several import SEVERAL, bring_several, choose_way
from views.upload.starts import offer_starts


def bring_all(run: Run) -> dict[str, Brought]:
    """A box a modality; what could be read of it."""
    brought: dict[str, Brought] = {}
    for column, modality in zip(columns_for(len(run.card.modalities)), run.card.modalities, strict=True):
        with column, st.container(border=True, height="stretch"):
            found = bring(run, modality)
            if found is None:
                found = made_of_another(run, modality, [*brought.values()])
                if found is not None:
                    show_brought(run, found)
            if found is not None:
                brought[modality.name] = found
    return brought


st.title("Explain your own")
chosen_run = current_run()
st.markdown(
    markdown(
        "{} **{}** Bring one of each, or only some of them. Files stay on this machine, and are forgotten when you "
        "remove them or an hour after you last looked at them here; until then the address of this page leads to them.",
        chosen_run.card.summary,
        chosen_run.card.question,
    )
)
follow_link()
write_link()
if choose_way() == SEVERAL:
    bring_several(chosen_run)
    st.stop()
offer_starts(chosen_run)
brought = bring_all(chosen_run)
if not brought:
    example = ", or press an example" if chosen_run.test_bank.is_kept else ""
    st.info(markdown("Nothing to explain yet. Bring an input{}.", example), icon=":material/upload_file:")
    st.stop()
explanation = explain_inputs(chosen_run, {name: one.inputs for name, one in brought.items()})
answer, reasons = st.columns(2, gap="large")
with answer:
    show_answer(chosen_run, explanation)
with reasons:
    show_reasons(chosen_run, explanation)
change_it(chosen_run, explanation)
written = {name: one for name, one in brought.items() if name in word_modalities(chosen_run)}
show_words(chosen_run, explanation, {name: texts_of(chosen_run, name, one.inputs)[0] for name, one in written.items()})
show_neighbours(chosen_run, explanation)
show_place(chosen_run, explanation)

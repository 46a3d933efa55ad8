"""Explain your own: bring files, get the same explanation as for the samples of the run."""

from __future__ import annotations

import streamlit as st

from sharcs_core.checkpoints import Run
from sharcs_core.explanations import explain_inputs
from shared.choice import current_run
from shared.modality import columns_for
from shared.plain import markdown
from views.upload.answer import change_it, show_answer, show_neighbours, show_place, show_reasons
from views.upload.given import Brought, bring, bring_example, clear, from_picture, show_brought
from views.upload.keeping import follow_link, write_link


def bring_all(run: Run) -> dict[str, Brought]:
    """A box a modality; what could be read of it."""
    brought: dict[str, Brought] = {}
    for column, modality in zip(columns_for(len(run.task.modalities)), run.task.modalities, strict=True):
        with column, st.container(border=True, height="stretch"):
            found = bring(run, modality)
            if found is None:
                found = from_picture(run, modality, [*brought.values()])
                if found is not None:
                    show_brought(found)
            if found is not None:
                brought[modality.name] = found
    return brought


st.title("Explain your own")
chosen_run = current_run()
st.markdown(
    markdown(
        "{} **{}** Bring one of each, or only some of them. Files stay on this machine, and are forgotten when you "
        "remove them or an hour after you last looked at them here; until then the address of this page leads to them.",
        chosen_run.task.summary,
        chosen_run.task.question,
    )
)
with st.container(horizontal=True):
    st.button(
        "Try an example",
        type="primary",
        icon=":material/play_arrow:",
        on_click=bring_example,
        args=(chosen_run, 0),
        key="try_example",
    )
    st.button("Clear", icon=":material/delete:", on_click=clear, args=(chosen_run,), key="clear")
follow_link()
write_link()
brought = bring_all(chosen_run)
if not brought:
    st.info("Nothing to explain yet. Bring an input, or press an example.", icon=":material/upload_file:")
    st.stop()
explanation = explain_inputs(chosen_run, {name: one.inputs for name, one in brought.items()})
answer, reasons = st.columns(2, gap="large")
with answer:
    show_answer(chosen_run, explanation)
with reasons:
    show_reasons(chosen_run, explanation)
change_it(chosen_run, explanation)
show_neighbours(chosen_run, explanation)
show_place(chosen_run, explanation)

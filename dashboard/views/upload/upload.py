"""Explain your own: bring files, get the same explanation as for the samples of the run."""

from __future__ import annotations

import streamlit as st

from sharcs_core.checkpoints import Run
from sharcs_core.texts import texts_of, written
from shared.choice import chosen_id, current_run, own_sample
from shared.keeping import was_forgotten
from shared.modality import columns_for
from shared.own import OWN, all_read, take_along
from shared.plain import markdown
from views.upload.answer import change_it, go_on, show_answer, show_neighbours, show_place, show_reasons, show_words
from views.upload.given import bring, offer_making
from views.upload.several import SEVERAL, bring_several, choose_way
from views.upload.starts import offer_starts


def bring_all(run: Run) -> None:
    """A box a modality."""
    for column, modality in zip(columns_for(len(run.card.modalities)), run.card.modalities, strict=True):
        with column, st.container(border=True, height="stretch"):
            if bring(run, modality) is None:
                offer_making(run, modality, all_read(run))


st.title("Explain your own")
chosen_run = current_run()
st.markdown(
    markdown(
        "{} **{}** Bring one of each, or only some of them. Files stay on this machine, and are forgotten when you "
        "remove them or an hour after your last look at a page here; until then the address of a page that shows them "
        "leads to them.",
        chosen_run.card.summary,
        chosen_run.card.question,
    )
)
if was_forgotten():
    st.info("What you brought here before is forgotten. Bring it again.", icon=":material/history:")
if chosen_id() == OWN:
    take_along(chosen_run)
if choose_way() == SEVERAL:
    bring_several(chosen_run)
    st.stop()
offer_starts(chosen_run)
bring_all(chosen_run)
sample = own_sample(chosen_run)
if sample is None:
    example = ", or press an example" if chosen_run.test_bank.is_kept else ""
    st.info(markdown("Nothing to explain yet. Bring an input{}.", example), icon=":material/upload_file:")
    st.stop()
explanation = sample.explanation()
card = chosen_run.card
texts = {
    name: texts_of(card, name, sample.inputs[name])[0]
    for name in written(card, chosen_run.bank)
    if name in sample.inputs
}
answer, reasons = st.columns(2, gap="large")
with answer:
    show_answer(sample)
    show_words(chosen_run, explanation, texts)
with reasons:
    show_reasons(chosen_run, explanation)
go_on()
change_it(sample)
show_neighbours(chosen_run, explanation)
show_place(chosen_run, explanation)

"""Train: a folder of one's own data → a model, and what becomes of such models."""

from __future__ import annotations

import streamlit as st

import resources
from sharcs_core.errors import UserError
from sharcs_core.trainings.folders import DataFolder
from shared.changes import NOT_HERE, may_change
from shared.plain import plain
from views.train.choosing import begin_folder, choose_folder, take_up_brought
from views.train.doing import tell
from views.train.going import note_done, show_going
from views.train.own_runs import show_own_runs
from views.train.report import show_report, show_samples
from views.train.settings import offer_training

TURN = "train_turn"


def look_again() -> None:
    """A callback."""
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def prepare(folder: DataFolder) -> None:
    """All that is to be known of a folder, and the start."""
    if not folder.has_sheet:
        begin_folder(folder)
        return
    guided = resources.has_explanations(folder.path) and st.toggle(
        "Taught by explanations",
        value=True,
        key=f"train_guided|{folder.name}",
        help="The pictures alone say the class; masks, boxes and sentences teach where to look and what to say. "
        "Without it every column is an input like any other.",
    )
    looked = resources.looked_at(folder.path, st.session_state.get(TURN, 0), guided=guided)
    show_report(looked.report, folder.name, look_again)
    if looked.card is None or looked.samples is None or looked.usual is None:
        return
    st.markdown("##### A few samples, as the model will get them")
    show_samples(looked.card, looked.samples)
    st.markdown("##### Settings")
    st.caption("As they are they work; each says what it does.")
    offer_training(folder.path, looked.wanted, looked.usual, guided=guided)


st.title("Train")
st.markdown(
    "Bring samples of your own, each of them in two or more kinds of data and with a class, and train a model on them. "
    "It is trained on this machine, one at a time, and goes on when you close the page."
)
note_done()
tell()
if may_change():
    take_up_brought()
else:
    st.info(NOT_HERE, icon=":material/lock:")
show_going()
if may_change():
    st.subheader("A new model", anchor=False)
    with st.container(border=True):
        try:
            chosen = choose_folder()
            if chosen is not None:
                prepare(chosen)
        except UserError as error:
            st.error(plain(str(error)), icon=":material/error:")
show_own_runs()

"""Home: what the model does, one sample and why it is answered so, how good the model is, and where to go on."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import resources
from drawings.scores import size_in_words
from sharcs_core.additions import rests_in_words
from sharcs_core.checkpoints import Run
from sharcs_core.headlines import answer_headlines, main_headlines, shared_headlines
from sharcs_core.named import counted
from sharcs_core.tasks import task_of
from shared.cards import draw_sample, say_why, verdict
from shared.choice import current_run, current_sample_id, current_summary
from shared.plain import code, markdown, plain
from shared.tour import invite
from views.overview.beginnings import sample_buttons
from views.overview.elsewhere import show_elsewhere
from views.overview.figures import show_headlines

PAGES = (
    (
        "concept_map",
        "See every input as a point; what the model takes for the same lies together, whatever kind of data it is.",
    ),
    (
        "retrieval",
        "Find the nearest neighbours of an input among other kinds; take an input away, and see what is left.",
    ),
    ("intervention", "Change what the model reads, and watch the answer follow."),
    ("concepts", "What each concept says, in which inputs, and for which answers; give it a name of your own."),
    ("tree", "Read the model's reasons as a few yes/no questions."),
    ("upload", "Bring an input of your own, or press an example."),
    ("results", "How SHARCS compares with other models, over tasks and seeds."),
)


def show_sample(run: Run) -> None:
    """The chosen sample, the answer, and in one sentence why."""
    sample_id = current_sample_id(run)
    draw_sample(run, sample_id, size=112)
    st.markdown(markdown("{} · {}", code(sample_id), verdict(run, sample_id)))
    if run.questions:
        # Home keeps to the sentences: the table of what agrees stands on the pages that look into a sample.
        say_why(run, replace(resources.why(run.name, sample_id), agreements=()))
    sample_buttons(run, sample_id)


summary = current_summary()
card, metrics = resources.run_card(summary.name), summary.metrics
task = task_of(card)
st.title("Different kinds of data, one set of concepts")
st.markdown(
    "**SHARCS** reads every kind of input, each a *modality*, as one short list of yes/no **concepts**, and answers "
    "from these alone."
)
chosen = current_run(explained=False)
st.subheader(plain(card.title), anchor=False)
st.markdown(markdown("{} **{}**", card.summary, card.question))
with st.container(key="home"):
    left, right = st.columns([2, 1], gap="large")
with left:
    show_sample(chosen)
with right, st.container(gap="xsmall"):
    show_headlines(main_headlines(metrics, task), per_row=1)
    n_unseen = metrics.get("n_test", 0)
    st.caption(markdown("On {}. The mark on a bar: what one gets without a model.", counted(n_unseen, "unseen sample")))
    if rests := rests_in_words(metrics, {modality.name: modality.title for modality in card.modalities}):
        st.caption(plain(rests))
invite(chosen)
show_elsewhere(chosen)
with st.expander("All figures, and what each page is for", icon=":material/menu_book:"):
    trained_on = counted(metrics.get("n_train", 0), "sample")
    st.caption(markdown("After training on {}. {}", trained_on, size_in_words(metrics)))
    show_headlines([*answer_headlines(metrics, task), *shared_headlines(metrics, task)], per_row=4)
    st.divider()
    for name, says in PAGES:
        link, words = st.columns([1.2, 3.6], vertical_alignment="center")
        link.page_link(f"views/{name}/{name}.py")
        words.markdown(says)

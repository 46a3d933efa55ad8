"""Home: what the model does, one sample and why it is answered so, how good the model is, and where to go on."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import resources
from sharcs_core.checkpoints import Run
from sharcs_core.headlines import main_headlines
from sharcs_core.tasks import task_of
from shared.cards import draw_sample, say_why, verdict
from shared.choice import current_run, current_sample, current_summary
from shared.plain import markdown, plain
from shared.tour import invite
from views.overview.beginnings import sample_buttons
from views.overview.elsewhere import show_elsewhere
from views.overview.figures import show_all_figures, show_headlines, show_what_it_rests_on

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
    ("reasons", "Where a model that explanations taught looks, and what it says; teach it what should have mattered."),
    ("upload", "Bring an input of your own, or press an example."),
    ("train", "Train a model on samples of your own, in a folder or a zip."),
    ("results", "How SHARCS compares with other models, over tasks and seeds."),
)


def show_sample(run: Run) -> None:
    """The chosen sample, the answer, and in one sentence why."""
    sample = current_sample(run)
    draw_sample(sample, size=112)
    st.markdown(markdown("{} · {}", sample.shown, verdict(sample)))
    if run.questions:
        # Home keeps to the sentences: the table of what agrees stands on the pages that look into a sample.
        say_why(run, replace(sample.why(), agreements=()))
    sample_buttons(run, sample.id)


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
    show_elsewhere(chosen)
with right, st.container(gap="xsmall"):
    show_headlines(main_headlines(metrics, task), per_row=1)
    show_what_it_rests_on(metrics, card)
invite(chosen)
with st.expander("All figures, and what each page is for", icon=":material/menu_book:"):
    show_all_figures(metrics, task)
    st.divider()
    for name, says in PAGES:
        link, words = st.columns([1.2, 3.6], vertical_alignment="center")
        link.page_link(f"views/{name}/{name}.py")
        words.markdown(says)

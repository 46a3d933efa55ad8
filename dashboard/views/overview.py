"""Home: what the model is, how good it is, and what to try first."""

from __future__ import annotations

import streamlit as st

import resources
from figures.scores import Score, main_scores, score_bar, shared_scores, size_in_words
from sharcs_core.data import get_task
from widgets.cards import sample_card
from widgets.choice import current_run, current_summary

TRY = (
    (
        "concept_map",
        ":material/scatter_plot:",
        "Concept map",
        "See every input as a point. Points that mean the same lie together, whatever kind of data they come from.",
    ),
    (
        "retrieval",
        ":material/compare_arrows:",
        "Retrieval",
        "Take one input and find its nearest neighbours of "
        "another kind. Then hide an input and let a neighbour stand in.",
    ),
    ("intervention", ":material/tune:", "Intervention", "Change a concept, and watch the answer follow."),
    ("tree", ":material/account_tree:", "Decision tree", "Read the model's reasons as a few yes/no questions."),
    ("upload", ":material/upload_file:", "Explain your own", "Bring an input of your own, or press an example."),
)


def show_scores(scores: list[Score]) -> None:
    """Figures in rows of four, each over the baseline it is read against."""
    for start in range(0, len(scores), 4):
        for column, score in zip(st.columns(4), scores[start : start + 4], strict=False):
            with column:
                st.markdown(f":small[{score.title}]", help=score.explains)
                st.html(score_bar(score))


summary = current_summary()
task = get_task(summary.task)

st.title("Different kinds of data, one set of concepts")
st.markdown(
    "A picture and a graph can mean the same thing. **SHARCS** is a neural network that turns every kind of input, "
    "each a *modality*, into the same short list of yes/no **concepts**, and answers from these alone. So you can "
    "compare a picture with a graph, see why an answer was given, and change it."
)

st.header(task.title)
st.markdown(f"{task.summary}  \n**{task.question}**")

metrics = summary.metrics
st.subheader("How good is it?")
st.caption(
    f"Measured on {metrics.get('n_test', 0):,} samples it never saw, after training on "
    f"{metrics.get('n_train', 0):,}. The thin mark on a bar, and the words "
    f"below it: what one gets without a model.{size_in_words(metrics)}"
)
show_scores(main_scores(metrics, task))
st.subheader("How well do its modalities understand each other?")
show_scores(shared_scores(metrics, task))

st.subheader("What to try first")
with st.container(border=True, gap="xsmall"):
    for page, icon, title, says in TRY:
        link, words = st.columns([1.3, 3.6], vertical_alignment="center")
        link.page_link(f"views/{page}.py", label=f"**{title}**", icon=icon)
        words.markdown(says)

st.subheader("Pick a sample to take along")
st.caption(
    "Unseen samples; the last is one that the model gets wrong, where there is one. The chosen sample stays "
    "with you from page to page and stands in the address, so a link shows the same to others."
)
run = current_run(explained=False)
for column, sample_id in zip(st.columns(4), resources.starters(run.name), strict=False):
    with column:
        sample_card(run, sample_id, size=96, choose=True)

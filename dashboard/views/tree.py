"""Decision tree: the model's knowledge as questions about concepts, opened where the chosen sample goes."""

from __future__ import annotations

import streamlit as st

import resources
from figures.theme import class_colours
from figures.tree import classes_in_words, open_tree_dot, route_to, whole_tree
from sharcs_core.naming import step_in_words
from widgets.choice import current_run, current_sample_id
from widgets.decision_card import decision_card, look_inside
from widgets.tree_size import choose_leaves

st.title("Decision tree")
run = current_run()
sample_id = current_sample_id(run)
names, class_names = run.concept_names, run.task.class_names
st.markdown(
    "A tree, fitted to the concepts of all training samples, retells the model in questions that can be checked one "
    "by one.",
    help="A question asks whether a *concept* of one modality is on (above 0.5), or whether two modalities *agree*, "
    "that is, say the same. How often the tree gives the true class (**completeness**) and how often it agrees with "
    "the model (**fidelity**) stand on Home.",
)
leaves = choose_leaves(run)
explanation, nodes, tree = (
    resources.explanation(run.name, sample_id),
    resources.tree_nodes(run.name, leaves),
    run.tree_of(leaves),
)
opened_key = f"opened|{run.name}|{sample_id}|{leaves}"
opened = st.session_state.get(opened_key)
route = route_to(nodes, tree.path(explanation.shared).node if opened is None else opened)
if opened is None:
    st.markdown(f"Opened on the way of **{sample_id}**; all other branches are folded.")
else:
    st.markdown(f"Opened on a branch you chose (node {opened}).")
    st.button(
        f"Back to the way of {sample_id}", icon=":material/arrow_back:", on_click=look_inside, args=(opened_key, None)
    )
way, whole = st.tabs(["This way", "The whole tree"])
with way:
    cards, overview = st.columns([3, 2], gap="medium")
    with cards:
        for node_id, taken in zip(route, [*route[1:], None], strict=True):
            decision_card(run, leaves, nodes[node_id], taken, explanation, opened_key)
    with overview:
        st.markdown("**The rule in words**", help="What all samples that come this far have in common.")
        st.markdown("\n".join(f"- {step_in_words(step, names, run.task)}" for step in tree.rule(route[-1])))
        st.markdown(f"Then mostly **{classes_in_words(nodes[route[-1]].probabilities, class_names)}**.")
        st.graphviz_chart(open_tree_dot(nodes, route, names, run.task), width="stretch")
with whole:
    st.caption(
        "As wide as its share of the training samples; leaves in the colour of their class, the way outlined. "
        "A click zooms into a branch, a click on its top goes back."
    )
    st.plotly_chart(whole_tree(nodes, route, names, run.task, class_colours(len(class_names))), key="whole_tree")

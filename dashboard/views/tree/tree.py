"""Decision tree: the model's knowledge as questions about concepts, with the chosen sample's way lit."""

from __future__ import annotations

import streamlit as st

import resources
from drawings.theme import class_colours
from drawings.tree import whole_tree
from drawings.tree_layout import MOST_UNFOLDED, lay_out
from sharcs_core.named import counted
from shared.cards import draw_sample
from shared.choice import current_run, current_sample
from shared.plain import markdown, plain
from views.tree.choice import chosen_leaves, chosen_node, is_node_chosen, look_at
from views.tree.export import export
from views.tree.head import tree_head
from views.tree.node_panel import choose_node, show_node, show_rule
from views.tree.node_samples import show_samples
from views.tree.picture import tree_picture
from views.tree.size import choose_size

PICTURE = 76

head, inputs = st.columns([4, 3], gap="medium")
head.title(
    "Decision tree",
    help="A tree, fitted to the concepts of all training samples, retells the model in questions that can be checked "
    "one by one: whether a concept of one modality is on, or whether two modalities agree, that is, say the same.",
)
run = current_run()
sample = current_sample(run)
explanation = sample.explanation()
leaves = chosen_leaves(run, resources.size_curve(run.name).most_leaves)
tree, nodes = run.tree_of(leaves), resources.tree_nodes(run.name, leaves)
path = tree.path(explanation.shared)
way = [*(step.node for step in path.steps), path.node]
looked_at = chosen_node(len(nodes), way)
colours = class_colours(len(run.card.target.names))
drawing = lay_out(nodes, way, run.concept_names, run.task, looked_at)
says = f"Decision tree of {counted(tree.n_leaves, 'leaf', 'leaves')}, with the way of {sample.title} lit"

with head:
    tree_head(sample, path)
with inputs, st.container(key="tree_inputs"):
    draw_sample(sample, size=PICTURE)
picture, panel = st.columns([17, 10], gap="medium")
with picture:
    st.caption(markdown("No, or off, leads left; yes, or on, leads right. Pink is the way of {}.", sample.title))
    tree_picture(nodes, drawing, colours, says, looked_at)
    folded = "" if tree.n_leaves <= MOST_UNFOLDED else " Grey boxes are folded branches; a press opens one."
    told = "Numbers count training samples, the line in a box is their answers. Press a box to look into it."
    st.caption(plain(told + folded))
    choose_size(run, tree)
with panel, st.container(border=True):
    if is_node_chosen():
        back = markdown("Back to the way of {}", sample.title)
        st.button(back, icon=":material/arrow_back:", on_click=look_at, args=(None,))
    choose_node(run, nodes, looked_at)
    show_node(run, tree, nodes[looked_at], explanation)
    show_rule(run, tree, nodes[looked_at])
show_samples(run, tree, nodes[looked_at])
if tree.n_leaves > MOST_UNFOLDED:
    with st.expander("The whole tree at a glance", icon=":material/account_tree:"):
        st.caption(
            "As wide as its share of the training samples; leaves in the colour of their class, the way outlined. "
            "A click zooms into a branch, a click on its top goes back."
        )
        st.plotly_chart(whole_tree(nodes, way, run.concept_names, run.task, colours), key="whole_tree")
export(run, tree, drawing, colours, says)

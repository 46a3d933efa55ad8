"""One node of the tree: what is asked, real inputs that answer no and yes, and the rule that leads here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concepts import beyond_name, spread_strip
from drawings.inputs import width_of
from drawings.theme import class_colours
from drawings.tree import classes_in_words
from sharcs_core.named import listed
from sharcs_core.naming import question_in_words, reading, step_in_words
from sharcs_core.prototypes import of_answer
from sharcs_core.rules import n_apart, rule_lines, short_rule
from sharcs_core.structures import THRESHOLD, TreeStep
from shared.cards import key_name, modality_heading
from shared.plain import plain
from views.tree.choice import look_at

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, Factor, Question
    from sharcs_core.tree import ConceptTree, TreeNode

N_PROTOTYPES = 3
PICTURE = 60


def choose_node(run: Run, nodes: Sequence[TreeNode], looked_at: int) -> None:
    """All boxes of the tree as a list, for the keyboard and for those that are folded."""
    key = f"look|{run.name}|{len(nodes)}"
    st.session_state[key] = looked_at
    st.selectbox(
        "Look at",
        range(len(nodes)),
        format_func=lambda node_id: f"{node_id}. {_said(run, nodes[node_id])}",
        key=key,
        on_change=lambda: look_at(st.session_state[key]),
    )


def show_node(run: Run, tree: ConceptTree, node: TreeNode, explanation: Explanation) -> None:
    """What is asked or answered here, and by whom; of a question, inputs of either answer."""
    names = run.task.class_names
    said = _said(run, node)
    st.markdown(f"**{plain(said[0].upper() + said[1:])}**")
    if node.question is not None:
        st.markdown(_what_is_read(run, node.question, explanation))
    st.html(spread_strip(node.probabilities, names, class_colours(len(names))))
    st.caption(f"{node.n_samples:,} training samples come here: {classes_in_words(node.probabilities, names)}")
    if node.question is not None:
        _both_answers(run, tree, node, node.question)


def show_rule(run: Run, tree: ConceptTree, node: TreeNode) -> None:
    """What all samples that come here have in common, in as few words as that takes."""
    steps, factors = tree.rule(node.id), tree.factors
    rule = short_rule(steps, factors, resources.loose_factors(run.name))
    st.markdown("**The rule that leads here**")
    st.markdown("\n".join(f"- {plain(line)}" for line in rule_lines(rule, run.concept_names, run.task)))
    apart = n_apart(rule, tree, run.answers, node.id)
    if apart:
        st.caption(
            f"This takes an input to say one value of {listed([factor.name for factor in factors])}. Where one says "
            f"two or none, it can differ from the way: on {apart:,} of {len(run.labels):,} training samples."
        )
    if len(steps) > 1:
        with st.expander(f"All {len(steps)} answers on the way"):
            st.markdown("\n".join(f"1. {plain(step_in_words(step, run.concept_names, run.task))}" for step in steps))


def _said(run: Run, node: TreeNode) -> str:
    if node.question is None:
        return f"answer {run.task.class_names[node.class_index]}"
    return question_in_words(node.question, run.concept_names, run.task)


def _what_is_read(run: Run, question: Question, explanation: Explanation) -> str:
    """What the chosen sample has there: the value of a factor in words, else whether the concept is on, and how far."""
    said = []
    factor = _factor_of(run, question)
    for modality in question.modalities:
        concepts, title = explanation.shared[modality], run.task.modality(modality).title
        if factor is None:
            value = float(concepts[question.concepts[0]])
            said.append(f"{title} {'on' if value > THRESHOLD else 'off'} ({value:.2f})")
        else:
            word, unsure = reading(concepts, (factor,), run.task, modality, run.concept_names)[factor.name]
            said.append(f"the {title} says **{plain(word)}**{', though not for sure' if unsure else ''}")
    return f"In this sample: {', '.join(said)}.{_meaning(run, question)}"


def _factor_of(run: Run, question: Question) -> Factor | None:
    """The taught factor that a question is about; None of a free concept."""
    return next((one for one in run.model.config.factors if question.concepts[0] in one.concepts), None)


def _meaning(run: Run, question: Question) -> str:
    """What the concept that is asked about is on for in that modality, where its name leaves that open."""
    if question.kind == "agreement" or _factor_of(run, question) is not None:
        return ""
    name = run.concept_names[question.concepts[0]]
    told = beyond_name(name, resources.concept_meanings(run.name)[question.modalities[0]][question.concepts[0]])
    return f" *{plain(name)}* is {plain(told)}." if told else ""


def _both_answers(run: Run, tree: ConceptTree, node: TreeNode, question: Question) -> None:
    """Inputs of training samples that come to a question, those that answer no beside those that answer yes."""
    for column, answer in zip(st.columns(2, gap="small"), (False, True), strict=True):
        step = TreeStep(node.id, 0, question, answer)
        column.markdown(
            f"**{'Yes' if answer else 'No'}**  \n:small[{plain(step_in_words(step, run.concept_names, run.task))}]"
        )
        rows = of_answer(tree, run.bank, node.id, answer, k=N_PROTOTYPES)
        if not len(rows):
            column.caption("None of the training samples kept here.")
        column.html(_prototypes(run, question, list(map(int, rows))))


def _prototypes(run: Run, question: Question, rows: Sequence[int]) -> str:
    """HTML: of each sample the inputs that the question is about, over what they say; two that are compared in line."""
    heads = "".join(f"<div>{modality_heading(run, name)}</div>" for name in question.modalities)
    cells = "".join(_prototype(run, question, name, row) for row in rows for name in question.modalities)
    if question.kind == "concept":
        return f"{heads}<div style='display:flex;flex-wrap:wrap;gap:.3rem .6rem'>{cells}</div>"
    return (
        "<div style='display:grid;grid-template-columns:repeat(2,minmax(0,max-content));gap:.3rem .6rem;"
        f"align-items:start'>{heads}{cells}</div>"
    )


def _prototype(run: Run, question: Question, modality: str, row: int) -> str:
    side, factor = run.bank.sides[modality], _factor_of(run, question)
    wide = width_of(side.inputs, PICTURE)
    picture = resources.drawing(run.name, modality, row, size=wide)
    if question.kind == "concept":
        says = key_name(run, modality, side.semantics[row])
    elif factor is None:
        says = "on" if side.shared[row, question.concepts[0]] > THRESHOLD else "off"
    else:
        says = reading(side.shared[row], (factor,), run.task, modality, run.concept_names)[factor.name][0]
    words = f"<div style='font-size:.78rem;line-height:1.25'>{escape(says)}</div>"
    return f"<div style='width:{wide}px;max-width:100%'>{picture}{words}</div>"

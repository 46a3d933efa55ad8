"""One node of the tree: what is asked, real inputs that answer no and yes, and the rule that leads here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.concepts import beyond_name, spread_strip
from drawings.inputs import width_of
from drawings.markup import html, joined
from drawings.theme import class_colours
from drawings.tree import classes_in_words
from sharcs_core.named import counted, listed
from sharcs_core.naming import question_in_words, reading, step_in_words
from sharcs_core.prototypes import of_answer
from sharcs_core.rules import n_apart, rule_lines, short_rule
from sharcs_core.structures import THRESHOLD, TreeStep
from shared.cards import key_name, modality_heading
from shared.plain import Markdown, markdown, plain
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
    names = run.card.target.names
    said = _said(run, node)
    st.markdown(markdown("**{}**", said[0].upper() + said[1:]))
    if node.question is not None:
        st.markdown(_what_is_read(run, node.question, explanation))
    st.html(spread_strip(node.probabilities, names, class_colours(len(names))))
    spread = classes_in_words(node.probabilities, names)
    st.caption(markdown("Here: {}. {}", counted(node.n_samples, "training sample"), spread))
    if node.question is not None:
        _both_answers(run, tree, node, node.question)


def show_rule(run: Run, tree: ConceptTree, node: TreeNode) -> None:
    """What all samples that come here have in common, in as few words as that takes."""
    steps, factors = tree.rule(node.id), tree.factors
    rule = short_rule(steps, factors, resources.loose_factors(run.name))
    st.markdown("**The rule that leads here**")
    st.markdown("\n".join(markdown("- {}", line) for line in rule_lines(rule, run.concept_names, run.task)))
    apart = n_apart(rule, tree, run.answers, node.id)
    if apart:
        st.caption(
            markdown(
                "This takes an input to say one value of {}. Where one says two or none, it can differ from the way: "
                "on {:,} of {}.",
                listed([factor.name for factor in factors]),
                apart,
                counted(len(run.labels), "training sample"),
            )
        )
    if len(steps) > 1:
        with st.expander(markdown("All {} answers on the way", len(steps))):
            answers = [step_in_words(step, run.concept_names, run.task) for step in steps]
            st.markdown("\n".join(markdown("1. {}", answer) for answer in answers))


def _said(run: Run, node: TreeNode) -> str:
    if node.question is None:
        return f"answer {run.card.target.names[node.class_index]}"
    return question_in_words(node.question, run.concept_names, run.task)


def _what_is_read(run: Run, question: Question, explanation: Explanation) -> Markdown:
    """What the chosen sample has there: the value of a factor in words, else whether the concept is on, and how far."""
    said: list[Markdown] = []
    factor = _factor_of(run, question)
    for modality in question.modalities:
        title = run.card.modality(modality).title
        if modality not in explanation.shared:
            said.append(markdown("{}: missing", title))
            continue
        concepts = explanation.shared[modality]
        if factor is None:
            value = float(concepts[question.concepts[0]])
            said.append(markdown("{} {} ({:.2f})", title, "on" if value > THRESHOLD else "off", value))
        else:
            word, unsure = reading(concepts, (factor,), run.task, modality, run.concept_names)[factor.name]
            sure = ", though not for sure" if unsure else ""
            said.append(markdown("{}: **{}**{}", title, word, sure))
    return markdown("In this sample: {}.{}", Markdown(", ".join(said)), _meaning(run, question))


def _factor_of(run: Run, question: Question) -> Factor | None:
    """The taught factor that a question is about; None of a free concept."""
    return next((one for one in run.model.config.factors if question.concepts[0] in one.concepts), None)


def _meaning(run: Run, question: Question) -> Markdown:
    """What the concept that is asked about is on for in that modality, where its name leaves that open."""
    if question.kind == "agreement" or _factor_of(run, question) is not None:
        return plain("")
    name = run.concept_names[question.concepts[0]]
    told = beyond_name(name, resources.concept_meanings(run.name)[question.modalities[0]][question.concepts[0]])
    return markdown(" *{}* is {}.", name, told) if told else plain("")


def _both_answers(run: Run, tree: ConceptTree, node: TreeNode, question: Question) -> None:
    """Inputs of training samples that come to a question, those that answer no beside those that answer yes."""
    for column, answer in zip(st.columns(2, gap="small"), (False, True), strict=True):
        step = TreeStep(node.id, 0, question, answer)
        said = step_in_words(step, run.concept_names, run.task)
        column.markdown(markdown("**{}**  \n:small[{}]", "Yes" if answer else "No", said))
        rows = of_answer(tree, run.bank, node.id, answer, k=N_PROTOTYPES)
        if not len(rows):
            column.caption("None of the training samples kept here.")
        column.html(_prototypes(run, question, list(map(int, rows))))


def _prototypes(run: Run, question: Question, rows: Sequence[int]) -> Markup:
    """Of each sample the inputs that the question is about, over what they say; two that are compared in line."""
    heads = joined(html("<div>{}</div>", modality_heading(run, name)) for name in question.modalities)
    cells = joined(_prototype(run, question, name, row) for row in rows for name in question.modalities)
    if question.kind == "concept":
        return html("{}<div style='display:flex;flex-wrap:wrap;gap:.3rem .6rem'>{}</div>", heads, cells)
    return html(
        "<div style='display:grid;grid-template-columns:repeat(2,minmax(0,max-content));gap:.3rem .6rem;"
        "align-items:start'>{}{}</div>",
        heads,
        cells,
    )


def _prototype(run: Run, question: Question, modality: str, row: int) -> Markup:
    side, factor = run.bank.sides[modality], _factor_of(run, question)
    wide = width_of(side.inputs, PICTURE)
    picture = resources.drawing(run.name, modality, row, size=wide)
    if question.kind == "concept":
        says = key_name(run, modality, side.semantics[row])
    elif factor is None:
        says = "on" if side.shared[row, question.concepts[0]] > THRESHOLD else "off"
    else:
        says = reading(side.shared[row], (factor,), run.task, modality, run.concept_names)[factor.name][0]
    return html(
        "<div style='width:{}px;max-width:100%'>{}<div style='font-size:.78rem;line-height:1.25'>{}</div></div>",
        wide,
        picture,
        says,
    )

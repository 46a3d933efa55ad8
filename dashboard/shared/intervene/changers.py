"""The smallest edits that change the answer, in words; a press makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concepts import in_percent
from sharcs_core.counterfactuals import MOST_EDITS
from sharcs_core.effects import changes_in_words
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.counterfactuals import Counterfactual
    from shared.intervene.editor import Editor

IN_WORDS = ("none", "one", "two", "three")


def what_would_change_it(run: Run, editor: Editor, said: int, label: int | None) -> None:
    """The fewest edits of what was read that lead to another answer, or to a chosen one.

    Args:
        said: the class that the model says of the sample as it was read.
        label: the true class, where known; a mistake is to be mended first of all.
    """
    st.markdown(
        "##### What would change it?",
        help="The smallest edits of what the model read that change its answer, found by trying all. A press makes "
        "one, in place of the edits so far; Undo brings these back.",
    )
    to_class = _answer_to_come_to(run, editor, said, label)
    found = resources.what_changes(run.name, editor.shared, to_class, editor.exclude)
    with st.container(key="changers", gap="xxsmall"):
        for place, one in enumerate(found):
            _changer(run, editor, one, place)
    if not found:
        to = "the answer" if to_class is None else f"the answer to {run.card.target.names[to_class]}"
        st.caption(markdown("None within {0}: no {0} edits or fewer change {1}.", IN_WORDS[MOST_EDITS], to))


def _answer_to_come_to(run: Run, editor: Editor, said: int, label: int | None) -> int | None:
    """The answer that is wanted; None is any other. Of two classes there is only one other."""
    names = run.card.target.names
    others = [index for index in range(len(names)) if index != said]
    if len(others) == 1:
        return others[0]
    options = [None, *others]
    return st.selectbox(
        markdown("From {}, as it was read, to", names[said]),
        options,
        index=options.index(label) if label in options and label is not None else 0,
        format_func=lambda index: _option(names, index, label),
        key=f"to_class|{editor.name}",
        width=260,
    )


def _option(names: tuple[str, ...], index: int | None, label: int | None) -> str:
    if index is None:
        return "any other answer"
    return f"{names[index]} (the truth)" if index == label else names[index]


def _changer(run: Run, editor: Editor, found: Counterfactual, place: int) -> None:
    answer = f"{run.card.target.names[found.class_index]} ({in_percent(found.probability)})"
    unseen = "" if found.seen else " · never seen in training"
    made = editor.holds(found.edits)
    st.button(
        plain(f"{changes_in_words(run, found.changes)} · then {answer}{unseen}"),
        key=f"changer|{editor.name}|{place}",
        icon=":material/check:" if made else ":material/arrow_forward:",
        on_click=editor.set,
        args=(found.edits,),
        disabled=made,
        width="stretch",
        wrap=True,
    )

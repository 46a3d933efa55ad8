"""How good the model is: figures in rows, each over what it is read against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from drawings.scores import score_bar, size_in_words
from sharcs_core.additions import rests_in_words
from sharcs_core.headlines import answer_headlines, shared_headlines
from sharcs_core.named import counted
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.headlines import Headline
    from sharcs_core.tasks.card import TaskCard
    from sharcs_core.tasks.task import Task


def show_headlines(headlines: Iterable[Headline], per_row: int) -> None:
    """Figures in rows, each over what it is read against."""
    shown = list(headlines)
    for start in range(0, len(shown), per_row):
        for column, headline in zip(st.columns(per_row), shown[start : start + per_row], strict=False):
            with column:
                st.markdown(markdown(":small[{}]", headline.title), help=plain(headline.explains))
                st.html(score_bar(headline))


def show_all_figures(figures: Mapping[str, Any], task: Task) -> None:
    """After how much training, how large the model is, and every figure that has a sentence."""
    n_trained = counted(figures.get("n_train", 0), "sample")
    st.caption(markdown("After training on {}. {}", n_trained, size_in_words(figures)))
    show_headlines([*answer_headlines(figures, task), *shared_headlines(figures, task)], per_row=4)


def show_what_it_rests_on(figures: Mapping[str, Any], card: TaskCard) -> None:
    """On what was measured, how good the answers are with each modality alone, and whether any does harm."""
    said = rests_in_words(figures, {name: card.titles[name] for name in card.deciding})
    n_unseen = counted(figures.get("n_test", 0), "unseen sample")
    st.caption(markdown("On {}. Mark: what one gets with no model. {}", n_unseen, said))

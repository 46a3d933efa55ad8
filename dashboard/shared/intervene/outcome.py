"""What the edits lead to, beside the controls: answer and path before and after, and whether such a thing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from drawings.concepts import probability_bars
from drawings.outcome import outcome_bar, real_samples
from drawings.parting import parted_ways
from drawings.theme import class_colours
from sharcs_core.effects import nearest_samples, occurrence_of
from sharcs_core.named import counted, listed
from sharcs_core.naming import stop_in_words
from shared.plain import Markdown, markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.interventions import Effect, Outcome
    from shared.intervene.editor import Editor


def show_outcome(run: Run, editor: Editor, effect: Effect, label: int | None) -> None:
    """Everything that an edit changes.

    Args:
        label: the true class, where known.
    """
    names = run.card.target.names
    was, now = names[effect.before.class_index], names[effect.after.class_index]
    compared = (" (as before)" if now == was else f" (before: {was})") if editor.edits else ""
    st.markdown(markdown("#### The model says {}", now + compared))
    _differ(run, effect.after)
    before = effect.before.probabilities if editor.edits else None
    st.html(probability_bars(effect.after.probabilities, names, class_colours(len(names)), label=label, before=before))
    st.markdown(
        "##### Way through the decision tree",
        help="The tree asks one question after the other about the concepts; it was fitted to all training samples.",
    )
    stops = _stop(run, effect.before), _stop(run, effect.after)
    st.html(parted_ways(effect.before.path, effect.after.path, run.concept_names, run.task, stops))
    _real(run, editor, effect.after)


def say_outcome(run: Run, effect: Effect) -> None:
    """The outcome in one line: seen on narrow screens, and read out to those who do not see it."""
    names, path = run.card.target.names, effect.after.path
    tree = "" if path.stopped_for else names[path.class_index]
    st.html(outcome_bar(names[effect.before.class_index], names[effect.after.class_index], tree))


def _stop(run: Run, outcome: Outcome) -> str:
    return stop_in_words(outcome.path, outcome.shared, run.tree, run.concept_names, run.task)


def _differ(run: Run, outcome: Outcome) -> None:
    """Whether the tree, which explains the model, says something else here."""
    if outcome.path.stopped_for is None and outcome.path.class_index != outcome.class_index:
        said = run.card.target.names[outcome.path.class_index]
        st.warning(
            markdown("The tree says {}: here it does not explain the model.", said), icon=":material/call_split:"
        )


def _real(run: Run, editor: Editor, outcome: Outcome) -> None:
    """Whether training has such concepts, and the samples that come nearest."""
    edited = {edit.modality for edit in editor.edits}
    st.markdown(
        "##### Real samples with these concepts" if edited else "##### Real samples like this one",
        help="Of the training samples in memory, those that have just these concepts on and off in what you edited "
        "come first, then the nearest. Under each is its true answer.",
    )
    st.caption(_known(run, outcome))
    found = nearest_samples(run, outcome.shared, edited=edited, exclude=editor.exclude)
    st.html(real_samples(run.bank, run.task, found))


def _known(run: Run, outcome: Outcome) -> Markdown:
    """How often training has these very concepts, alone and together, in a sentence."""
    occurrence = occurrence_of(run, outcome.shared)
    title = {name: run.card.modality(name).title for name in occurrence.alone}
    if occurrence.unseen:
        unseen = listed([title[name] for name in occurrence.unseen])
        return markdown("**Never seen:** no training sample has just these concepts in its {}.", unseen)
    if occurrence.together:
        everything = counted(occurrence.n_samples, "training sample")
        return markdown("Seen: just these concepts in {:,} of {}.", occurrence.together, everything)
    each = listed([f"{count:,} in the {title[name]}" for name, count in occurrence.alone.items()])
    return markdown("**Never seen together:** training has these concepts {}, but not in one sample.", each)

"""A tour in five steps through the pages: a mistake, why, where it lies, what would mend it, one's own.

Where a visitor is stands in the session, and in the address of each step, so that a link leads others to the same step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.errors import UserError
from sharcs_core.likeness import Votes, votes_of
from sharcs_core.named import counted
from shared.choice import run_names, select_sample, summary_of
from shared.own import OWN
from shared.plain import Markdown, code, markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation
    from sharcs_core.why import Why

PLACE = "tour"
"""Key of the step in the session, from 1, and its name in the address."""


@dataclass(frozen=True)
class Step:
    """One step: what it is about, and the page that shows it."""

    title: str
    view: str


@dataclass(frozen=True)
class Shown:
    """The sample that the tour follows, and what is known of it."""

    run: Run
    sample_id: str
    explanation: Explanation
    why: Why

    @property
    def is_mistake(self) -> bool:
        return self.explanation.class_index != self.explanation.label

    @property
    def asked(self) -> str:
        """The input that is looked into: the one that is misread, else the first."""
        readings = self.why.readings
        return next((name for name, reading in readings.items() if reading.is_misread), next(iter(readings)))


def steps_of(is_mistake: bool) -> tuple[Step, ...]:
    """The steps for a sample that is answered wrongly, or for one that is answered rightly."""
    first, fourth = ("A mistake", "What would mend it") if is_mistake else ("A close call", "What would change it")
    return (
        Step(first, "overview"),
        Step("Why", "tree"),
        Step("Where it lies", "retrieval"),
        Step(fourth, "intervention"),
        Step("Your own", "upload"),
    )


def tour_bar() -> None:
    """The step that a visitor is at, on top of every page; nothing while no tour is taken."""
    place = _place()
    shown = None if place is None else _shown()
    if place is None or shown is None:
        return
    steps = steps_of(shown.is_mistake)
    with st.container(border=True, key="tour", gap="xsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for number, step in enumerate(steps, start=1):
                _link(step, number, place)
            if place < len(steps):
                st.page_link(
                    f"views/{steps[place].view}/{steps[place].view}.py",
                    label=markdown("Next: {}", steps[place].title),
                    icon=":material/arrow_forward:",
                    query_params={PLACE: str(place + 1)},
                )
            st.button("Leave the tour", key="leave_tour", icon=":material/close:", type="tertiary", on_click=leave)
        followed = {shown.sample_id, *([OWN] if place == len(steps) else [])}  # the last step is to bring one's own
        if (st.session_state.get("sample") or "").strip() in followed:
            st.markdown(markdown("**Step {} of {}.** {}", place, len(steps), SAYS[place - 1](shown)))
        else:
            _offer_return(shown)


def invite(run: Run) -> None:
    """What the tour is, and the button that starts it; nothing while one is taken, or of a run without concepts."""
    first = resources.first_samples(run.name)
    followed = first.mistake or first.least_sure
    if _place() is not None or not run.questions or followed is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour_invitation"):
        titles = " → ".join(step.title for step in steps_of(first.mistake is not None))
        st.markdown(markdown("**A tour in five steps**  \n{}", titles), width="stretch")
        st.button(
            "Start the tour",
            type="primary",
            icon=":material/tour:",
            on_click=start,
            args=(followed,),
            key="start_tour",
            width="content",
        )


def start(sample_id: str) -> None:
    """Begins the tour with a sample."""
    select_sample(sample_id)
    st.session_state[PLACE] = 1
    st.query_params[PLACE] = "1"


def leave() -> None:
    """Ends the tour; the page and the sample stay."""
    st.session_state.pop(PLACE, None)
    st.query_params.pop(PLACE, None)


def _place() -> int | None:
    """The step, from 1: that of the address, or the last one."""
    asked = st.query_params.get(PLACE, "")
    if asked in {str(number) for number in range(1, len(SAYS) + 1)}:
        st.session_state[PLACE] = int(asked)
    return st.session_state.get(PLACE)


def _shown() -> Shown | None:
    """What the tour follows in the chosen run: a mistake if there is one; None where there is nothing to follow."""
    names = run_names()
    summary = summary_of(st.session_state.get("run") or (names[0] if names else ""))
    if summary is None or summary.error:
        return None
    try:
        run = resources.run(summary.name)
    except UserError:
        return None  # the page itself says what is wrong with the run
    first = resources.first_samples(run.name)
    sample_id = first.mistake or first.least_sure
    if sample_id is None or not run.questions:
        return None
    return Shown(run, sample_id, resources.explanation(run.name, sample_id), resources.why(run.name, sample_id))


def _link(step: Step, number: int, place: int) -> None:
    """A step's link, marked by whether it is behind, here or ahead."""
    marks = (":material/check_circle:", ":material/radio_button_checked:", ":material/radio_button_unchecked:")
    with st.container(key=f"tour_step_{number}{'_here' if number == place else ''}", width="content"):
        st.page_link(
            f"views/{step.view}/{step.view}.py",
            label=markdown("{} {}", number, step.title),
            icon=marks[(number >= place) + (number > place)],
            query_params={PLACE: str(number)},  # run and sample are in every address
        )


def _offer_return(shown: Shown) -> None:
    """Where a visitor has gone on to another sample: what the tour follows, and the way back to it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            markdown("You have gone on to another sample; the tour follows {}.", code(shown.sample_id)),
            width="content",
        )
        st.button(
            "Back to the sample of the tour",
            key="tour_sample",
            icon=":material/arrow_back:",
            on_click=select_sample,
            args=(shown.sample_id,),
        )


def _the_answer(shown: Shown) -> Markdown:
    question, says = shown.run.card.question, _class_name(shown, shown.explanation.class_index)
    if shown.is_mistake:
        return markdown(
            "{} The model says **{}**, the truth is **{}**: a mistake on a sample that it never saw. Look at the "
            "inputs below. What do you see, and what does it read?",
            question,
            says,
            _truth(shown),
        )
    return markdown(
        "{} The model says **{}**, and is right, as it is of all {} kept here; of this answer it is "
        "the least sure. Look at the inputs below, and at what it reads them as.",
        question,
        says,
        counted(len(shown.run.test_bank), "unseen sample"),
    )


def _the_reason(shown: Shown) -> Markdown:
    return markdown(
        "{} The tree below retells the model in yes/no questions: follow the way of this sample, question by question.",
        shown.why.fault or shown.why.sentence,
    )


def _the_place(shown: Shown) -> Markdown:
    titles, asked = shown.run.card.titles, shown.asked
    target = next((name for name in titles if name != asked), asked)
    reading = shown.why.readings[asked]
    votes = votes_of(shown.explanation.neighbours[asked][target], reading.truth)
    truly = markdown(", and yet the truth is **{}**", reading.truth_words) if reading.is_misread else ""
    return markdown(
        "All modalities lie in one space, and what lies near is what the model takes for the same. {}Compare the {} "
        "with any of the nearest.",
        markdown("{}{}. ", _commonest(shown.run, target, votes), truly) if votes.by_key else "",
        titles[asked],
    )


def _commonest(run: Run, target: str, votes: Votes) -> Markdown:
    """What most of the nearest inputs mean, or which answer their samples have."""
    (key, n), *_ = votes.by_key
    modality, say = run.card.modality(target), "are of" if run.card.own_keys else "mean"
    named = modality.key_name(key)
    return markdown("{} of the {} nearest inputs of the kind {} {} **{}**", n, votes.n, modality.title, say, named)


def _the_remedy(shown: Shown) -> Markdown:
    return markdown(
        "*What would change it?* lists the smallest changes of what was read that lead to another answer. Press one "
        "that leads to {}, and watch the way through the tree follow.",
        f"the right answer, {_truth(shown)}" if shown.is_mistake else "another answer",
    )


def _ones_own(shown: Shown) -> Markdown:
    return markdown(
        "Now bring an input of your own, or press *Try an example*: it is explained in the same way. And if a "
        "concept's name does not please you, give it a better one on the page *Concepts*: every page will use it."
    )


def _truth(shown: Shown) -> str:
    assert shown.explanation.label is not None, "what the tour follows is a sample of the run"
    return _class_name(shown, shown.explanation.label)


def _class_name(shown: Shown, index: int) -> str:
    return shown.run.card.target.names[index]


SAYS = (_the_answer, _the_reason, _the_place, _the_remedy, _ones_own)
"""What each step says of what it follows."""

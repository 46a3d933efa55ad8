"""The trainings that are not done: how they go, and what can be done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

import resources
from drawings.concepts import in_percent
from sharcs_core.named import counted, listed
from sharcs_core.trainings import (
    Training,
    Way,
    discard,
    go_on,
    is_finished,
    lasting,
    needs_runner,
    start_runner,
    stop,
    trainings,
)
from shared.changes import may_change
from shared.plain import Markdown, markdown
from views.train.curves import show_curves
from views.train.doing import TOLD, do

EVERY = 2.0
"""Seconds between looks at trainings that go on; that costs the reading of a small file each."""
SEEN = "train_seen"


def show_going() -> None:
    """All trainings that are not done, looked at again and again while one goes on."""
    runs = resources.runs_folder()
    if may_change() and needs_runner(runs):  # the process that takes up one after the other was killed
        start_runner(runs)
    found = trainings(runs)
    moves = _moves(found)
    st.fragment(_show, run_every=EVERY if moves else None)(moves)


def _moves(found: Sequence[Training]) -> tuple[str, ...]:
    """The names of those that will be otherwise in a moment."""
    return tuple(one.name for one in found if one.is_going or one.state in ("waiting", "done"))


def note_done() -> None:
    """Says of what was seen before that it is a model now, if it is."""
    found = trainings(resources.runs_folder())
    names = {one.name for one in found}
    done = [place for place in st.session_state.get(SEEN, ()) if place.name not in names and is_finished(place)]
    if done:
        names_done = listed([place.name for place in done])
        st.session_state[TOLD] = (True, f"{names_done} is trained; choose it below or in the sidebar.")
    st.session_state[SEEN] = tuple(one.place for one in found)


def _show(moved: tuple[str, ...]) -> None:
    found = trainings(resources.runs_folder())
    if _moves(found) != moved:
        st.rerun()
    if not found:
        return
    st.subheader("In training", anchor=False)
    for one in found:
        with st.container(border=True, key=f"training|{one.name}"):
            _card(one)


def _card(one: Training) -> None:
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    head.markdown(markdown("**{}** {}", one.name, BADGES[one.state]))
    if may_change():
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            _buttons(one)
    _how_far(one)
    progress = one.progress
    if progress.says:
        st.error(markdown("{}", progress.says), icon=":material/error:")
    show_curves(progress, one.name)
    if progress.ways:
        st.caption(_found(progress.ways, progress.after))


BADGES = {
    "training": markdown(":blue-badge[:material/play_arrow: training]"),
    "stopping": markdown(":gray-badge[:material/stop: stops after this epoch]"),
    "waiting": markdown(":gray-badge[:material/schedule: in line]"),
    "stopped": markdown(":gray-badge[:material/pause: stopped]"),
    "failed": markdown(":red-badge[:material/error: failed]"),
    "died": markdown(":orange-badge[:material/warning: broken off]"),
    "done": markdown(":green-badge[:material/check: done]"),
}


def _how_far(one: Training) -> None:
    progress = one.progress
    if progress.n_epochs:
        st.progress(progress.share_done, _told(one))
    elif one.is_going:
        st.caption(markdown("Getting ready: {} …", progress.note or "starting"))
    elif one.state == "died":
        st.caption("It was broken off before its first epoch was kept; going on begins it anew.")


def _told(one: Training) -> Markdown:
    progress = one.progress
    epochs = f"{progress.n_done} of {counted(progress.n_epochs, 'epoch')}"
    if one.state == "died":
        return markdown("It was broken off after epoch {} of {}; what it kept is there to go on from.", *_of(one))
    if not one.is_going:
        return markdown("{}", epochs)
    if progress.note and progress.n_done:
        return markdown("{} · {} …", epochs, progress.note)
    left = progress.seconds_left
    return markdown("{} · about {} left", epochs, lasting(left)) if left else markdown("{} · last steps", epochs)


def _of(one: Training) -> tuple[int, int]:
    return one.progress.n_done, one.progress.n_epochs


def _found(ways: Sequence[Way], after: int) -> Markdown:
    """What the model retrieved last."""
    found = [
        f"{way.query} → {way.target} {in_percent(way.recall)} (by chance {in_percent(way.chance)})" for way in ways
    ]
    return markdown(
        "After epoch {}, the nearest input is the right one, of {} on validation: {}.",
        after,
        counted(max(way.n for way in ways), "input"),
        " · ".join(found),
    )


def _buttons(one: Training) -> None:
    if one.state in ("training", "waiting"):
        label = "Stop" if one.is_going else "Take out of line"
        _button(label, "stop", one, lambda: _stop(one), "Ends after this epoch; what is learnt so far is kept.")
    if one.can_go_on:
        _button("Go on", "play_arrow", one, lambda: _go_on(one), "Goes on where it was, at the end of the line.")
        with st.popover("Discard", icon=":material/delete:"):
            st.markdown(markdown("Forget **{}** and all that it has learnt? The data stay.", one.name))
            _button("Discard it", "delete", one, lambda: _discard(one), None)


def _button(label: str, icon: str, one: Training, action: Callable[[], str], told: str | None) -> None:
    key = f"{icon}|{one.name}"
    st.button(markdown("{}", label), key=key, icon=f":material/{icon}:", on_click=do, args=(action,), help=told)


def _stop(one: Training) -> str:
    stop(one.place)
    return ""


def _go_on(one: Training) -> str:
    go_on(one.place)
    start_runner(one.place.runs)
    return ""


def _discard(one: Training) -> str:
    discard(one.place)
    return f"{one.name} is discarded."

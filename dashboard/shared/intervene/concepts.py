"""Editing what one sample's concepts say: a choice a taught factor, a switch a free concept, or sliders for all.

Every choice and every switch tells what the model would say if it alone were changed; those that change the answer of
the sample as it was read come first, and stay where they are while one edits on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.markup import html
from sharcs_core.effects import edits_in_words, effects_alone, values_alone
from sharcs_core.named import is_unsure
from sharcs_core.rationale import key_activation
from sharcs_core.structures import THRESHOLD
from shared.cards import modality_heading
from shared.intervene.editor import CHOICES, SLIDERS, SWITCHES, Editor
from shared.modality import columns_for
from shared.plain import Markdown, markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.effects import LoneEffect
    from sharcs_core.structures import Factor, Neighbour

MEAN_OF_MEANING = "The mean concepts of all training inputs of this modality that mean it."
MEAN_OF_ANSWER = "The mean concepts of all training inputs of this modality whose samples have that answer."
N_TO_BORROW = 4
N_TOLD = 6

Alone = Mapping[tuple[str, str | int], Sequence["LoneEffect"]]
"""(modality, name of a factor or free concept) → what each change of it alone does."""


def tools(editor: Editor) -> str:
    """Undo, redo and reset, and how concepts are edited: by ``Switches`` (choices where taught) or ``Sliders``."""
    with st.container(horizontal=True, vertical_alignment="center"):
        how = st.segmented_control(
            "Edit with",
            (SWITCHES, SLIDERS),
            default=SWITCHES,
            required=True,
            key="edit_with",
            format_func=lambda way: CHOICES if way == SWITCHES and editor.factors else way,
            label_visibility="collapsed",
            width="content",
        )
        _tool("Undo", "undo", editor.undo, possible=len(editor.history) > 1)
        _tool("Redo", "redo", editor.redo, possible=bool(editor.undone))
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=editor.set,
            args=((),),
            key="reset",
            disabled=not editor.edits,
            help="Takes all edits back. Undo brings them again.",
        )
    return how or SWITCHES


def concept_columns(run: Run, editor: Editor, neighbours: Mapping[str, Mapping[str, Sequence[Neighbour]]]) -> None:
    """The controls of every modality that is present, a modality a column."""
    how = tools(editor)
    edited = edits_in_words(run, editor.shared, editor.edits, most=N_TOLD)
    st.html(html("<div class='edited'>{}</div>", html("<b>Edited</b> {}", edited) if edited else "Nothing edited"))
    if how != SLIDERS:
        st.caption("→ the answer if that alone were changed. What changes the answer as it was read comes first.")
    now = _by_thing(effects_alone(run, editor.edited, exclude=editor.exclude))
    as_read = _by_thing(resources.effects_alone(run.name, editor.shared, editor.exclude))
    for column, modality in zip(columns_for(len(editor.shared), gap="medium"), editor.shared, strict=True):
        with column:
            st.html(modality_heading(run, modality))
            if how == SLIDERS:
                for concept in range(len(editor.shared[modality])):
                    _slider(run, editor, modality, concept)
            else:
                _controls(run, editor, modality, now, as_read)
            borrow(run, editor, modality, neighbours)


def _by_thing(effects: Iterable[LoneEffect]) -> dict[tuple[str, str | int], list[LoneEffect]]:
    found: dict[tuple[str, str | int], list[LoneEffect]] = {}
    for effect in effects:
        found.setdefault((effect.change.modality, effect.change.thing), []).append(effect)
    return found


def _controls(run: Run, editor: Editor, modality: str, now: Alone, as_read: Alone) -> None:
    """Choices and switches of one modality, those that change the answer as it was read first."""
    factors = {factor.name: factor for factor in editor.factors_of(modality)}
    things: list[str | int] = [*factors, *editor.free]
    pairs = resources.prototypes(run.name).pairs
    for thing in sorted(things, key=lambda one: not any(effect.is_other for effect in as_read[modality, one])):
        if isinstance(thing, str):
            _factor_choice(run, editor, factors[thing], now[modality, thing])
        else:
            _switch(run, editor, now[modality, thing][0], pairs[modality, thing])


def _factor_choice(run: Run, editor: Editor, factor: Factor, effects: Sequence[LoneEffect]) -> None:
    """All values of a taught factor, each with the answer that it alone would lead to, if another."""
    modality = effects[0].change.modality
    words = values_alone(run, factor, modality)
    answers = {one.change.after: run.card.target.names[one.class_index] for one in effects if one.is_other}
    key = editor.key(CHOICES, modality, factor.name)
    st.session_state.setdefault(key, editor.said(modality, factor))
    st.pills(
        plain(f"{_title(run, modality)}: {factor.name}{_noted(editor, modality, factor, words)}"),
        range(factor.n_values),
        format_func=lambda value: _value(words[value], answers.get(value)),
        required=True,
        key=key,
        on_change=editor.chosen,
        args=(modality, factor),
        wrap=True,
    )


def _value(word: str, answer: str | None) -> Markdown:
    """A value to choose, and the answer that it alone would lead to."""
    return plain(word) if answer is None else markdown("{} **→ {}**", word, answer)


def _noted(editor: Editor, modality: str, factor: Factor, words: Sequence[str]) -> str:
    """What is to be known of a factor: what it was read as where that is edited, and whether that is for sure."""
    read = editor.read(modality, factor)
    if editor.said(modality, factor) != read:
        return f" (read as {words[read]})"
    unsure = is_unsure(editor.shared[modality][None], factor)[0]
    return " (read, but not for sure)" if unsure else ""


def _switch(run: Run, editor: Editor, effect: LoneEffect, prototypes: str) -> None:
    """The switch of a free concept, with the answer that it alone would lead to, beside two prototypes."""
    modality, concept = effect.change.modality, effect.change.concept
    assert concept is not None
    key = editor.key(SWITCHES, modality, concept)
    st.session_state.setdefault(key, editor.value(modality, concept) > THRESHOLD)
    own = float(editor.shared[modality][concept])
    leads = f" → {run.card.target.names[effect.class_index]}" if effect.is_other else ""
    read = f" (read as {'on' if own > THRESHOLD else 'off'})" if editor.value(modality, concept) != own else ""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=editor.key("switch", modality, concept)
    ):
        st.toggle(
            plain(f"{_title(run, modality)}: {run.concept_names[concept]}{leads}{read}"),
            key=key,
            on_change=editor.switched,
            args=(modality, concept),
            wrap=True,
            width="stretch",
        )
        if prototypes:
            st.html(prototypes, width="content")


def _slider(run: Run, editor: Editor, modality: str, concept: int) -> None:
    key, own = editor.key(SLIDERS, modality, concept), float(editor.shared[modality][concept])
    st.session_state.setdefault(key, round(editor.value(modality, concept), 2))
    read = f" (read as {own:.2f})" if editor.value(modality, concept) != own else ""
    st.slider(
        plain(f"{_title(run, modality)}: {run.concept_names[concept]}{read}"),
        0.0,
        1.0,
        step=0.01,
        key=key,
        on_change=editor.slid,
        args=(modality, concept),
    )


def _title(run: Run, modality: str) -> str:
    return run.card.modality(modality).title


def _tool(label: str, name: str, on_click: Callable[[], None], *, possible: bool) -> None:
    st.button(label, icon=f":material/{name}:", on_click=on_click, disabled=not possible, key=name)


def borrow(
    run: Run, editor: Editor, modality: str, neighbours: Mapping[str, Mapping[str, Sequence[Neighbour]]]
) -> None:
    """Take over the concepts of another input: of what a meaning looks like on average, or of a neighbour."""
    title = _title(run, modality)
    box = st.popover(
        markdown("{}: take over …", title),
        icon=":material/content_copy:",
        type="tertiary",
        key=f"borrow|{modality}",
        on_change="rerun",
    )
    if not box.open:  # its pictures would be sent again with every edit
        return
    with box:
        st.caption(markdown("Gives the {} all the concepts of something else.", title))
        _borrow_meaning(run, editor, modality)
        queries = [name for name in neighbours if name != modality] or list(neighbours)
        for target in neighbours[queries[0]]:
            st.markdown(markdown("**{}**: nearest to the {}", _title(run, target), _title(run, queries[0])))
            _borrow_neighbour(run, editor, modality, neighbours[queries[0]][target][:N_TO_BORROW])


def _borrow_meaning(run: Run, editor: Editor, modality: str) -> None:
    keys, activations = key_activation(run.bank, modality)
    if not len(keys):
        return
    names = run.card.modality(modality).key_names
    label = "{}: as those of answer" if run.card.own_keys else "{}: as if it were"
    place = st.selectbox(
        plain(label.format(_title(run, modality))),
        range(len(keys)),
        index=None,
        format_func=lambda i: names[keys[i]],
        key=f"meaning|{editor.name}|{modality}",
        placeholder="choose an answer" if run.card.own_keys else "choose a meaning",
        help=MEAN_OF_ANSWER if run.card.own_keys else MEAN_OF_MEANING,
    )
    if place is not None:
        st.button(
            markdown("Take over {}", names[keys[place]]),
            key=f"take|{editor.name}|{modality}",
            on_click=editor.take_over,
            args=(modality, activations[place]),
        )


def _borrow_neighbour(run: Run, editor: Editor, modality: str, found: Sequence[Neighbour]) -> None:
    for column, neighbour in zip(st.columns(N_TO_BORROW), found, strict=False):
        meaning = run.card.modality(neighbour.modality).key_name(neighbour.key)
        with column:
            st.html(resources.drawing(run.name, neighbour.modality, neighbour.row, size=64))
            st.caption(plain(meaning))
            st.button(
                "Take",
                key=f"take|{editor.name}|{modality}|{neighbour.id}",
                on_click=editor.take_over,
                args=(modality, run.bank.sides[neighbour.modality].shared[neighbour.row]),
                help=markdown("Takes over the concepts of {}: {}.", neighbour.id, meaning),
            )

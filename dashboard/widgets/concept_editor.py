"""Editing the concepts of one sample: switches or sliders, with undo, reset, and scenarios that are kept.

``session_state`` holds choices only: per run and sample a history of edits (what undo goes back through) and
the named scenarios. The widgets are set from it, so that they agree after an undo or a change of page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

import resources
from figures.concepts import in_percent, spread_strip
from figures.theme import class_colours
from sharcs_core.checkpoints import Run
from sharcs_core.interventions import Edit, copy_concepts, effect_of
from sharcs_core.rationale import key_activation
from sharcs_core.structures import THRESHOLD, Floats, Neighbour

SWITCHES, SLIDERS = "Switches", "Sliders"
MOST_STEPS = 200
N_TO_BORROW = 4
N_EDITS_TOLD = 3


@dataclass(frozen=True)
class Editor:
    """The edits of one sample of one run.

    Attributes:
        name: tells this sample's edits from another's in the session.
        shared: modality → (T,) the concepts before any edit.
    """

    name: str
    shared: Mapping[str, Floats]

    @property
    def history(self) -> list[tuple[Edit, ...]]:
        """Every state so far, oldest first; the last one holds."""
        return st.session_state.setdefault(f"history|{self.name}", [()])

    @property
    def scenarios(self) -> dict[str, tuple[Edit, ...]]:
        """What was kept, by the name it was given."""
        return st.session_state.setdefault(f"scenarios|{self.name}", {})

    @property
    def edits(self) -> tuple[Edit, ...]:
        return self.history[-1]

    def value(self, modality: str, concept: int) -> float:
        """A concept's value as edited."""
        edited = [edit.value for edit in self.edits if (edit.modality, edit.concept) == (modality, concept)]
        return edited[-1] if edited else float(self.shared[modality][concept])

    def set(self, edits: Iterable[Edit]) -> None:
        """Make these the edits that hold; a value that is the sample's own again is no edit."""
        latest = {(edit.modality, edit.concept): edit for edit in edits}
        kept = tuple(e for e in latest.values() if abs(e.value - float(self.shared[e.modality][e.concept])) > 1e-9)
        if kept != self.edits:
            self.history.append(kept)
            del self.history[:-MOST_STEPS]
        self._tell_widgets()

    def add(self, edits: Iterable[Edit]) -> None:
        """Edit on: what is already edited stays."""
        self.set((*self.edits, *edits))

    def take_over(self, modality: str, concepts: Floats) -> None:
        """Give a modality all concepts (T,) of something else; edits of the other modalities stay."""
        others = tuple(edit for edit in self.edits if edit.modality != modality)
        self.set((*others, *copy_concepts(self.shared, modality, concepts)))

    def undo(self) -> None:
        if len(self.history) > 1:
            self.history.pop()
        self._tell_widgets()

    def keep(self, name_key: str) -> None:
        """Keep the edits as a scenario under the name in the field ``name_key``, and clear the field."""
        number = len(self.scenarios) + 1
        self.scenarios[(st.session_state.get(name_key) or "").strip() or f"Scenario {number}"] = self.edits
        st.session_state[name_key] = ""

    def forget_scenarios(self) -> None:
        self.scenarios.clear()

    def _key(self, kind: str, modality: str, concept: int) -> str:
        return f"{kind}|{self.name}|{modality}|{concept}"

    def _tell_widgets(self) -> None:
        for modality, values in self.shared.items():
            for concept in range(len(values)):
                value = self.value(modality, concept)
                st.session_state[self._key(SWITCHES, modality, concept)] = value > THRESHOLD
                st.session_state[self._key(SLIDERS, modality, concept)] = round(value, 2)

    def _switched(self, modality: str, concept: int) -> None:
        on = st.session_state[self._key(SWITCHES, modality, concept)]
        own = float(self.shared[modality][concept])
        self.add([Edit(modality, concept, own if (own > THRESHOLD) == on else float(on))])

    def _slid(self, modality: str, concept: int) -> None:
        value = float(st.session_state[self._key(SLIDERS, modality, concept)])
        own = float(self.shared[modality][concept])
        self.add([Edit(modality, concept, own if value == round(own, 2) else value)])


def concept_column(editor: Editor, modality: str, meanings: Sequence[str], how: str) -> None:
    """The concepts of one modality, one below the other; each tells what it stands for."""
    for concept in range(len(editor.shared[modality])):
        _concept_widget(editor, modality, concept, meanings[concept], how)


def _concept_widget(editor: Editor, modality: str, concept: int, meaning: str, how: str) -> None:
    value, own = editor.value(modality, concept), float(editor.shared[modality][concept])
    key = editor._key(how, modality, concept)
    edited = " :material/edit:" if value != own else ""
    label = f"**{concept}** · {meaning}{edited}"
    common = {"key": key, "args": (modality, concept)}
    if how == SWITCHES:
        st.session_state.setdefault(key, value > THRESHOLD)
        st.toggle(label, on_change=editor._switched, wrap=True, **common)
    else:
        st.session_state.setdefault(key, round(value, 2))
        st.slider(label, 0.0, 1.0, step=0.01, on_change=editor._slid, **common)


def tools(editor: Editor) -> str:
    """Undo and reset, and how concepts are edited: ``Switches`` or ``Sliders``."""
    n = len(editor.edits)
    with st.container(horizontal=True, vertical_alignment="center"):
        how = st.segmented_control(
            "Edit with",
            (SWITCHES, SLIDERS),
            default=SWITCHES,
            required=True,
            key="edit_with",
            label_visibility="collapsed",
            width="content",
        )
        st.button("Undo", icon=":material/undo:", on_click=editor.undo, disabled=len(editor.history) < 2, key="undo")
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=editor.set,
            args=((),),
            key="reset",
            disabled=not editor.edits,
            help="Takes all edits back. Undo brings them again.",
        )
        st.markdown(":gray[nothing edited]" if not n else f"**{n} concept{'s' if n > 1 else ''} edited**")
    return how or SWITCHES


def borrow(
    run: Run, editor: Editor, modality: str, neighbours: Mapping[str, Mapping[str, Sequence[Neighbour]]]
) -> None:
    """Take over the concepts of another input: of what a meaning looks like on average, or of a neighbour."""
    box = st.popover("Take over …", icon=":material/content_copy:", key=f"borrow|{modality}", on_change="rerun")
    if not box.open:  # its pictures would be sent again with every edit
        return
    with box:
        st.caption(f"Gives the {run.task.modality(modality).title.lower()} all the concepts of something else.")
        _borrow_meaning(run, editor, modality)
        queries = [name for name in neighbours if name != modality] or list(neighbours)
        for target in neighbours[queries[0]]:
            title = run.task.modality(queries[0]).title.lower()
            st.markdown(f"**{run.task.modality(target).title}**: nearest to the {title}")
            _borrow_neighbour(run, editor, modality, neighbours[queries[0]][target][:N_TO_BORROW])


def _borrow_meaning(run: Run, editor: Editor, modality: str) -> None:
    keys, activations = key_activation(run.bank, modality)
    names = run.task.modality(modality).key_names
    place = st.selectbox(
        "As if it were",
        range(len(keys)),
        index=None,
        format_func=lambda i: names[keys[i]],
        key=f"meaning|{editor.name}|{modality}",
        placeholder="choose a meaning",
        help="The mean concepts of all training inputs of this modality that mean it.",
    )
    if place is not None:
        st.button(
            f"Take over {names[keys[place]]}",
            key=f"take|{editor.name}|{modality}",
            on_click=editor.take_over,
            args=(modality, activations[place]),
        )


def _borrow_neighbour(run: Run, editor: Editor, modality: str, found: Sequence[Neighbour]) -> None:
    for column, neighbour in zip(st.columns(N_TO_BORROW), found, strict=False):
        with column:
            st.html(resources.drawing(run.name, neighbour.modality, neighbour.row, size=64))
            st.button(
                "Take",
                key=f"take|{editor.name}|{modality}|{neighbour.id}",
                on_click=editor.take_over,
                args=(modality, run.bank.sides[neighbour.modality].shared[neighbour.row]),
                help=f"`{neighbour.id}`: {run.task.modality(neighbour.modality).key_names[neighbour.key]}",
            )


def scenarios(run: Run, editor: Editor) -> None:
    """Keep the edits under a name, and compare what was kept."""
    st.markdown("##### Scenarios", help="A set of edits under a name, kept while this browser tab is open.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", key="scenario_name", placeholder="such as: turned over", width=280, max_chars=60)
        st.button(
            "Keep these edits",
            key="keep",
            icon=":material/bookmark_add:",
            on_click=editor.keep,
            args=("scenario_name",),
            disabled=not editor.edits,
        )
        if editor.scenarios:
            st.button("Forget all", key="forget", on_click=editor.forget_scenarios)
    if not editor.scenarios:
        st.caption("None kept yet. Edit a concept, give the edits a name, and compare it with the next.")
    for name, edits in {"As it is": (), **editor.scenarios}.items() if editor.scenarios else ():
        _scenario(run, editor, name, edits)


def _scenario(run: Run, editor: Editor, name: str, edits: tuple[Edit, ...]) -> None:
    outcome = effect_of(run, editor.shared, edits).after
    names = run.task.class_names
    columns = st.columns([3, 2, 4, 3, 2], vertical_alignment="center")
    columns[0].markdown(f"**{name}**")
    columns[1].markdown(
        f"{names[outcome.class_index]} · {in_percent(float(outcome.probabilities[outcome.class_index]))}"
    )
    columns[2].html(spread_strip(outcome.probabilities, names, class_colours(len(names)), height=16))
    columns[3].caption(f"tree: {names[outcome.path.class_index]} · {_in_words(edits)}")
    columns[4].button(
        "Load", key=f"load|{editor.name}|{name}", on_click=editor.set, args=(edits,), disabled=edits == editor.edits
    )


def _in_words(edits: Sequence[Edit]) -> str:
    said = [f"{edit.modality} {edit.concept} → {edit.value:.2g}" for edit in edits[:N_EDITS_TOLD]]
    more = len(edits) - len(said)
    return ", ".join(said + ([f"{more} more"] if more > 0 else [])) or "no edit"

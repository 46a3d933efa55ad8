"""The edits of one sample: what is edited, undo and redo, and scenarios that are kept.

``session_state`` holds choices only: per run and sample a history of edits (what undo goes back through), what was
undone, and the named scenarios. The widgets are set from it, so that they agree after an undo or a change of page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from sharcs_core.interventions import Edit, apply_edits, copy_concepts, edits_of_value
from sharcs_core.named import values_said
from sharcs_core.structures import THRESHOLD, Factor, Floats

CHOICES, SWITCHES, SLIDERS = "Choices", "Switches", "Sliders"
MOST_STEPS = 200


@dataclass(frozen=True)
class Editor:
    """The edits of one sample of one run.

    Attributes:
        name: tells this sample's edits from another's in the session.
        shared: modality → (T,) the concepts before any edit.
        factors: those that are taught. A change of one is a single edit, whatever concepts it sets.
        exclude: the sample's own row in the bank, where it has one.
        states: modality → the names of the factors that it says something of; all, for one that is not here.
    """

    name: str
    shared: Mapping[str, Floats]
    factors: tuple[Factor, ...] = ()
    exclude: int | None = None
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def factors_of(self, modality: str) -> tuple[Factor, ...]:
        """The taught factors that a modality says something of."""
        stated = self.states.get(modality)
        return tuple(factor for factor in self.factors if stated is None or factor.name in stated)

    @property
    def history(self) -> list[tuple[Edit, ...]]:
        """Every state so far, oldest first; the last one holds."""
        states: list[tuple[Edit, ...]] = st.session_state.setdefault(f"history|{self.name}", [()])
        return states

    @property
    def undone(self) -> list[tuple[Edit, ...]]:
        """What redo brings back, the next one last."""
        states: list[tuple[Edit, ...]] = st.session_state.setdefault(f"undone|{self.name}", [])
        return states

    @property
    def scenarios(self) -> dict[str, tuple[Edit, ...]]:
        """What was kept, by the name it was given."""
        kept: dict[str, tuple[Edit, ...]] = st.session_state.setdefault(f"scenarios|{self.name}", {})
        return kept

    @property
    def clash(self) -> str | None:
        """The name under which edits were to be kept that another scenario has already."""
        return st.session_state.get(f"clash|{self.name}")

    @property
    def edits(self) -> tuple[Edit, ...]:
        return self.history[-1]

    @property
    def edited(self) -> dict[str, Floats]:
        """Modality → (T,) the concepts with the edits."""
        return apply_edits(self.shared, self.edits)

    @property
    def free(self) -> tuple[int, ...]:
        """The concepts that belong to no taught factor."""
        taught = {concept for factor in self.factors for concept in factor.concepts}
        return tuple(t for t in range(len(next(iter(self.shared.values())))) if t not in taught)

    def value(self, modality: str, concept: int) -> float:
        """A concept's value as edited."""
        edited = [edit.value for edit in self.edits if (edit.modality, edit.concept) == (modality, concept)]
        return edited[-1] if edited else float(self.shared[modality][concept])

    def said(self, modality: str, factor: Factor) -> int:
        """The value of a taught factor as edited."""
        return int(values_said(self.edited[modality][None], factor)[0])

    def read(self, modality: str, factor: Factor) -> int:
        """The value of a taught factor before any edit."""
        return int(values_said(self.shared[modality][None], factor)[0])

    def holds(self, edits: Iterable[Edit]) -> bool:
        """Whether just these edits are made, in any order."""
        return set(self._changing(edits)) == set(self.edits)

    def set(self, edits: Iterable[Edit]) -> None:
        """Make these the edits that hold; a value that is the sample's own again is no edit."""
        kept = self._changing(edits)
        if kept != self.edits:
            self.history.append(kept)
            del self.history[:-MOST_STEPS]
            self.undone.clear()
        self._tell_widgets()

    def add(self, edits: Iterable[Edit]) -> None:
        """Edit on: what is already edited stays."""
        self.set((*self.edits, *edits))

    def choose(self, modality: str, factor: Factor, value: int) -> None:
        """Let a modality say a value of a taught factor; the one that was read brings its own concepts back."""
        others = tuple(e for e in self.edits if e.modality != modality or e.concept not in factor.concepts)
        own = value == self.read(modality, factor)
        self.set(others if own else (*others, *edits_of_value(factor, modality, value)))

    def take_over(self, modality: str, concepts: Floats) -> None:
        """Give a modality all concepts (T,) of something else; edits of the other modalities stay."""
        others = tuple(edit for edit in self.edits if edit.modality != modality)
        self.set((*others, *copy_concepts(self.shared, modality, concepts)))

    def undo(self) -> None:
        if len(self.history) > 1:
            self.undone.append(self.history.pop())
        self._tell_widgets()

    def redo(self) -> None:
        if self.undone:
            self.history.append(self.undone.pop())
        self._tell_widgets()

    def keep(self, name_key: str) -> None:
        """Keep the edits under the name in the field ``name_key``; about a name that is taken :attr:`clash` asks."""
        name = (st.session_state.get(name_key) or "").strip() or self._unused("Scenario")
        if name in self.scenarios:
            st.session_state[f"clash|{self.name}"] = name
            return
        self._keep_as(name, name_key)

    def settle_clash(self, how: str, name_key: str) -> None:
        """Answer the question that a taken name raised: ``replace`` it, keep ``both``, or ``leave`` it."""
        name = self.clash
        st.session_state.pop(f"clash|{self.name}", None)
        if name is not None and how != "leave":
            self._keep_as(name if how == "replace" else self._unused(name), name_key)

    def forget_scenarios(self) -> None:
        self.scenarios.clear()
        st.session_state.pop(f"clash|{self.name}", None)

    def key(self, kind: str, modality: str, what: int | str) -> str:
        """Key of the widget that edits a concept, or a factor by its name."""
        return f"{kind}|{self.name}|{modality}|{what}"

    def chosen(self, modality: str, factor: Factor) -> None:
        """A callback: a value of a factor was chosen."""
        self.choose(modality, factor, int(st.session_state[self.key(CHOICES, modality, factor.name)]))

    def switched(self, modality: str, concept: int) -> None:
        """A callback: a concept was switched on or off."""
        on = st.session_state[self.key(SWITCHES, modality, concept)]
        own = float(self.shared[modality][concept])
        self.add([Edit(modality, concept, own if (own > THRESHOLD) == on else float(on))])

    def slid(self, modality: str, concept: int) -> None:
        """A callback: a slider was moved."""
        value = float(st.session_state[self.key(SLIDERS, modality, concept)])
        own = float(self.shared[modality][concept])
        self.add([Edit(modality, concept, own if value == round(own, 2) else value)])

    def _changing(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """The last edit of each concept, without those that change nothing."""
        latest = {(edit.modality, edit.concept): edit for edit in edits}
        return tuple(e for e in latest.values() if abs(e.value - float(self.shared[e.modality][e.concept])) > 1e-9)

    def _unused(self, name: str) -> str:
        """The name with the first number that no scenario has; unnamed ones are counted from 1."""
        number, numbered = (1, "{} {}") if name == "Scenario" else (2, "{} ({})")
        while numbered.format(name, number) in self.scenarios:
            number += 1
        return numbered.format(name, number)

    def _keep_as(self, name: str, name_key: str) -> None:
        self.scenarios[name] = self.edits
        st.session_state[name_key] = ""

    def _tell_widgets(self) -> None:
        for modality, values in self.shared.items():
            for concept in range(len(values)):
                value = self.value(modality, concept)
                st.session_state[self.key(SWITCHES, modality, concept)] = value > THRESHOLD
                st.session_state[self.key(SLIDERS, modality, concept)] = round(value, 2)
            for factor in self.factors_of(modality):
                st.session_state[self.key(CHOICES, modality, factor.name)] = self.said(modality, factor)

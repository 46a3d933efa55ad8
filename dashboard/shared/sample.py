"""The sample that pages show: one that the run keeps, or what somebody brought. Both answer the same questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

import resources
from drawings.inputs import draw, draw_lit, width_of
from drawings.look import look_of
from sharcs_core import explanations
from sharcs_core.explanations import explain_inputs
from sharcs_core.where import say
from sharcs_core.where import where as where_of
from sharcs_core.where.choices import choices as choices_of
from sharcs_core.why import why as why_of
from shared import keeping
from shared.intervene.editor import Editor
from shared.own import OWN
from shared.plain import Markdown, code, markdown

if TYPE_CHECKING:
    from markupsafe import Markup

    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Asked, Explanation, Inputs, Part, Said, Where
    from sharcs_core.why import Why

YOUR_OWN = "your own"


@dataclass(frozen=True)
class Sample:
    """A sample that a run keeps.

    Attributes:
        id: what stands in the address.
        inputs: modality → its input; what the sample lacks is not in it.
        label: its true class; None where that is not known.
    """

    run: Run
    id: str
    inputs: Mapping[str, Inputs]
    label: int | None

    @classmethod
    def kept(cls, run: Run, sample_id: str) -> Sample:
        """A sample by its id. Raises KeyError for one that the run does not keep."""
        bank, row = run.find(sample_id)
        inputs = {name: side.inputs.take([row]) for name, side in bank.sides.items()}
        return cls(run, sample_id, inputs, int(bank.labels[row]))

    @property
    def title(self) -> str:
        """What it is called within a sentence."""
        return self.id

    @property
    def shown(self) -> Markdown:
        """What it is called where it is named by itself."""
        return code(self.id)

    @property
    def origin(self) -> str:
        """Where it comes from, in a word or two; "" where its name says that."""
        return "unseen" if self.run.is_unseen(self.id) else "in memory"

    @property
    def absent(self) -> tuple[str, ...]:
        """The modalities of which it has no input, of those that the answer is predicted from."""
        return tuple(name for name in self.run.card.deciding if name not in self.inputs)

    @property
    def class_index(self) -> int:
        """The class that the model says."""
        part = "test" if self.run.is_unseen(self.id) else "train"
        return int(resources.predictions(self.run.name)[part][self.run.find(self.id)[1]])

    @property
    def can_be_described(self) -> bool:
        """Whether the content of an input that is taken away is known in another modality."""
        return explanations.can_be_described(self.run)

    @property
    def editor(self) -> Editor:
        """The edits of its concepts."""
        own_row = None if self.run.is_unseen(self.id) else self.run.find(self.id)[1]
        return self._editor(self.id, own_row)

    def explanation(self, missing: tuple[str, ...] = (), handling: str = "described") -> Explanation:
        """Everything about it, as it is or as if some of its inputs were missing; see :mod:`sharcs_core.explanations`.

        Raises:
            UserError: for a run without concepts.
        """
        return resources.explanation(self.run.name, self.id, missing, handling)

    def why(self) -> Why:
        """Why the model answers it as it does, see :func:`sharcs_core.why.why`."""
        return resources.why(self.run.name, self.id)

    def where(self, asked: Asked) -> Where:
        """From which parts of its inputs something comes that the model says, see :func:`sharcs_core.where.where`.

        Raises:
            UserError: for what cannot be told of it, such as inputs that are not kept.
        """
        return resources.where(self.run.name, self.id, asked)

    def choices(self) -> tuple[Asked, ...]:
        """What can be asked where it is read, see :func:`sharcs_core.where.choices.choices`. Raises UserError."""
        return resources.choices(self.run.name, self.id)

    def said(self) -> Said:
        """Its answer, what decides it and where that is read, in sentences, see :func:`sharcs_core.where.say`.

        Raises:
            UserError: for what cannot be told of it.
        """
        return resources.said(self.run.name, self.id)

    def lit(self, modality: str, part: Part, size: int) -> Markup:
        """One of its inputs, a part of it lit, drawn as wide as :meth:`width` says."""
        shown = self.run.card.modality(modality)
        look, says = look_of(shown, self.run.card.names), f"{shown.title}, lit where it is read"
        return draw_lit(self.inputs[modality], 0, part, self.width(modality, size), look, says)

    def picture(self, modality: str, size: int) -> Markup:
        """One of its inputs, drawn as wide as :meth:`width` says."""
        unseen, row = self.run.is_unseen(self.id), self.run.find(self.id)[1]
        return resources.drawing(self.run.name, modality, row, test=unseen, size=self.width(modality, size))

    def width(self, modality: str, size: int) -> int:
        """How wide one of its inputs is drawn beside a square picture of ``size``, in CSS pixels."""
        return width_of(self.inputs[modality], size)

    def meaning(self, modality: str) -> str:
        """What one of its inputs is known to mean."""
        bank, row = self.run.find(self.id)
        return self.run.card.modality(modality).key_name(int(bank.sides[modality].semantics[row]))

    def _editor(self, name: str, own_row: int | None = None) -> Editor:
        config = self.run.model.config
        edits = f"{self.run.name}|{name}"
        shared = {name: own for name, own in self.explanation().shared.items() if name in config.deciding}
        return Editor(edits, shared, config.factors, own_row, config.states)


@dataclass(frozen=True)
class OwnSample(Sample):
    """What somebody brought to a run: no truth is known of it, and some of its inputs may be missing.

    Attributes:
        name: what people call it.
    """

    name: str

    @property
    def title(self) -> str:
        return YOUR_OWN

    @property
    def shown(self) -> Markdown:
        return markdown("Your own {}", code(self.name))

    @property
    def origin(self) -> str:
        return ""

    @property
    def class_index(self) -> int:
        return self.explanation().class_index

    @property
    def can_be_described(self) -> bool:
        return False

    @property
    def editor(self) -> Editor:
        """The edits of its concepts: those of another upload are others."""
        shared = self.explanation().shared
        digest = sha256(b"".join(np.ascontiguousarray(values).tobytes() for values in shared.values()))
        return self._editor(f"{OWN}|{digest.hexdigest()[:16]}")

    def explanation(self, missing: tuple[str, ...] = (), handling: str = "described") -> Explanation:
        """Everything about it, as it is or as if some of its inputs had not been brought; ``handling`` says nothing."""
        present = {name: one for name, one in self.inputs.items() if name not in missing}
        key = ("explanation", tuple(present))
        return keeping.once(self.run.name, key, lambda: explain_inputs(self.run, present))

    def why(self) -> Why:
        return keeping.once(self.run.name, "why", lambda: why_of(self.run, self.explanation()))

    def where(self, asked: Asked) -> Where:
        return keeping.once(self.run.name, ("where", asked), lambda: where_of(self.run, self.inputs, asked))

    def said(self) -> Said:
        return keeping.once(self.run.name, "said", lambda: say(self.run, self.explanation(), self.inputs))

    def choices(self) -> tuple[Asked, ...]:
        return keeping.once(self.run.name, "choices", lambda: choices_of(self.run, self.explanation(), self.inputs))

    def picture(self, modality: str, size: int) -> Markup:
        look = look_of(self.run.card.modality(modality), self.run.card.names)
        return draw(self.inputs[modality], 0, self.width(modality, size), look)

    def meaning(self, modality: str) -> str:
        """Of what was brought nothing is known."""
        return ""

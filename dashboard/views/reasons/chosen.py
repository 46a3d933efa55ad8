"""The chosen sample with all that a guided model says of its picture, and what is truly so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import resources
from drawings.inputs import sentence as written
from drawings.look import Look, look_of
from sharcs_core.errors import UserError
from sharcs_core.guided.judging import Judged, Truth, facts_of_key, judged
from sharcs_core.guided.reading import (
    Reason,
    mask_in,
    picture_in,
    reason_of,
    text_in,
)
from sharcs_core.guided.taught import id_of
from sharcs_core.where.places import ReadPlaces, read_places
from shared import keeping
from shared.own import OWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sharcs_core.guided.keeping import KeptGuided
    from sharcs_core.structures import Inputs
    from shared.sample import Sample


@dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        modality: of its picture.
        reason: what the model says of that.
        truth: what is truly so.
        verdict: what is right of it.
    """

    sample: Sample
    modality: str
    reason: Reason
    truth: Truth
    verdict: Judged

    @property
    def wrong(self) -> tuple[str, ...]:
        """The unseen samples that the model answers wrongly, by id."""
        return resources.guided_mistakes(self.sample.run.name, self.modality)

    @property
    def picture(self) -> Inputs:
        """The one picture."""
        return self.sample.inputs[self.modality]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The same as an array (H, W) or (H, W, channels)."""
        pixels: NDArray[np.uint8] = self.picture.arrays["pixels"][0]
        return pixels

    @property
    def look(self) -> Look:
        """How it is drawn."""
        run = self.sample.run
        return look_of(run.card.modality(self.modality), run.card.names)

    @property
    def key(self) -> str:
        """What is kept of it is kept under: another picture has another one."""
        return f"{self.sample.run.name}|{id_of(self.pixels)}"


def shown_of(sample: Sample, kept: KeptGuided) -> Shown:
    """What there is to show of a sample.

    Raises:
        UserError: it has no picture that the model reads.
    """
    modality = picture_in(sample.inputs, kept.size)
    if modality is None:
        raise UserError("This sample has no picture that the model could look at; choose another one, or bring one")
    run, inputs = sample.run, sample.inputs[modality]
    if sample.id == OWN:
        reason = keeping.once(run.name, "reason", lambda: reason_of(kept, inputs.arrays["pixels"][0]))
        return Shown(sample, modality, reason, Truth(), judged(reason, Truth(), run.card))
    reason = resources.reason(run.name, sample.id, modality)
    label = None if sample.label is None else run.card.target.names[sample.label]
    bank, row = run.find(sample.id)
    facts = facts_of_key(run.card, int(bank.sides[modality].semantics[row]))
    truth = Truth(label, mask_in(inputs), _said(sample), facts)
    return Shown(sample, modality, reason, truth, judged(reason, truth, run.card))


def _said(sample: Sample) -> str:
    name = text_in(sample.inputs)
    if name is None:
        return ""
    return written(sample.inputs[name], 0, look_of(sample.run.card.modality(name)).words)


def concepts_of(shown: Shown) -> ReadPlaces | None:
    """Where the concepts of the picture are read; None of a model without concepts."""
    sample = shown.sample
    if not sample.run.questions:
        return None
    if sample.id == OWN:
        make = lambda: read_places(sample.run, sample.inputs, shown.modality)  # noqa: E731
        return keeping.once(sample.run.name, "concepts_read", make)
    return resources.concepts_read(sample.run.name, sample.id, shown.modality)

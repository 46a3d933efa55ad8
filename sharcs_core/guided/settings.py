"""What a guided training is asked for: which explanations it heeds, how, and how long it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sharcs_core.errors import UserError

Visual = Literal["none", "haics", "gradia", "res", "overlap"]
Exchange = Literal["none", "masks", "random"]


@dataclass(frozen=True)
class GuidedSettings:
    """How a classifier is taught by explanations; the defaults are MEGL as it measured best on validation pictures.

    Attributes:
        visual: the loss of maps on samples with a mask, see :data:`sharcs_core.guided.terms.VISUAL`.
        words: weight of the loss of sentences; 0: none are learned.
        grounded: do the words read what the map pools? Else the mean over the whole picture.
        consistency: weight of the loss that brings maps of samples without a mask to what masks are like.
        exchange: is what lies outside of masks exchanged between pictures, or outside of boxes drawn by chance?
        stand_ins: do learned maps stand for missing masks once they are good?
        borne_out: only those from which the sample's sentence can be read, word by word? Of a map of the wrong thing it
            seldom can; where people say the same in many ways it can of none, and this is to be off.
        as_is: is the class asked of pictures that nothing was exchanged in as well?
        right_reasons: weight of the loss of input gradients outside of masks (Ross et al. 2017); 0: none.
        epochs, warm_up: in all, and before learned maps stand for masks.
        batch_size, learning_rate, weight_decay, seed: of AdamW, on one cycle of the rate.
    """

    visual: Visual = "overlap"
    words: float = 2.0
    grounded: bool = True
    consistency: float = 0.1
    exchange: Exchange = "masks"
    stand_ins: bool = True
    borne_out: bool = True
    as_is: bool = False
    right_reasons: float = 0.0
    epochs: int = 12
    warm_up: int = 3
    batch_size: int = 64
    learning_rate: float = 8e-3
    weight_decay: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.warm_up <= self.epochs or self.epochs < 1:
            raise UserError(f"A guided training warms up within its epochs (got {self.warm_up} of {self.epochs})")
        if self.batch_size < 2:
            raise UserError(f"A guided training needs batches of 2 samples or more (got {self.batch_size})")
        if min(self.words, self.consistency, self.right_reasons) < 0:
            raise UserError("Weights of a guided training are 0 or more")

    def to_json(self) -> dict[str, Any]:
        """The settings by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> GuidedSettings:
        """What :meth:`to_json` gave; what is not said is as usual.

        Raises:
            UserError: for a name or a value that there is not.
        """
        from pydantic import TypeAdapter, ValidationError

        from sharcs_core.faults import in_words

        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            raise UserError(f"A guided training has no setting named {unknown[0]!r}")
        try:
            return TypeAdapter(cls).validate_python({**cls().to_json(), **values})
        except ValidationError as error:
            raise UserError(f"A guided training cannot be set so: {in_words(error)}") from None

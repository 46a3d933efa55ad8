"""Settings of a model and of its training: frozen, checked strictly where they are made, saved with the weights."""

from __future__ import annotations

import functools
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, field
from itertools import accumulate
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.structures import FIELDS, Factor

ALIGNMENT_WEIGHTS = {"contrastive": 1.0, "distance": 0.1, "triplet": 1.0, "none": 0.0}
"""What can pull equal meanings together, each with the weight λ that served it best (benchmarks/alignments.py)."""

ALIGNMENTS = tuple(ALIGNMENT_WEIGHTS)

WIRINGS = ("sharcs", "fusion", "late", "concept", "relative", "embedding")
"""How the parts of a model are put together; see :mod:`sharcs_core.baselines`."""

HAS_CONCEPTS = ("sharcs", "concept")
"""Wirings whose representation is one of concepts, so that codes, trees and interventions make sense."""

HAS_SHARED_SPACE = ("sharcs", "relative", "embedding")
"""Wirings that put all modalities in one space, so that a distance between two of them means something."""

MAX_SEED = 2**32 - 1
"""What NumPy, torch and scikit-learn all take."""

MAX_AMOUNT = 1e30
"""What is larger is soon no number any more where torch computes in single precision."""

AtLeastOne = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=MAX_AMOUNT, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]

Settings = TypeVar("Settings", bound=type)


@dataclass_transform(frozen_default=True)
def _settings(kind: Settings) -> Settings:
    """A frozen dataclass whose fields are checked when it is made; a fault is one sentence in a ValueError."""
    made: Any = checked_dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))(kind)
    init = made.__init__

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **values: Any) -> None:
        try:
            init(self, **dict(zip(made.__dataclass_fields__, args, strict=False)), **values)  # faults name the setting
        except ValidationError as error:
            raise ValueError(_in_words(error)) from None

    made.__init__ = checked
    return made


_WANTED = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "positive",
    "less_than_equal": "at most {le}",
    "finite_number": "finite",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "missing": "given",
    "dataclass_exact_type": "{class_name}",
}


def _in_words(error: ValidationError) -> str:
    """The first fault of a setting in one sentence: which setting, what it must be, what came."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "value_error":  # raised by one of our own checks, in our own words
        return str(fault["ctx"]["error"])
    name = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("["))
    if fault["type"] == "unexpected_keyword_argument":
        return f"There is no setting {name!r}; take it out"
    wanted = _WANTED.get(fault["type"])
    must = f"must be {wanted.format(**fault.get('ctx', {}))}" if wanted else f"is wrong: {fault['msg'].lower()}"
    came = "" if fault["type"] == "missing" else f" (got {reprlib.repr(fault['input'])})"  # it may be of any length
    return f"{name} {must}{came}"


@_settings
class EncoderConfig:
    """The encoder of one modality.

    Attributes:
        kind: ``tabular``, ``image``, ``graph`` or ``text``.
        n_features: features of a table row or node, channels of an image, words of a vocabulary.
        hidden: width of each layer.
        positions: of a graph: the last two node features are a place in the plane, and the encoder convolves
            over relative positions instead of counting node types. Of a picture: it shows one thing that may lie
            anywhere, and the encoder looks where that is.
        jitter: how much inputs are varied in training. Of a graph with positions: standard deviation of the
            random shift of every node. Of a picture with positions: see :mod:`sharcs_core.encoders.scene`.
    """

    kind: str
    n_features: AtLeastOne
    hidden: tuple[AtLeastOne, ...]
    positions: bool = False
    jitter: Amount = 0.0

    def __post_init__(self) -> None:
        if self.kind not in FIELDS:
            raise ValueError(f"Unknown kind of modality {self.kind!r}; choose one of {sorted(FIELDS)}")
        if not self.hidden:
            raise ValueError(f"hidden must name at least one width (got {self.hidden})")


@_settings
class ModelConfig:
    """A SHARCS model.

    Attributes:
        encoders: modality name → encoder; the order is that of the concatenated concepts.
        n_classes: C.
        n_local: K.
        n_shared: T. Of a model whose concepts are chosen: how many it is trained with before that.
        projection_hidden: width between local and shared concepts.
        predictor_hidden: width between shared concepts and class.
        slope: of the sigmoid after each batch norm (the paper: 5; 2 on the MNIST tasks).
        wiring: one of ``WIRINGS``: ``sharcs``, or the wiring of a baseline.
        named: factor → number of its values. Its values are taught as the first of the concepts that the class
            is predicted from, in this order; those that follow are free.
        agreements: whether the predictor reads, beside the concepts, how far each two modalities agree on each.
    """

    encoders: Mapping[str, EncoderConfig]
    n_classes: AtLeastOne
    n_local: AtLeastOne
    n_shared: AtLeastOne
    projection_hidden: AtLeastOne = 32
    predictor_hidden: AtLeastOne = 64
    slope: Positive = 5.0
    wiring: str = "sharcs"
    named: Mapping[str, Annotated[int, Field(ge=2)]] = field(default_factory=dict)
    agreements: bool = False

    def __post_init__(self) -> None:
        if self.wiring not in WIRINGS:
            raise ValueError(f"Unknown wiring {self.wiring!r}; choose one of {list(WIRINGS)}")
        if not self.encoders:
            raise ValueError("A model needs at least one modality (got none)")
        if len(self.encoders) < 2 and (self.wiring in HAS_SHARED_SPACE or self.agreements):
            raise ValueError(f"A shared space needs at least two modalities (got {list(self.encoders)})")
        if self.named and self.wiring not in HAS_CONCEPTS:
            raise ValueError(f"A model of wiring {self.wiring!r} has no concepts to name (got {dict(self.named)})")
        if self.n_named > self.width:
            raise ValueError(f"{self.n_named} named concepts need as many concepts (got {self.width})")

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self.encoders)

    @property
    def width(self) -> int:
        """Length of what a modality gives to the predictor: T in a shared space, else K."""
        return self.n_shared if self.wiring in HAS_SHARED_SPACE else self.n_local

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors that are taught, each with the places of its concepts."""
        n_concepts = (1 if n_values == 2 else n_values for n_values in self.named.values())
        places = accumulate(n_concepts, initial=0)  # counted, not listed: a file may claim any number of values
        return tuple(Factor(*factor, first) for factor, first in zip(self.named.items(), places, strict=False))

    @property
    def n_named(self) -> int:
        """How many of the concepts are taught; they stand before the free ones."""
        return sum(1 if n_values == 2 else n_values for n_values in self.named.values())


@_settings
class TrainingConfig:
    """How a model is trained.

    Attributes:
        epochs: all of them, those of polishing included.
        alignment: what pulls equal meanings together: one of ``ALIGNMENTS``.
        alignment_weight: λ, the weight of the alignment loss; ``ALIGNMENT_WEIGHTS`` has one for each alignment.
        temperature: of the contrastive alignment, in units of distance.
        margin: of the triplet alignment.
        patience: epochs without a better validation loss before stopping; 0 never stops early.
        naming_weight: of the cross-entropy that teaches named concepts.
        polish_epochs: how many of the epochs come after few concepts were chosen among the many; 0 keeps them all.
        polish_rate: learning rate at which polishing begins; it falls to nearly 0.
        tolerance: how much validation may fall below that of all concepts while one after the other goes, or one
            standard error where that is more; see :mod:`sharcs_core.choosing`.
    """

    epochs: AtLeastOne
    batch_size: Annotated[int, Field(ge=2)] = 64
    learning_rate: Positive = 6e-3
    weight_decay: Amount = 1e-4
    alignment: str = "contrastive"
    alignment_weight: Amount = 1.0
    temperature: Positive = 0.5
    margin: Amount = 1.0
    patience: Count = 0
    seed: Seed = 0
    naming_weight: Amount = 2.0
    polish_epochs: Count = 0
    polish_rate: Positive = 2e-3
    tolerance: Amount = 0.003

    def __post_init__(self) -> None:
        if self.alignment not in ALIGNMENTS:
            raise ValueError(f"Unknown alignment {self.alignment!r}; choose one of {list(ALIGNMENTS)}")
        if self.polish_epochs >= self.epochs:
            raise ValueError(f"polish_epochs must be fewer than the {self.epochs} epochs (got {self.polish_epochs})")


@_settings
class RunConfig:
    """Everything that makes a run again: the task, its model, its training and what its bank keeps.

    Attributes:
        bank_size: samples of the training split kept in the bank; 0 keeps all.
        test_size: samples of the test split kept beside it, to be looked at.
    """

    task: str
    model: ModelConfig
    training: TrainingConfig
    bank_size: Count = 0
    test_size: AtLeastOne = 500

    def __post_init__(self) -> None:
        if self.training.polish_epochs and self.model.wiring != "sharcs":
            raise ValueError(
                f"Only concepts of a shared space are chosen and polished (got the wiring {self.model.wiring!r} and "
                f"polish_epochs {self.training.polish_epochs}); set polish_epochs to 0"
            )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _build(kind: type, values: Any) -> Any:
    if not isinstance(values, dict):
        raise ValueError(f"{kind.__name__} must be an object (got {type(values).__name__})")
    return kind(**values)


def run_config_from_json(values: Any) -> RunConfig:
    """The inverse of :meth:`RunConfig.to_json`. Raises ValueError that names what is wrong."""
    try:
        encoders = {
            name: _build(EncoderConfig, {**encoder, "hidden": tuple(encoder["hidden"])})
            for name, encoder in values["model"]["encoders"].items()
        }
        model = _build(ModelConfig, {**values["model"], "encoders": encoders})
        return _build(RunConfig, {**values, "model": model, "training": _build(TrainingConfig, values["training"])})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is not the configuration of a run ({error})") from None

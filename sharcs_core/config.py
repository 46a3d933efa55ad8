"""Settings of a model and of its training: frozen, checked strictly where they are made, saved with the weights."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from itertools import accumulate
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.errors import UserError
from sharcs_core.faults import in_words, short
from sharcs_core.modality_names import check_modality_name
from sharcs_core.structures import Factor

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

LATER = ("edge_list", "n_edge_features", "module", "drop_words", "linear", "shift", "looks")
"""Settings of an encoder that came after the first runs; like ``drop`` of a training, left out of files where they are
not set, so that a run and a cell of a benchmark say what they said before."""

MODULE, MAX_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*"), 200
"""How an encoder of one's own is named, ``package.module:Class``, and in how many characters."""

MAX_AMOUNT = 1e30
"""What is larger is soon no number any more where torch computes in single precision."""

MAX_COUNT = 2**63 - 1
"""What NumPy and torch count up to."""

AtLeastOne = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Amount = Annotated[float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=MAX_AMOUNT, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]

HAS_POSITIONS = ("graph", "image", "text")
"""Kinds of modality whose encoder can go by where something is."""

HAS_JITTER = ("graph", "image")
"""Those of them whose inputs can be moved a little in training."""

Settings = TypeVar("Settings", bound=type)


@dataclass_transform(frozen_default=True)
def _settings(kind: Settings) -> Settings:
    """A frozen dataclass whose fields are checked when it is made; a fault is one sentence in a UserError."""
    made: Any = checked_dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))(kind)
    init = made.__init__

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **values: Any) -> None:
        try:
            init(self, **dict(zip(made.__dataclass_fields__, args, strict=False)), **values)  # faults name the setting
        except ValidationError as error:
            raise UserError(in_words(error)) from None

    made.__init__ = checked
    checked_kind: Settings = made
    return checked_kind


@_settings
class EncoderConfig:
    """The encoder of one modality.

    Attributes:
        kind: ``tabular``, ``image``, ``graph`` or ``text``.
        n_features: features of a table row or node, channels of an image, words of a vocabulary.
        hidden: width of each layer.
        positions: of a graph: the last two node features are a place in the plane, and the encoder convolves
            over relative positions instead of counting node types. Of a picture: it shows one thing that may lie
            anywhere, and the encoder looks where that is. Of a text: which word stands beside which counts.
        jitter: how much inputs are varied in training. Of a graph with positions: standard deviation of the
            random shift of every node. Of a picture with positions: see :mod:`sharcs_core.encoders.scene`. Of all
            else 0, for nothing would be varied.
        edge_list: of a graph: its edges come as a list, ``edges``, and not as padded neighbours.
        n_edge_features: of each edge in such a list.
        drop_words: of a text: share of the words that are left out in training, on average over texts that each lose
            a share of their own, drawn anew in each batch, so that no word alone decides and few words are enough.
        linear: of a text: whether what each word says by itself is added to the scores, past the perceptron.
        shift: of a picture read as a whole: by how many pixels it is moved at most in training, each way, at random.
        looks: of a picture: whether it is read through a map of where to look that explanations teach first, see
            :mod:`sharcs_core.encoders.looking`; ``hidden`` is then what comes after.
        module: ``package.module:Class`` of a ``torch.nn.Module`` that takes the place of the kind's encoder, see
            :mod:`sharcs_core.encoders.own_encoder`. It is imported only where that is allowed
            (:mod:`sharcs_core.encoders.own_code`).
    """

    kind: str
    n_features: AtLeastOne
    hidden: tuple[AtLeastOne, ...]
    positions: bool = False
    jitter: Amount = 0.0
    edge_list: bool = False
    n_edge_features: Count = 0
    module: str | None = None
    drop_words: Share = 0.0
    linear: bool = False
    shift: Count = 0
    looks: bool = False

    def __post_init__(self) -> None:
        if not self.hidden:
            raise UserError(f"hidden must name at least one width (got {self.hidden})")
        if self.module is not None and (len(self.module) > MAX_MODULE or not MODULE.fullmatch(self.module)):
            raise UserError(f"module must be written package.module:Class (got {short(self.module)})")
        if self.n_edge_features and not self.edge_list:
            raise UserError(f"Only edges in a list have features (got {self.n_edge_features}); set edge_list")
        if (self.drop_words or self.linear) and self.kind != "text":
            raise UserError(f"Only texts have words to drop or to add up (got kind {self.kind!r}); leave that out")
        if self.shift and (self.kind != "image" or self.positions):
            raise UserError(f"Only pictures without positions are shifted (got kind {self.kind!r}); set shift to 0")
        if self.looks and (self.kind != "image" or self.positions or self.shift):
            raise UserError("Only pictures without positions and shift are read through a map; leave looks out")
        if self.positions and self.kind not in HAS_POSITIONS:
            raise UserError(f"Only graphs, pictures and texts have positions (got kind {self.kind!r}); leave them out")
        if self.positions and self.kind == "graph" and self.n_features < 2:
            raise UserError("Positions are the last two features of a node, so n_features must be at least 2 (got 1)")
        if self.jitter and not (self.positions and self.kind in HAS_JITTER):
            places = "with" if self.positions else "without"
            raise UserError(
                f"jitter varies graphs and pictures with positions and nothing else (got jitter {self.jitter} of kind "
                f"{self.kind!r} {places} positions); set it to 0"
            )


@_settings
class ModelConfig:
    """A SHARCS model.

    Attributes:
        encoders: modality name → encoder; the order is that of the concatenated concepts. What can be a name,
            :mod:`sharcs_core.modality_names` says.
        n_classes: C.
        n_local: K.
        n_shared: T. Of a model whose concepts are chosen: how many it is trained with before that.
        projection_hidden: width between local and shared concepts.
        predictor_hidden: width between shared concepts and class.
        slope: of the sigmoid after each batch norm (the paper: 5; 2 on the MNIST tasks).
        wiring: one of ``WIRINGS``: ``sharcs``, or the wiring of a baseline.
        named: factor → number of its values. Its values are taught as the first of the concepts that the class
            is predicted from, in this order; those that follow are free.
        states: modality → the named factors that its inputs say something of; a modality that is not in it says
            something of all. What it does not state is neither compared nor edited there.
        agreements: whether the predictor reads, beside the concepts, how far each two modalities agree on each.
        votes: whether each modality says by itself which class it is, and these votes are added up, each with a weight
            that validation samples give it, instead of one perceptron that reads all; so that a modality that says
            little of unseen samples does no harm. Not for what only several modalities together can tell.
        explaining: the modalities that explain the class and so give it away, such as a sentence on why. They share
            the space, are aligned and retrieved, and are never read when the class is predicted.
    """

    encoders: Mapping[str, EncoderConfig]
    n_classes: AtLeastOne
    n_local: AtLeastOne
    n_shared: AtLeastOne
    projection_hidden: AtLeastOne = 32
    predictor_hidden: AtLeastOne = 64
    slope: Positive = 5.0
    wiring: str = "sharcs"
    named: Mapping[str, Annotated[int, Field(ge=2, le=MAX_COUNT)]] = field(default_factory=dict)
    agreements: bool = False
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    votes: bool = False
    explaining: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.wiring not in WIRINGS:
            raise UserError(f"Unknown wiring {short(self.wiring)}; choose one of {list(WIRINGS)}")
        for name in self.encoders:
            check_modality_name(name)
        if not self.encoders:
            raise UserError("A model needs at least one modality (got none)")
        if len(self.encoders) < 2 and (self.wiring in HAS_SHARED_SPACE or self.agreements):
            raise UserError(f"A shared space needs at least two modalities (got {list(self.encoders)})")
        if self.votes and (self.wiring != "sharcs" or self.agreements):
            raise UserError("Votes are of modalities in a shared space, each by itself; set agreements to false")
        if self.named and self.wiring not in HAS_CONCEPTS:
            raise UserError(f"A model of wiring {self.wiring!r} has no concepts to name (got {dict(self.named)})")
        if unknown := sorted(set(self.explaining) - set(self.encoders)):
            raise UserError(f"No modality {unknown[0]!r} can explain; choose of {list(self.encoders)}")
        if not self.deciding:
            raise UserError("One modality at least must not explain, so that there is one to predict the class from")
        if self.n_named > self.width:
            raise UserError(f"{self.n_named} named concepts need as many concepts (got {self.width})")

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self.encoders)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The modalities that the class is predicted from: all that do not explain it."""
        return tuple(name for name in self.encoders if name not in self.explaining)

    @property
    def modules(self) -> tuple[str, ...]:
        """The encoders that are no part of SHARCS, as they are named."""
        return tuple(encoder.module for encoder in self.encoders.values() if encoder.module is not None)

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

    def says(self, modality: str, factor: str) -> bool:
        """Whether inputs of a modality say something of a named factor."""
        return modality not in self.states or factor in self.states[modality]

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
        drop: share of the inputs that the class is predicted without, drawn anew in each batch, so that a model learns
            to do without them; they are aligned all the same. 0 draws nothing.
        balanced: whether rare classes weigh as much as common ones.
        sparse_weight: of the mean size of what a concept adds to the classes in a vote, of a model that has votes, so
            that each class is told by few concepts, and a tree can ask for them.
    """

    epochs: AtLeastOne
    batch_size: Annotated[int, Field(ge=2, le=MAX_COUNT)] = 64
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
    drop: Share = 0.0
    balanced: bool = False
    sparse_weight: Amount = 0.0

    def of_length(self, epochs: int) -> TrainingConfig:
        """The same for so many epochs; a short training has a short polish."""
        return replace(self, epochs=epochs, polish_epochs=max(0, min(self.polish_epochs, epochs - 1)))

    @property
    def weights(self) -> dict[str, float]:
        """The terms of the loss that count, each with its weight; see :mod:`sharcs_core.objective`."""
        aligned = {"alignment": self.alignment_weight} if self.alignment != "none" else {}
        sparse = {"sparse": self.sparse_weight} if self.sparse_weight else {}
        return {"target": 1.0, **aligned, "naming": self.naming_weight, **sparse}

    def __post_init__(self) -> None:
        if self.alignment not in ALIGNMENTS:
            raise UserError(f"Unknown alignment {short(self.alignment)}; choose one of {list(ALIGNMENTS)}")
        if self.polish_epochs >= self.epochs:
            raise UserError(f"polish_epochs must be fewer than the {self.epochs} epochs (got {self.polish_epochs})")


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
            raise UserError(
                f"Only concepts of a shared space are chosen and polished (got the wiring {self.model.wiring!r} and "
                f"polish_epochs {self.training.polish_epochs}); set polish_epochs to 0"
            )

    def with_module(self, modality: str, module: str | None) -> RunConfig:
        """The same with an encoder of one's own for a modality, or with the kind's own again. Raises UserError."""
        encoders = self.model.encoders
        if modality not in encoders:
            raise UserError(f"There is no modality {short(modality)}; choose one of {list(encoders)}")
        changed = {**encoders, modality: replace(encoders[modality], module=module)}
        return replace(self, model=replace(self.model, encoders=changed))

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("drop", "balanced", "sparse_weight"):
            if not values["training"][name]:
                del values["training"][name]
        for name in ("states", "votes", "explaining"):
            if not values["model"][name]:
                del values["model"][name]
        for encoder in values["model"]["encoders"].values():
            for name in LATER:
                if not encoder[name]:
                    del encoder[name]
        return values


def changed(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """Settings with some of them replaced, object by object, checked as all settings are. Raises UserError."""
    return run_config_from_json(_over(config.to_json(), changes))


def _over(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Values with changes laid over them, object by object.

    >>> _over({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    both = {name: (values.get(name), new) for name, new in changes.items()}
    inner = {
        name: _over(old, new) if isinstance(old, dict) and isinstance(new, Mapping) else new
        for name, (old, new) in both.items()
    }
    return {**values, **inner}


_RUN_CONFIG = TypeAdapter(RunConfig)


def run_config_from_json(values: Any) -> RunConfig:
    """The inverse of :meth:`RunConfig.to_json`. Raises UserError that names what is wrong."""
    try:
        return _RUN_CONFIG.validate_json(json.dumps(values))  # where a list stands for a tuple, and an object for all
    except ValidationError as error:
        raise UserError(in_words(error)) from None

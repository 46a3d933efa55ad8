"""Settings of a model and of its training: frozen, checked where they are made, saved with the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sharcs_core.structures import FIELDS

ALIGNMENT_WEIGHTS = {"contrastive": 1.0, "distance": 0.1, "triplet": 1.0, "none": 0.0}
"""What can pull equal meanings together, each with the weight λ that served it best (benchmarks/alignments.py)."""

ALIGNMENTS = tuple(ALIGNMENT_WEIGHTS)

WIRINGS = ("sharcs", "fusion", "late", "concept", "relative", "embedding")
"""How the parts of a model are put together; see :mod:`sharcs_core.baselines`."""


def _check_at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise ValueError(f"{name} must be at least {least} (got {value})")


@dataclass(frozen=True)
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
    n_features: int
    hidden: tuple[int, ...]
    positions: bool = False
    jitter: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in FIELDS:
            raise ValueError(f"Unknown kind of modality {self.kind!r}; choose one of {sorted(FIELDS)}")
        if not self.hidden or min(self.hidden) < 1:
            raise ValueError(f"hidden must name at least one width of at least 1 (got {self.hidden})")
        _check_at_least("n_features", self.n_features, 1)
        _check_at_least("jitter", self.jitter, 0)


@dataclass(frozen=True)
class ModelConfig:
    """A SHARCS model.

    Attributes:
        encoders: modality name → encoder; the order is that of the concatenated concepts.
        n_classes: C.
        n_local: K.
        n_shared: T.
        projection_hidden: width between local and shared concepts.
        predictor_hidden: width between shared concepts and class.
        slope: of the sigmoid after each batch norm (the paper: 5; 2 on the MNIST tasks).
        wiring: one of ``WIRINGS``: ``sharcs``, or the wiring of a baseline.
    """

    encoders: Mapping[str, EncoderConfig]
    n_classes: int
    n_local: int
    n_shared: int
    projection_hidden: int = 32
    predictor_hidden: int = 64
    slope: float = 5.0
    wiring: str = "sharcs"

    def __post_init__(self) -> None:
        if self.wiring not in WIRINGS:
            raise ValueError(f"Unknown wiring {self.wiring!r}; choose one of {list(WIRINGS)}")
        if not self.encoders:
            raise ValueError("A model needs at least one modality (got none)")
        if len(self.encoders) < 2 and self.wiring in ("sharcs", "relative", "embedding"):
            raise ValueError(f"A shared space needs at least two modalities (got {list(self.encoders)})")
        for name in ("n_classes", "n_local", "n_shared", "projection_hidden", "predictor_hidden"):
            _check_at_least(name, getattr(self, name), 1)
        if not self.slope > 0:
            raise ValueError(f"slope must be positive (got {self.slope})")

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self.encoders)


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    Attributes:
        alignment: what pulls equal meanings together: one of ``ALIGNMENTS``.
        alignment_weight: λ, the weight of the alignment loss; ``ALIGNMENT_WEIGHTS`` has one for each alignment.
        temperature: of the contrastive alignment, in units of distance.
        margin: of the triplet alignment.
        patience: epochs without a better validation loss before stopping; 0 never stops early.
    """

    epochs: int
    batch_size: int = 64
    learning_rate: float = 6e-3
    weight_decay: float = 1e-4
    alignment: str = "contrastive"
    alignment_weight: float = 1.0
    temperature: float = 0.5
    margin: float = 1.0
    patience: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.alignment not in ALIGNMENTS:
            raise ValueError(f"Unknown alignment {self.alignment!r}; choose one of {list(ALIGNMENTS)}")
        _check_at_least("epochs", self.epochs, 1)
        _check_at_least("batch_size", self.batch_size, 2)
        for name in ("learning_rate", "temperature"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive (got {getattr(self, name)})")
        for name in ("weight_decay", "alignment_weight", "margin", "patience", "seed"):
            _check_at_least(name, getattr(self, name), 0)


@dataclass(frozen=True)
class RunConfig:
    """Everything that makes a run again: the task, its model, its training and what its bank keeps.

    Attributes:
        bank_size: samples of the training split kept in the bank; 0 keeps all.
        test_size: samples of the test split kept beside it, to be looked at.
    """

    task: str
    model: ModelConfig
    training: TrainingConfig
    bank_size: int = 0
    test_size: int = 500

    def __post_init__(self) -> None:
        _check_at_least("bank_size", self.bank_size, 0)
        _check_at_least("test_size", self.test_size, 1)

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

"""What explains each kind of input, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from sharcs_core.encoders.scene import SceneEncoder
from sharcs_core.errors import UserError
from sharcs_core.structures.where import Part
from sharcs_core.where import graphs, pictures, tables, texts
from sharcs_core.where.probe import Probe

EXPLAINERS: Mapping[str, Mapping[str, Callable[[Probe], Part]]] = {
    "image": pictures.EXPLAINERS,
    "graph": graphs.EXPLAINERS,
    "tabular": tables.EXPLAINERS,
    "text": texts.EXPLAINERS,
}
"""Kind → name → what finds where in an input of it."""

KEPT: Mapping[str, Callable[[Probe], Callable[[Tensor], Tensor]]] = {
    "image": pictures.kept,
    "graph": graphs.kept,
    "tabular": tables.kept,
    "text": texts.kept,
}
"""Kind → an input → how much is said where only some of its parts are kept."""

DEFAULTS: Mapping[str, str] = {
    "image": "integrated gradients",
    "graph": "occlusion",
    "tabular": "occlusion",
    "text": "occlusion",
}
"""Kind → what is taken where none is asked for: what measures best on validation (``benchmarks/where.py``)."""

OF_GLIMPSES = "smooth gradients"
"""The same of pictures that are read through a glimpse."""

BLACK_BOX = ("occlusion", "Shapley values")
"""What needs no more of an encoder than its scores, the usual one first."""


def explainer_of(probe: Probe, name: str | None = None) -> str:
    """The name of the explainer of an input: the one that is asked for, or the default of its kind.

    Raises:
        UserError: for a kind of which nothing is explained, an explainer that it lacks, or one that the encoder does
            not let in.
    """
    kind = probe.inputs.kind
    if kind not in EXPLAINERS:
        raise UserError(
            f"{probe.modality!r} is of kind {kind!r}, for which there is no explainer; ask of another modality"
        )
    if name is None:
        usual = OF_GLIMPSES if isinstance(probe.encoder, SceneEncoder) else DEFAULTS[kind]
        return usual if probe.prepares else BLACK_BOX[0]
    if name not in EXPLAINERS[kind]:
        raise UserError(f"No explainer {name!r} for inputs of kind {kind!r}; choose from {list(EXPLAINERS[kind])}")
    if name not in BLACK_BOX and not probe.prepares:
        raise UserError(
            f"{name!r} needs an encoder that prepares what it scores, and that of {probe.modality!r} does not; choose "
            f"one of {list(BLACK_BOX)}"
        )
    return name


def of_nothing(probe: Probe, part: Part) -> float:
    """How much is said of an input of which no part is kept, in log-odds."""
    with torch.no_grad():
        return float(KEPT[probe.inputs.kind](probe)(torch.zeros(1, len(part.flat()))))


def explain(probe: Probe, name: str) -> Part:
    """Where in the input, by the explainer of that name."""
    return EXPLAINERS[probe.inputs.kind][name](probe)

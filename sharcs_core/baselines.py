"""The models that SHARCS is compared with: other wirings of the same parts, and the one way to build any of them.

All share encoders, widths, optimiser and budget with SHARCS; they differ in what lies between encoder and class.

``fusion``     standardised scores, concatenated: a black box (with one modality: the unimodal model)
``late``       a black box a modality, their predicted probabilities averaged
``concept``    local concepts, concatenated: interpretable, nothing shared (with one modality: unimodal concepts)
``relative``   similarity to anchors that mean the same in every modality (Moschella et al. 2023)
``embedding``  a common embedding without concepts; its alignment, contrastive or triplet, is a training setting

Shapes: B batch, K local, T shared, A anchors, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp
from sharcs_core.errors import UserError
from sharcs_core.model import Multimodal, Sharcs
from sharcs_core.predictor import Predictor
from sharcs_core.structures import Inputs, Split


class _Scores(Multimodal):
    """Encoders whose K scores are standardised, as concepts are, but not squeezed into [0, 1]."""

    def activation(self) -> nn.Module:
        return nn.BatchNorm1d(self.config.n_local, affine=False)


class Fusion(_Scores):
    """Scores of all modalities concatenated, then a perceptron."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.predictor = Predictor(config, config.n_local, of_concepts=False)


class LateFusion(_Scores):
    """A perceptron a modality; the logits are the logarithm of the mean of their probabilities."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.predictors = nn.ModuleDict(
            {name: Predictor(config, config.n_local, (name,), of_concepts=False) for name in config.deciding}
        )

    def predict(self, shared: Mapping[str, Tensor]) -> Tensor:
        logs = [self.predictors[name](shared).log_softmax(-1) for name in self.config.deciding]
        return torch.stack(logs).logsumexp(0) - math.log(len(logs))


class ConceptFusion(Multimodal):
    """Local concepts of all modalities concatenated: a concept bottleneck without a shared space."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.predictor = Predictor(config, config.n_local)


class Relative(_Scores):
    """Each input as its cosine similarities to A = ``n_shared`` anchors (Moschella et al. 2023, equation 2).

    Anchor i is a training input of every modality, all of equal meaning, so that the similarities of different
    modalities may be compared. The anchors are kept with the weights and encoded anew with every batch.
    """

    def __init__(self, config: ModelConfig, anchors: Mapping[str, Inputs]) -> None:
        super().__init__(config)
        counts = {name: len(inputs) for name, inputs in anchors.items()}
        if counts != dict.fromkeys(config.modalities, config.n_shared):
            raise ValueError(
                f"Anchors must be {config.n_shared} inputs of each of {list(config.modalities)} (got {counts}); "
                "see choose_anchors"
            )
        self.predictor = Predictor(config, of_concepts=False)
        for name, inputs in anchors.items():
            for field, values in inputs.arrays.items():
                self.register_buffer(f"anchors_{name}_{field}", torch.as_tensor(np.ascontiguousarray(values)))
        self.fields = {name: tuple(inputs.arrays) for name, inputs in anchors.items()}

    def share(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        unit = nn.functional.normalize
        return {name: unit(scores, dim=-1) @ unit(self._anchors(name), dim=-1).T for name, scores in local.items()}

    def _anchors(self, name: str) -> Tensor:
        """Scores of a modality's anchors, (A, K), normalised as at test time: they are no sample of the data."""
        batch = {field: self.get_buffer(f"anchors_{name}_{field}") for field in self.fields[name]}
        training = self.training
        self.eval()  # batch statistics are those of the data alone, in training too
        scores = self.encode({name: batch})[name]
        self.train(training)
        return scores


class Embedding(_Scores):
    """A projection a modality onto one sphere, as contrastive and triplet models of pairs have it.

    The sphere is the one around the cube of T concepts, of radius √T / 2, so that distances, margin and
    temperature mean the same as for SHARCS.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        widths = [config.n_local, config.projection_hidden, config.n_shared]
        self.projections = nn.ModuleDict({name: mlp(widths) for name in config.modalities})
        self.radius = config.n_shared**0.5 / 2
        self.predictor = Predictor(config, of_concepts=False)

    def share(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        raw = {name: self.projections[name](scores) for name, scores in local.items()}
        return {name: self.radius * nn.functional.normalize(values, dim=-1) for name, values in raw.items()}


WITHOUT_DATA = {
    "sharcs": Sharcs,
    "fusion": Fusion,
    "late": LateFusion,
    "concept": ConceptFusion,
    "embedding": Embedding,
}


def build_model(config: ModelConfig, seed: int = 0, anchors: Mapping[str, Inputs] | None = None) -> Multimodal:
    """A model of the wiring that ``config`` asks for, with weights drawn from ``seed``.

    Args:
        anchors: of a ``relative`` model and of no other, see :func:`choose_anchors`.

    The global generator is left as it was.

    Raises:
        ValueError: for a relative model without anchors, or with others than it needs, or for anchors of a model
            that has none.
    """
    if config.wiring == "relative" and anchors is None:
        raise ValueError("A relative model needs anchors (got none); see choose_anchors")
    if config.wiring != "relative" and anchors is not None:
        raise ValueError(f"Only a relative model has anchors (got some for one of wiring {config.wiring!r})")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return WITHOUT_DATA[config.wiring](config) if anchors is None else Relative(config, anchors)


def choose_anchors(config: ModelConfig, split: Split, rng: np.random.Generator) -> dict[str, Inputs] | None:
    """Training inputs to serve as anchors, ``n_shared`` of each modality; None for models that have none.

    Keys that every modality shows come round in random order; anchor i of each modality is a random input of
    key i.

    Raises:
        ValueError: if no key occurs in every modality.
    """
    if config.wiring != "relative":
        return None
    keys = {name: split.semantics[name] for name in config.modalities}
    common = sorted(set.intersection(*(set(values.tolist()) for values in keys.values())))
    if not common:
        raise UserError("Relative representations need a meaning that every modality shows (got none)")
    order = np.resize(rng.permutation(common), config.n_shared)
    return {
        name: split.inputs[name].take([rng.choice(np.flatnonzero(values == key)) for key in order])
        for name, values in keys.items()
    }

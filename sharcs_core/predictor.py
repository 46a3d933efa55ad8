"""What the modalities say, side by side or each by itself → class."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor, nn

from sharcs_core.concepts import centred
from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp


class Predictor(nn.Module):
    """A perceptron over what is concatenated of all modalities; returns logits (B, C).

    With ``config.agreements`` it also reads, for each two modalities and each concept, the product of the two
    centred concepts: 1 where both are on or both off, −1 where they differ. A perceptron finds it hard to compare
    what it reads side by side; in a shared space comparing means something.

    Args:
        width: of a modality's part; default: its shared concepts, T.
        modalities: which are read; default: all of the model that do not explain.
        of_concepts: whether they are concepts in [0, 1], to be centred, or scores that are centred already.
    """

    def __init__(
        self,
        config: ModelConfig,
        width: int | None = None,
        modalities: tuple[str, ...] | None = None,
        *,
        of_concepts: bool = True,
    ) -> None:
        super().__init__()
        self.of_concepts = of_concepts
        self.modalities = modalities or config.deciding
        self.pairs = tuple(combinations(self.modalities, 2)) if config.agreements else ()
        n_inputs = (len(self.modalities) + len(self.pairs)) * (width or config.n_shared)
        self.layers = mlp([n_inputs, config.predictor_hidden, config.n_classes])

    def forward(self, shared: Mapping[str, Tensor]) -> Tensor:
        read = {name: centred(shared[name]) if self.of_concepts else shared[name] for name in self.modalities}
        agreements = [read[first] * read[second] for first, second in self.pairs]
        logits: Tensor = self.layers(torch.cat([*read.values(), *agreements], dim=-1))
        return logits


class Votes(nn.Module):
    """Each modality says by itself which class it is; the votes are added up, each with its weight; logits (B, C).

    A vote is linear in the shared concepts, so that each concept adds to a class or takes from it. The weights are 1
    while the votes are learned, and then those that :func:`sharcs_core.weighing.weigh` finds on validation samples: a
    modality whose vote is worth nothing there gets none.
    """

    weights: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.votes = nn.ModuleDict({name: nn.Linear(config.n_shared, config.n_classes) for name in config.deciding})
        self.register_buffer("weights", torch.ones(len(config.deciding)))

    def each(self, shared: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What each modality that is there says, logits (B, C), before any weight."""
        return {name: vote(centred(shared[name])) for name, vote in self.votes.items() if name in shared}

    def leaning(self) -> Tensor:
        """How much a concept adds to all classes together, or takes from them: the mean over concepts and votes."""
        weights = [value for name, value in self.votes.named_parameters() if name.endswith(".weight")]  # (C, T) each
        sizes = [weight.abs().sum(0).mean() for weight in weights]
        return torch.stack(sizes).mean()

    def forward(self, shared: Mapping[str, Tensor]) -> Tensor:
        votes = torch.stack([vote(centred(shared[name])) for name, vote in self.votes.items()])  # (M, B, C)
        return torch.einsum("m,mbc->bc", self.weights, votes)

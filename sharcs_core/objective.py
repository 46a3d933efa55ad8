"""What a training minimises: a sum of terms, each by its name, with a weight in the settings.

Shapes: B samples, B_m of them with an input of modality m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import torch
from torch import Tensor, nn

from sharcs_core.batches import Batch
from sharcs_core.config import RunConfig, TrainingConfig
from sharcs_core.losses import Relation, align, naming_loss
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.model import Multimodal
from sharcs_core.predictor import Votes
from sharcs_core.structures import Split

N_COMPANIONS = 5
"""Samples of a batch whose concepts stand for those of an input that is missing."""


@dataclass(frozen=True)
class Forward:
    """What a model makes of a batch: shared concepts (B_m, T) by modality, logits (B, C).

    Attributes:
        votes: what each modality says by itself, logits (B, C); none of a model that reads all of them together.
        leaning: the mean over concepts of how much they add to the classes in a vote, a scalar; None without votes.
    """

    shared: Mapping[str, Tensor]
    logits: Tensor
    votes: Mapping[str, Tensor] = field(default_factory=dict)
    leaning: Tensor | None = None


Encode = Callable[[Multimodal, Batch], dict[str, Tensor]]
"""A model and a batch → the local concepts (B_m, K) of all its inputs."""


def encoded(model: Multimodal, batch: Batch) -> dict[str, Tensor]:
    """Local concepts of all inputs of a batch, as one process has them."""
    return model.encode(batch.inputs)


def forward(model: Multimodal, batch: Batch, encode: Encode = encoded) -> Forward:
    """A forward pass over samples that may lack inputs.

    What is missing is filled with the mean of what those samples have there whose present inputs are nearest, so that
    the class is learned from such concepts as a prediction without that input will see.

    Args:
        encode: what encodes the inputs, such as several processes together.
    """
    shared = model.share(encode(model, batch))
    filled = shared if batch.complete else _filled(shared, batch)
    logits, predictor = model.predict(filled), model.predictor if model.config.votes else None
    if not isinstance(predictor, Votes) or not model.training:  # validation asks for the answer, not for each vote
        return Forward(shared, logits)
    return Forward(shared, logits, predictor.each(filled), predictor.leaning())


def _filled(shared: Mapping[str, Tensor], batch: Batch) -> dict[str, Tensor]:
    """Shared concepts (B, T) of every modality; nothing is learned through those that stand in."""
    n = len(batch)
    known = {name: _scattered(values, batch.places[name], n) for name, values in shared.items()}
    known |= {name: (known[name][0], known[name][1] & ~own) for name, own in batch.dropped.items()}
    apart = _distances(known)
    filled = {}
    for name, (values, present) in known.items():
        if bool(present.all()):
            filled[name] = values
            continue
        rows = present.nonzero().squeeze(1)
        if not len(rows):
            filled[name] = torch.full_like(values, 0.5)  # neither on nor off
            continue
        near = apart[:, rows].topk(min(N_COMPANIONS, len(rows)), largest=False).indices  # (B, k)
        stand_ins = values.detach()[rows[near]].mean(1)
        filled[name] = torch.where(present.unsqueeze(1), values, stand_ins)
    return filled


def _scattered(values: Tensor, places: Tensor | None, n: int) -> tuple[Tensor, Tensor]:
    """(B, T) with zeros where a sample has no input, and which have one (B,)."""
    if places is None:
        return values, torch.ones(n, dtype=torch.bool, device=values.device)
    present = torch.zeros(n, dtype=torch.bool, device=values.device)
    present[places] = True
    return values.new_zeros(n, values.shape[1]).index_copy(0, places, values), present


def _distances(known: Mapping[str, tuple[Tensor, Tensor]]) -> Tensor:
    """Mean squared distance (B, B) over the modalities that both samples have; far where they share none."""
    total: Tensor | float = 0.0
    counted: Tensor | float = 0.0
    for values, present in known.values():
        both = (present.unsqueeze(1) & present.unsqueeze(0)).float()
        still = values.detach()
        total = total + both * (still.unsqueeze(1) - still.unsqueeze(0)).square().mean(-1)
        counted = counted + both
    assert isinstance(total, Tensor)
    assert isinstance(counted, Tensor)
    return torch.where(counted > 0, total / counted.clamp(min=1), torch.full_like(total, 2.0))  # concepts are 1 apart


class Relations:
    """What is known of the training samples together: which inputs of a batch mean the same, pair of modalities by
    pair, and how much a class weighs.

    Two modalities that say something of a common factor are compared by keys. Of others nothing is known but that the
    inputs of a sample belong together: equal means the same sample, or equal content beside it.
    """

    def __init__(self, config: RunConfig, meanings: Meanings, train: Split, device: torch.device) -> None:
        self.by_key = {
            (one, other): meanings.comparable(train.semantics[one], train.semantics[other])
            for one, other in combinations(config.model.modalities, 2)
        }
        self.class_weights = _class_weights(config, train).to(device) if config.training.balanced else None
        self.tables: tuple[Tensor, Tensor] | None = None
        if any(self.by_key.values()) and not meanings.complete:
            same, comparable = meanings.tables()
            self.tables = torch.as_tensor(same).to(device), torch.as_tensor(comparable).to(device)

    def of(self, batch: Batch, one: str, other: str) -> Relation:
        if not self.by_key[one, other]:
            return _by_sample(batch, one, other)
        left, right = batch.keys[one].unsqueeze(1), batch.keys[other].unsqueeze(0)
        if self.tables is None:
            unknown = (left == UNKNOWN) | (right == UNKNOWN)
            return Relation(left == right, ~unknown if bool(unknown.any()) else None)
        same, comparable = (table[left, right] for table in self.tables)
        known = (left != UNKNOWN) & (right != UNKNOWN) & comparable
        return Relation(same & known, known)


def _class_weights(config: RunConfig, train: Split) -> Tensor:
    """(C,): with these every class weighs as much as any other, and a sample 1 on average."""
    labels = train.labelled().labels
    counts = torch.bincount(torch.as_tensor(labels), minlength=config.model.n_classes)
    return len(labels) / (config.model.n_classes * counts.clamp(min=1)).float()


def _by_sample(batch: Batch, one: str, other: str) -> Relation:
    n = len(batch)
    everyone = torch.arange(n, device=batch.targets.device)
    rows, columns = (everyone if batch.places[name] is None else batch.places[name] for name in (one, other))
    assert rows is not None
    assert columns is not None
    first, second = batch.contents[one], batch.contents[other]
    same = rows.unsqueeze(1) == columns.unsqueeze(0)
    for contents in (first, second):
        own, others = contents[rows].unsqueeze(1), contents[columns].unsqueeze(0)
        same = same | ((own == others) & (own != UNKNOWN))
    return Relation(same)


Term = Callable[[Forward, Batch, TrainingConfig, Relations, torch.Generator], Tensor]


def _target(output: Forward, batch: Batch, settings: TrainingConfig, relations: Relations, *_: object) -> Tensor:
    if not bool((batch.targets != UNKNOWN).any()):
        return output.logits.sum() * 0
    told = (output.logits, *output.votes.values())  # each vote is taught by itself, so that none leans on another
    losses = [
        nn.functional.cross_entropy(one, batch.targets, relations.class_weights, ignore_index=UNKNOWN) for one in told
    ]
    return losses[0] if len(losses) == 1 else losses[0] + torch.stack(losses[1:]).mean()


def _alignment(
    output: Forward, batch: Batch, settings: TrainingConfig, relations: Relations, generator: torch.Generator
) -> Tensor:
    pairs = combinations(output.shared, 2)
    losses = [
        align(output.shared[one], output.shared[other], relations.of(batch, one, other), settings, generator)
        for one, other in pairs
    ]
    return torch.stack(losses).mean() if losses else next(iter(output.shared.values())).sum() * 0


def _naming(output: Forward, batch: Batch, *_: object) -> Tensor:
    return naming_loss(output.shared, batch.taught)


def _sparse(output: Forward, *_: object) -> Tensor:
    return output.logits.sum() * 0 if output.leaning is None else output.leaning


TERMS: dict[str, Term] = {"target": _target, "alignment": _alignment, "naming": _naming, "sparse": _sparse}
"""The terms of the loss, by the names that their weights have in :attr:`TrainingConfig.weights`."""


def loss_of(
    output: Forward, batch: Batch, settings: TrainingConfig, relations: Relations, generator: torch.Generator
) -> Tensor:
    """The weighted sum of the terms, a scalar."""
    total: Tensor | None = None
    for name, weight in settings.weights.items():
        term = TERMS[name](output, batch, settings, relations, generator)
        total = weight * term if total is None else total + weight * term
        if not bool(total.isfinite()):
            break  # torch refuses to go on with what is no number, in words of its own
    assert total is not None
    return total

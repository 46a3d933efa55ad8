"""Few concepts out of many: those whose loss validation would feel.

Concepts that are trained side by side double each other, since the norm lets none of them die; an expert who
switches one is outvoted by its copies. A model is trained with many, for that trains best, and then loses one after
the other (backward elimination) while a tree on what is left, and retrieval across modalities, stay what they were on
validation samples. The test split is never looked at. Named concepts always stay.

Shapes: n samples, m rows, T shared concepts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sharcs_core import inference
from sharcs_core.baselines import build_model
from sharcs_core.config import ModelConfig
from sharcs_core.meanings import UNKNOWN, Gallery, Meanings
from sharcs_core.model import Multimodal, Sharcs
from sharcs_core.predictor import Predictor
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.structures import Choice, Codes, Floats, Ints, Question, Removal, Split
from sharcs_core.tensors import device_of
from sharcs_core.tree import fit_tree

MAX_ROWS = 4000
"""Training inputs a modality that validation inputs are compared with; more are drawn from."""


@dataclass(frozen=True)
class _Answers:
    """Answers to all questions, and classes, of the samples that a tree is fitted to or scored on."""

    train: Codes
    train_labels: Ints
    validation: Codes
    validation_labels: Ints


@dataclass(frozen=True)
class _Way:
    """Retrieval from one modality to another: squared distances that each concept adds, and what is right.

    Attributes:
        queries: (n, T) of validation inputs.
        rows: (m, T) of training inputs; of validation inputs where each sample is its own key.
        right: (n, m) whether a row means the same as a query.
    """

    queries: NDArray[np.float32]
    rows: NDArray[np.float32]
    right: Codes

    def squared(self, concept: int) -> NDArray[np.float32]:
        """What one concept adds to the squared distances, (n, m)."""
        return (self.queries[:, [concept]] - self.rows[:, concept]) ** 2

    def recall(self, squared: NDArray[np.float32]) -> float:
        """Recall@1, from squared distances (n, m)."""
        return float(self.right[np.arange(len(squared)), squared.argmin(1)].mean())


class _Elimination:
    """The concepts that are left, and what validation is without each of them."""

    def __init__(self, config: ModelConfig, answers: _Answers, ways: Sequence[_Way], activations: Floats) -> None:
        self.config, self.answers, self.ways = config, answers, ways
        self.questions = questions_of(config)
        self.kept = list(range(config.n_shared))
        self.squared = [np.sum([way.squared(concept) for concept in self.kept], axis=0) for way in ways]
        self.twin = _closest_twin(activations)

    def tree_accuracy(self, kept: Sequence[int]) -> float:
        """Validation accuracy of a tree that asks about the ``kept`` concepts only."""
        columns = [i for i, question in enumerate(self.questions) if set(question.concepts) <= set(kept)]
        questions: tuple[Question, ...] = tuple(self.questions[i] for i in columns)
        answers = self.answers
        tree = fit_tree(
            answers.train[:, columns], answers.train_labels, questions, self.config.factors, self.config.n_classes
        )
        return float((tree.predict(answers.validation[:, columns]) == answers.validation_labels).mean())

    def recall(self, without: int | None = None) -> float:
        """The least recall@1 of all ways between two modalities."""
        return min(
            (
                way.recall(squared if without is None else squared - way.squared(without))
                for way, squared in zip(self.ways, self.squared, strict=True)
            ),
            default=1.0,
        )

    def candidates(self) -> list[Removal]:
        """Every free concept that could go, with what validation would be."""
        free = [concept for concept in self.kept if concept >= self.config.n_named]
        return [
            Removal(concept, self.tree_accuracy([c for c in self.kept if c != concept]), self.recall(concept))
            for concept in free
        ]

    def remove(self, concept: int) -> None:
        self.kept.remove(concept)
        self.squared = [squared - way.squared(concept) for way, squared in zip(self.ways, self.squared, strict=True)]

    def doubling(self, concept: int) -> float:
        """How closely another of the concepts that are left follows this one, 0 … 1."""
        others = [other for other in self.kept if other != concept]
        return round(float(self.twin[concept, others].max()), 9) if others else 0.0  # twins double each other alike


def choose_concepts(
    model: Multimodal,
    train: Split,
    validation: Split,
    *,
    former: Choice | None = None,
    tolerance: float = 0.003,
    meanings: Meanings,
    seed: int = 0,
) -> Choice:
    """Which of a trained model's shared concepts are kept.

    At each step the concept goes whose loss leaves most room above the two floors (of equals the one that another
    follows most closely); when every further loss would fall below one of them, the rest is kept. The floors lie
    ``tolerance``, or one standard error where that is more, below what all concepts reach on ``validation``: the
    accuracy of a tree fitted to training samples, and recall@1 among training inputs, the least of all ways between
    two modalities.

    Args:
        train, validation: splits of a task, in their fixed pairing.
        meanings: when two of their inputs mean the same.
        former: what was chosen before, and left ``model``. The floors stay those of all concepts: a model that has
            been polished since may have come so far above them that more can go.
        seed: draws the training inputs that are compared with, ``MAX_ROWS`` at most a modality.
    """
    config = model.config
    names = config.modalities
    shared = {part: _shared_of(model, split) for part, split in (("train", train), ("validation", validation))}
    questions, factors = questions_of(config), config.factors
    trained, validated = _usable(train), _usable(validation)
    answers = _Answers(
        answers_of(_paired(shared["train"], train, trained), questions, factors),
        train.labels[trained],
        answers_of(_paired(shared["validation"], validation, validated), questions, factors),
        validation.labels[validated],
    )
    rows = {name: _some(len(train.semantics[name]), seed) for name in names}
    ways = [
        way
        for query, target in permutations(names, 2)
        if (way := _way(shared, train, validation, meanings, query, target, rows[target], seed)) is not None
    ]
    activations = np.concatenate([shared["train"][name][rows[name]] for name in names])
    left = _Elimination(config, answers, ways, activations)
    before = former or Choice(config.n_shared, tuple(left.kept), left.tree_accuracy(left.kept), left.recall(), ())
    return _eliminate(left, before, tolerance)


def _way(
    shared: Mapping[str, Mapping[str, Floats]],
    train: Split,
    validation: Split,
    meanings: Meanings,
    query: str,
    target: str,
    rows: Ints,
    seed: int,
) -> _Way | None:
    """From one modality to another: by keys or, in a gallery, by what belongs together; None for nothing."""
    asked, found = validation.semantics[query], train.semantics[target][rows]
    if meanings.comparable(asked, found):
        known, told = np.flatnonzero(meanings.answerable(asked, found)), found != UNKNOWN
        queries, points = shared["validation"][query][known], shared["train"][target][rows[told]]
        right = meanings.same(asked[known], found[told])
    else:
        gallery = Gallery.of(validation, query, target)
        part, others = _some(len(gallery.queries), seed), _some(len(gallery.rows), seed)
        queries = shared["validation"][query][gallery.queries[part]]
        points = shared["validation"][target][gallery.rows[others]]
        right = gallery.right(part, others)
    if not right.any():
        return None
    return _Way(np.asarray(queries, dtype=np.float32), np.asarray(points, dtype=np.float32), right)


def _eliminate(left: _Elimination, before: Choice, tolerance: float) -> Choice:
    """What is kept of the concepts that are left; their places count among those of ``before.kept``."""
    n_queries = min((len(way.queries) for way in left.ways), default=1)
    tree_floor = before.tree_accuracy - _slack(before.tree_accuracy, len(left.answers.validation_labels), tolerance)
    recall_floor = before.recall - _slack(before.recall, n_queries, tolerance)
    removals = list(before.removals)
    while len(left.kept) > max(1, left.config.n_named):
        room = [
            (round(min(one.tree_accuracy - tree_floor, one.recall - recall_floor), 9), left.doubling(one.concept), one)
            for one in left.candidates()
        ]
        best, _, removal = max(room, key=lambda entry: entry[:2])
        if best < 0:
            break
        left.remove(removal.concept)
        removals.append(replace(removal, concept=before.kept[removal.concept]))
    kept = tuple(before.kept[concept] for concept in left.kept)
    return replace(before, kept=kept, removals=tuple(removals))


def _slack(share: float, n: int, tolerance: float) -> float:
    """The larger of ``tolerance`` and one standard error of a share of n, with room for rounding."""
    return max(tolerance, math.sqrt(share * (1 - share) / n)) + 1e-9


def _shared_of(model: Multimodal, split: Split) -> dict[str, Floats]:
    """Shared concepts of every input of a split, modality by modality."""
    return inference.concepts_of(model, {name: split.inputs[name] for name in model.config.modalities})[1]


def _usable(split: Split) -> NDArray[np.int64]:
    """Positions of the samples that lack no input and whose label is known."""
    return np.flatnonzero(split.whole() & (split.labels != UNKNOWN))


def _paired(shared: Mapping[str, Floats], split: Split, samples: Ints) -> dict[str, Floats]:
    return {name: values[split.pairing[name][samples]] for name, values in shared.items()}


def _some(n: int, seed: int) -> NDArray[np.int64]:
    """Up to ``MAX_ROWS`` of n rows, sorted."""
    chosen: NDArray[np.int64] = np.sort(np.random.default_rng(seed).permutation(n)[:MAX_ROWS])
    return chosen


def _closest_twin(activations: Floats) -> NDArray[np.float64]:
    """Absolute correlation of every two concepts, (T, T); 0 for one that never varies."""
    centred = np.asarray(activations, dtype=np.float64) - np.mean(activations, axis=0)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1)
    correlations: NDArray[np.float64] = np.abs(unit.T @ unit)
    return correlations


def narrowed(config: ModelConfig, choice: Choice | None) -> ModelConfig:
    """The settings of the model that is left after choosing; the same where nothing was chosen."""
    return config if choice is None else replace(config, n_shared=len(choice.kept))


def sliced(model: Multimodal, kept_concepts: Sequence[int]) -> Multimodal:
    """A model of the concepts at these places alone, with the weights that they had; on the device of ``model``."""
    config = model.config
    kept = torch.as_tensor(kept_concepts)
    narrow = build_model(replace(config, n_shared=len(kept)))
    assert isinstance(narrow, Sharcs)
    n_blocks = len(config.deciding) + len(narrow.predictor.pairs) if isinstance(narrow.predictor, Predictor) else 0
    read = torch.cat([block * config.n_shared + kept for block in range(n_blocks)]) if n_blocks else kept
    last = [name for name, _ in narrow.space.projections[config.modalities[0]].named_parameters()][-1].split(".")[0]
    of_concepts = {
        f"space.projections.{name}.{last}.{part}" for name in config.modalities for part in ("weight", "bias")
    }
    of_concepts |= {f"space.activation.norm.{part}" for part in ("running_mean", "running_var")}
    reading = {"predictor.layers.0.weight", *(f"predictor.votes.{name}.weight" for name in config.deciding)}

    def cut(name: str, values: Tensor) -> Tensor:
        if name in of_concepts:
            return values[kept.to(values.device)]
        return values[:, read.to(values.device)] if name in reading else values

    narrow.load_state_dict({name: cut(name, values) for name, values in model.state_dict().items()})
    return narrow.to(device_of(model)).train(model.training)

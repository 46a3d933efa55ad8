"""What a model makes of the data that it learned from: all that its figures and explanations compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sharcs_core import inference
from sharcs_core.config import HAS_CONCEPTS, ModelConfig, RunConfig
from sharcs_core.model import Multimodal
from sharcs_core.questions import answers_of, codes_in, questions_of
from sharcs_core.structures import Bank, Codes, Floats, Ints, Split, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.tree import choose_leaves


@dataclass(frozen=True)
class TrainingConcepts:
    """What a model makes of its training and validation data; nothing of the test split.

    Of a model without concepts there are no answers, (n, 0), and ``tree_leaves`` is 0.

    Attributes:
        bank: the rows that answer queries.
        answers, labels: (n_train, Q) and (n_train,): what the tree is fitted to.
        validation_answers, validation_labels: (n_validation, Q) and (n_validation,): what its size is chosen on.
        tree_leaves: of the shown tree.
        shared, keys: modality → (n, T) and (n,): what semantics accuracy is fitted to.
        sample_keys, sample_labels: modality → (n,) key of each sample's input, and its class (n,): what the
            ceiling of one modality is fitted to.
    """

    bank: Bank
    answers: Codes
    labels: Ints
    validation_answers: Codes
    validation_labels: Ints
    tree_leaves: int
    shared: Mapping[str, Floats]
    keys: Mapping[str, Ints]
    sample_keys: Mapping[str, Ints]
    sample_labels: Ints

    def codes(self, config: ModelConfig) -> dict[str, Codes]:
        """The codes (n_train, T) of the training samples' inputs, modality by modality."""
        return codes_in(self.answers, config)


def stratified_part(labels: Ints, size: int, seed: int) -> Ints:
    """Positions of a part of ``size`` samples that keeps the share of every class, sorted; 0 is all."""
    from sklearn.model_selection import train_test_split

    everything = np.arange(len(labels))
    if not 0 < size < len(labels):
        return everything
    strata = labels if _can_share(labels, size) else None
    part, _ = train_test_split(everything, train_size=size, random_state=seed, stratify=strata)
    return np.sort(part)


def _can_share(labels: Ints, size: int) -> bool:
    """Whether a part of ``size`` can have some of every class: a class of one cannot be shared out."""
    counts = np.unique(labels, return_counts=True)[1]
    return bool(counts.min() > 1 and len(counts) <= size <= len(labels) - len(counts))


def bank_part(split: Split, size: int, seed: int) -> Ints:
    """Positions of the samples that a bank keeps, sorted; 0 is all.

    The share of every class is kept, and within it, where the part is large enough, that of every meaning of the
    modality that shows most of them: a meaning of which the bank has no input could never be found there.
    """
    keys = max(split.sample_semantics().values(), key=lambda own: len(np.unique(own)))
    strata = np.unique(np.stack([split.labels, keys]), axis=1, return_inverse=True)[1].ravel()
    return stratified_part(strata if _can_share(strata, size) else split.labels, size, seed)


def training_concepts(model: Multimodal, task: Task, data: TaskData, config: RunConfig) -> TrainingConcepts:
    """Concepts, answers and bank of the training split, and the size of tree that validation asks for.

    Samples of which the class is not known are in none of these: nothing could be said of whether they are answered
    right.
    """
    train, validation = data.train.labelled(), data.validation.labelled()
    seed, modalities = config.training.seed, config.model.modalities
    _, shared = inference.concepts_of(model, {name: train.inputs[name] for name in modalities})
    whole = np.flatnonzero(train.whole())
    part = bank_part(train.select(whole), config.bank_size, seed)
    bank = inference.build_bank(model, task, train, whole[part], "train", seed)
    answers = _answers(model, inference.sample_concepts(model, train, shared, bank))
    validation_answers = _answers(model, inference.concepts_of_samples(model, validation, bank))
    of_tree = (questions_of(model.config), model.config.factors, model.config.n_classes)
    return TrainingConcepts(
        bank=bank,
        answers=answers,
        labels=train.labels,
        validation_answers=validation_answers,
        validation_labels=validation.labels,
        tree_leaves=choose_leaves(answers, train.labels, validation_answers, validation.labels, *of_tree)
        if answers.shape[1]
        else 0,
        shared=shared,
        keys={name: train.semantics[name] for name in modalities},
        sample_keys=train.sample_semantics(),
        sample_labels=train.labels,
    )


def _answers(model: Multimodal, shared: Mapping[str, Floats]) -> Codes:
    """(n, Q) answers of samples; (n, 0) of a model without concepts."""
    if model.config.wiring not in HAS_CONCEPTS:
        return np.zeros((len(next(iter(shared.values()))), 0), dtype=bool)
    return answers_of(shared, questions_of(model.config), model.config.factors)
